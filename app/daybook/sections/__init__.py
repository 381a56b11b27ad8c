"""The sections of a report, each from what was known at the close of its session."""
