"""Walk-forward, losses and comparisons; knows nothing of any particular model."""
