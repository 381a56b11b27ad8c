"""``python -m app.cli``: the command where its script is not on the path."""

from app.cli import app

app()
