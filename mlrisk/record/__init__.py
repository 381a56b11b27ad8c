"""The track record: forecasts as they were published, what came of them, and proof of both."""
