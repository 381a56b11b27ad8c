"""``mlrisk experiments``: the named experiments of conf/experiment and how each is run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlrisk.errors import MlriskError

PACKAGE_LINE = "# @package _global_"


class ExperimentError(MlriskError, ValueError):
    """A file of conf/experiment without the two lines that each begins with."""


@dataclass(frozen=True)
class Experiment:
    """A file of conf/experiment."""

    name: str
    command: str
    purpose: str


def experiments(root: Path) -> Iterator[Experiment]:
    """Every experiment by name.

    Raises
    ------
    ExperimentError
        Where a file does not begin with the package line, its command and its purpose.
    """
    for path in sorted((root / "conf" / "experiment").glob("*.yaml")):
        lines = path.read_text(encoding="utf-8").splitlines()
        command, purpose = ([line.removeprefix("# ") for line in lines[1:3]] + ["", ""])[:2]
        if lines[:1] != [PACKAGE_LINE] or f"experiment={path.stem}" not in command.split():
            raise ExperimentError(
                f"conf/experiment/{path.name}: line 1 must be {PACKAGE_LINE!r} and line 2 the "
                f"command that runs it, with experiment={path.stem}"
            )
        yield Experiment(path.stem, command, purpose)
