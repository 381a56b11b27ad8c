"""Two finished runs of the small repository, which differ in the model that is served."""

from __future__ import annotations

import contextlib
import importlib
from pathlib import Path

from app.load import states

OTHER = "har_vix"
_NOT_NEEDED = ("regime_backtest", "regime_combine")
"""The small repository's pool reads nothing of the volatility model; `predict` checks that."""


def make(computed: Path, folder: Path) -> tuple[Path, Path]:
    """Folders of the run as it was computed, and of one with another model."""
    first = states.copy(computed, folder / "first")
    second = states.copy(computed, folder / "second")
    states.change_model(second, OTHER, run_stage)
    return first, second


def run_stage(folder: Path, stage: str) -> None:
    """A stage in this process: what it imports is there already."""
    if stage in _NOT_NEEDED:
        return
    with contextlib.chdir(folder):
        importlib.import_module(f"stages.{stage}").main()
