"""What the project's errors have in common."""


class MlriskError(Exception):
    """A mistake in data or settings, told in one message: what, where, which value, what to do."""
