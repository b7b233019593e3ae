"""What a field asks for becomes one call of the inference service, and plain values come back."""
