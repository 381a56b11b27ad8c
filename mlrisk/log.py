"""Events of a run on stderr: a JSON line each, or words where that is a terminal."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

ROOT = "mlrisk"

_logger = logging.getLogger(ROOT)


def event(name: str, **fields: Any) -> None:
    """One event and what belongs to it."""
    _logger.info(name, extra={"fields": fields})


def handler() -> logging.Handler:
    """What writes events to stderr."""
    if not sys.stderr.isatty():
        lines: logging.Handler = logging.StreamHandler()
        lines.setFormatter(_JsonLine())
        return lines
    from rich.console import Console
    from rich.logging import RichHandler

    words = RichHandler(console=Console(stderr=True), show_path=False)
    words.setFormatter(_Words())
    return words


class _JsonLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        return json.dumps({"event": record.getMessage(), **fields}, default=str)


class _Words(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        return " ".join([record.getMessage(), *(f"{name}={fields[name]}" for name in fields)])
