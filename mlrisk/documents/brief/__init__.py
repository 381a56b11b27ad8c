"""The page that is read before the market opens: the forecast, what moved, what is ahead."""
