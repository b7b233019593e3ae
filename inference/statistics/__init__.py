"""What is counted of each model version while it serves, as plain numbers."""
