"""The console command ``mlrisk``: one verb, one module.

Modules are imported by the verb that needs them, so that help comes at once.
"""

from app.cli import dag, days, documents, faces, real_data  # noqa: F401  # each adds its verbs
from app.cli.base import app

__all__ = ["app"]
