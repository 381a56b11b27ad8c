"""The command itself, which each module of verbs adds its own to."""

from __future__ import annotations

import signal
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from app.cli import terminal
from mlrisk.errors import MlriskError


class _Readable(TyperGroup):
    """Shows the project's own errors as a message; any other is a bug and keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except MlriskError as error:
            terminal.say("red", "error", str(error))
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=_Readable, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def main() -> None:
    """Reproducible experiments that forecast the 5-day realised volatility of SPY."""
    # A cancelled job ends as Ctrl-C does: children are stopped, temporary clones removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
