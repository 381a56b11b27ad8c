"""Texts to unit vectors: by a small model on this machine, or by a service."""
