"""What a stage runs in: one log on stderr, errors as messages, workers and progress."""

from __future__ import annotations

import inspect
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from mlrisk.errors import MlriskError
from mlrisk.log import ROOT, event, handler
from mlrisk.params.sections import ParamsError

WORKERS = "MLRISK_WORKERS"

T = TypeVar("T")


def run(main: Callable[[], None]) -> None:
    """Run a stage's ``main``.

    An error of the project's own is for whoever set the parameters or delivered the data: its
    message goes to stderr and the process ends with code 1. Any other error is a bug and keeps its
    traceback. Durations go to the log and into no file.
    """
    stage = "@".join([Path(inspect.getfile(main)).stem, *sys.argv[1:]])
    tally = _Tally()
    logging.basicConfig(level=logging.WARNING, handlers=[handler(), tally], force=True)
    logging.captureWarnings(capture=True)
    logging.getLogger(ROOT).setLevel(logging.INFO)
    began = time.perf_counter()
    try:
        main()
    except MlriskError as error:
        sys.exit(f"{stage}: {error}")
    event("stage", stage=stage, seconds=round(time.perf_counter() - began, 3), rows=tally.rows)


def workers() -> int:
    """Processes for independent work: ``MLRISK_WORKERS``, else a CPU each. No result depends on it.

    Raises
    ------
    ParamsError
        Where the variable is no positive whole number.
    """
    text = os.environ.get(WORKERS, "")
    if text and not (text.isdecimal() and int(text) > 0):
        raise ParamsError(f"environment variable {WORKERS} = {text!r}; expected a count such as 2")
    if text:
        return int(text)
    from joblib import cpu_count  # a sixth of a second that most stages need not spend

    return int(cpu_count())


def progress(items: Iterable[T], total: int, what: str) -> Iterable[T]:
    """The items, with a bar on a terminal."""
    if not sys.stderr.isatty():
        return items
    from rich.console import Console
    from rich.progress import track

    return track(items, what, total, console=Console(stderr=True), transient=True)


class _Tally(logging.Handler):
    """Adds up the rows that the store says it wrote."""

    rows = 0

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "write":
            self.rows += getattr(record, "fields", {}).get("rows", 0)
