"""Volatility and regime forecasts: pure functions over tables and arrays."""
