"""Where raw rows come from: one interface, a module or package per source."""
