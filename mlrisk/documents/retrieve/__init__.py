"""From a question to the passages that answer it, as of a date."""
