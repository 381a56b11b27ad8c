"""``mlrisk bench``: how long the DAG takes on this machine, and how much memory.

Everything runs in a temporary clone of the last commit with an empty cache; nothing is written to
the project, since a time belongs to a machine and not to a commit.
"""

from __future__ import annotations

import contextlib
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
from rich.table import Table

from app import assistant, compose, figures, rag
from app.repository import CACHE, dvc, output, temporary_clone
from mlrisk import contracts, store
from mlrisk.calendar import sessions
from mlrisk.documents.questions import Question
from mlrisk.features import table as features
from mlrisk.forecast import roster
from mlrisk.params import Params, load_params
from mlrisk.params.sections import PARAMS_FILE, Day, Roles

REPEATS = 5
_SESSIONS = 5_000
_DAILY = ("ingest", "curate", "quality", "features")
_KIB_PER_GB = 1e9 / 1024
# Folds are remembered in the clone, whatever this user has.
_OWN, _EMPTY = {CACHE: ".cache/mlrisk"}, {CACHE: ".cache/bench"}


class _RolesOnly(Params):
    roles: Roles


class _AsOfOnly(Params):
    as_of: Day


@dataclass(frozen=True)
class Measure:
    """What was measured, how often, and what it must not exceed on two cores."""

    name: str
    unit: str
    values: list[float]
    bound: float


def measure(root: Path) -> list[Measure]:
    """Run the whole DAG once, then nothing of it and its features a few times.

    Returns
    -------
    list of Measure
        Memory is the largest resident set of any one process.
    """
    with temporary_clone(root) as clone:
        scratch = _seconds(lambda: dvc("repro", root=clone, env=_OWN))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _KIB_PER_GB
        idle = [_seconds(lambda: dvc("repro", root=clone)) for _ in range(REPEATS)]
        days = [_day_more(clone) for _ in range(REPEATS)]
        walk = _walk_forward(clone)
        _day_more(clone)
        last_folds = _walk_forward(clone)
        indexed = _stage(clone, "index")
        with contextlib.chdir(clone):
            built, asked = _features(), _ask(clone)
    return [
        Measure("whole DAG, empty cache", "s", [scratch], 180),
        Measure("`dvc repro` with nothing to do", "s", idle, 5),
        Measure(f"one day more: {', '.join(_DAILY)}", "s", days, 15),
        Measure("walk-forward of all contenders", "s", [walk], 120),
        Measure("one day more in the walk-forward", "s", [last_folds], 60),
        Measure(f"features of {_SESSIONS:,} sessions", "s", built, 1),
        Measure("index of all documents, from nothing", "s", [indexed], 360),
        Measure("`mlrisk ask`, once loaded", "ms", asked, 150),
        Measure("`mlrisk ask`, once loaded: 95th percentile", "ms", [_percentile_95(asked)], 150),
        Measure("peak memory of a process", "GB", [peak], 1.5),
    ]


def table(measures: list[Measure]) -> Table:
    """Medians, spread, and the median as a share of its bound."""
    head = ["measure", "runs", "median", "least", "most", "bound", "median / bound"]
    rows = []
    for item in measures:
        middle = statistics.median(item.values)
        numbers = [middle, min(item.values), max(item.values), item.bound]
        cells = [f"{number:.3g} {item.unit}" for number in numbers]
        rows.append([item.name, str(len(item.values)), *cells, f"{middle / item.bound:.0%}"])
    return figures.terminal("On this machine", head, rows)


def _day_more(clone: Path) -> float:
    """Seconds that the stages of data take on one session more."""
    as_of = pd.Timestamp(load_params(_AsOfOnly, clone / PARAMS_FILE).as_of)
    following = sessions(as_of, as_of + pd.DateOffset(days=30))[1]
    compose.write(clone, [f"as_of='{following:%Y-%m-%d}'"])
    return sum(_stage(clone, stage) for stage in _DAILY)


def _walk_forward(clone: Path) -> float:
    """Seconds of the walk-forwards of every contender, one after the other."""
    _stage(clone, "labels")
    return sum(_stage(clone, "backtest", name) for name in roster.ROSTER)


def _stage(clone: Path, name: str, *arguments: str) -> float:
    command = [sys.executable, "-m", f"stages.{name}", *arguments]
    return _seconds(partial(output, command, clone, env=_EMPTY))


def _features() -> list[float]:
    """Seconds to build all features of the workspace, for as many sessions as the bound is for."""
    roles = load_params(_RolesOnly).roles
    market = store.read(contracts.MARKET_DAILY)
    aligned = store.read(contracts.MACRO_RELEASE_ALIGNED)
    raw, events = store.read(contracts.RAW_MACRO), store.read(contracts.RAW_CALENDAR)
    share = market["date"].nunique() / _SESSIONS

    def build() -> object:
        return features.build(market, aligned, raw, events, **roles.market(), series=roles.series())

    return [_seconds(build) / share for _ in range(REPEATS)]


def _ask(clone: Path) -> list[float]:
    """Milliseconds for each question of the clone's own set."""
    desk = assistant.load(clone)
    questions = rag.read(clone / rag.QUESTIONS)

    def ask(one: Question) -> object:
        return desk.assistant.qa(one.question, one.constraints)

    ask(questions[0])  # what is only built at the first question
    return [1000 * _seconds(partial(ask, one)) for one in questions]


def _percentile_95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
