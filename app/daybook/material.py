"""Everything that the report of a session is made from, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from app import assistant, record, tables
from app.faces import briefs, freshness
from app.faces.day import DayView, view
from app.faces.freshness import Input
from app.faces.snapshot import LOCK_FILE, Snapshot, digest, lock_bytes
from app.repository import RepositoryError, read_text
from mlrisk import contracts
from mlrisk.dataset import Dataset
from mlrisk.record.record import Record

COMBINATION = "combination"
"""The regime model that is a pool of others."""


@dataclass(frozen=True)
class Material:
    """What a report is made from.

    Parameters
    ----------
    snapshot : Snapshot
    day : DayView
    before : DayView, optional
        The session before; None for the first.
    brief : dict
        In the contract of ``daily_brief``.
    published : DataFrame
        Lines of the track record that were written by then; ``mlrisk.record.Record.table``.
    inputs : tuple of Input
    weights, regime_weights : mapping of str to float
        Of the members of the two models, as of their last refit by then; empty where a model is
        not made of others.
    committed : bool
        Whether dvc.lock is the one of the checked-out commit.
    """

    snapshot: Snapshot
    day: DayView
    before: DayView | None
    brief: Mapping[str, Any]
    published: pd.DataFrame
    inputs: tuple[Input, ...]
    weights: Mapping[str, float]
    regime_weights: Mapping[str, float]
    committed: bool


def gather(snapshot: Snapshot, date: pd.Timestamp) -> Material:
    """Read what a report needs beside a snapshot.

    Raises
    ------
    NoSuchDayError
        Where there is no forecast of that date.
    RepositoryError
        Where the outputs are another run's by now.
    """
    day = view(snapshot, date)
    root, version = snapshot.root, snapshot.version
    model = contracts.backtest(snapshot.settings.model.name)
    regime_weights = (
        _weights(root, contracts.REGIME_WEIGHTS, date)
        if version.regime_model == COMBINATION
        else {}
    )
    found = Material(
        snapshot=snapshot,
        day=day,
        before=None if day.previous is None else view(snapshot, day.previous),
        brief=briefs.told(snapshot, partial(assistant.load, root), date),
        published=_published(snapshot, date),
        inputs=freshness.inputs(snapshot, date),
        weights=_weights(root, model.weights, date),
        regime_weights=regime_weights,
        committed=_committed(snapshot),
    )
    if digest(lock_bytes(root)) != version.dvc_lock:
        raise RepositoryError(
            f"{LOCK_FILE} changed while the report was made: a run is at work. Make it again when "
            "the run has ended."
        )
    return found


def _weights(root: Path, dataset: Dataset, date: pd.Timestamp) -> dict[str, float]:
    """Weights from the last refit that was not after a session, the heaviest first."""
    if not (root / dataset.path).is_dir():
        return {}
    table = tables.read(root, dataset)
    table = table[table["date"] <= date]
    last = table[table["date"] == table["date"].max()]
    member = next(name for name in ("learner", "member") if name in last)
    ordered = last.sort_values(["weight", member], ascending=[False, True])
    return dict(zip(ordered[member], ordered["weight"].astype(float), strict=True))


def _published(snapshot: Snapshot, date: pd.Timestamp) -> pd.DataFrame:
    """The record of this series as it stood after a session: later lines are not looked at."""
    events = record.read(snapshot.root).events
    known = Record(tuple(event for event in events if event.as_of <= date.date()))
    return known.table((snapshot.version.source, snapshot.version.benchmark))


def _committed(snapshot: Snapshot) -> bool:
    if snapshot.version.git_commit is None:
        return False
    try:
        lock = read_text(LOCK_FILE, snapshot.root, snapshot.version.git_commit)
    except OSError:
        return False
    return lock is not None and digest(lock.encode()) == snapshot.version.dvc_lock
