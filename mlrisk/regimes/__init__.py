"""Which market it is: clusters of the day's features, filtered forward, under lasting names."""
