"""Charts that the dashboard and the report share: numbers in, Vega-Lite specifications out."""
