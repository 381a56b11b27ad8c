"""Forecasts of the regime ahead: contenders, their pool, calibration and the served model."""
