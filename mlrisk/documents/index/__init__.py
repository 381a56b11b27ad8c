"""Chunks by vector and by word: built from curated documents, in memory or in PostgreSQL."""
