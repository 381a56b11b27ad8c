"""What faces people: the command line, experiments, review. May read git, the clock, processes."""
