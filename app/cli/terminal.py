"""What a command prints: words for a terminal, lines of JSON for anything else."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

# Not on a terminal there is no width to keep to.
console = Console(width=None if sys.stdout.isatty() else 160, emoji=False)
stderr = Console(stderr=True, emoji=False)


@contextmanager
def counted(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar on stderr, where that is a terminal and there is more than one to count."""
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    idle = total < 2 or not stderr.is_terminal
    with Progress(*columns, console=stderr, disable=idle, transient=True) as bar:
        task = bar.add_task(escape(what), total=total)
        yield lambda: bar.advance(task)


def tell(words: str, record: dict[str, Any]) -> None:
    """A line on stdout: words where that is a terminal, else JSON."""
    if on_terminal():
        console.print(words, soft_wrap=True, highlight=False, markup=False)
    else:
        print(json.dumps(record, allow_nan=False), flush=True)


def on_terminal() -> bool:
    """Whether somebody reads what is printed."""
    return sys.stdout.isatty()


def root() -> Path:
    """The repository that the command is run in."""
    from app.repository import find_root

    return find_root()


def say(style: str, word: str, text: str) -> None:
    """A remark on stderr, its first word in a style."""
    stderr.print(
        f"[bold {style}]{escape(word)}:[/] {escape(text)}", soft_wrap=True, highlight=False
    )
