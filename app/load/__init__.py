"""How the HTTP interface holds up: a fixed rate of requests, a new model in the middle of it."""
