"""The addresses of the interface; what they answer is decided elsewhere."""
