"""Releases of central banks and statistics offices: parsed, found as of a date, quoted."""
