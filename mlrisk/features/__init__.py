"""Market and macro features, each on an exact window of what was known."""
