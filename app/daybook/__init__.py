"""The report of a day: one content, written as a page, as a print and as a table."""
