"""What models answer: output kinds as data, one task a file."""
