"""The HTTP interface: what one request asks of the current snapshot."""
