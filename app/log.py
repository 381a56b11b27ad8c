"""The log of the commands that run unattended: one event per step, with its seconds."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mlrisk.log import ROOT, event, handler

__all__ = ["event", "step", "to_stderr"]


def to_stderr() -> None:
    """Send the project's events to stderr: JSON, or for reading where that is a terminal."""
    logger = logging.getLogger(ROOT)
    logger.setLevel(logging.INFO)
    logger.handlers = [handler()]


@contextmanager
def step(name: str) -> Iterator[dict[str, Any]]:
    """An event when the block ends well, with its seconds and the fields the block put in."""
    fields: dict[str, Any] = {}
    began = time.monotonic()
    yield fields
    event(name, **fields, seconds=round(time.monotonic() - began, 3))
