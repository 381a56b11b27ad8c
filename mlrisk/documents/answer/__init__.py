"""Answers that say what cited spans say, and nothing else."""
