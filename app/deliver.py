"""``mlrisk deliver``: published forecasts to where others read them.

Days are delivered in order. One that fails stops its destination: the days before it are there, the
days from it on are not, and running again goes on from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from app import tables
from app.faces.snapshot import LOCK_FILE, SnapshotError, lock_bytes, settled_outputs
from app.sinks.base import Day, Outcome, Sink, changes, different
from mlrisk.contracts import PREDICTIONS_DAILY
from mlrisk.errors import MlriskError

OUTCOMES: tuple[Outcome, ...] = ("written", "unchanged", "replaced")


class DeliveryError(MlriskError, RuntimeError):
    """Days that were not delivered; says which ones were, why, and what to do."""


@dataclass(frozen=True)
class Published:
    """What the last run of the DAG forecasts.

    Parameters
    ----------
    series : str
        Source and benchmark, such as ``live#SPY``.
    predictions : DataFrame
        ``contracts.PREDICTIONS_DAILY``.
    """

    series: str
    predictions: pd.DataFrame


@dataclass(frozen=True)
class Summary:
    """What a destination was brought.

    Parameters
    ----------
    destination : str
    first, last : str
        ISO dates.
    written, unchanged, replaced : int
        Days.
    """

    destination: str
    first: str
    last: str
    written: int = 0
    unchanged: int = 0
    replaced: int = 0

    def record(self) -> dict[str, Any]:
        """For a log."""
        return {"event": "delivered", **asdict(self)}

    def words(self) -> str:
        """For a terminal."""
        span = self.first if self.first == self.last else f"{self.first} to {self.last}"
        counts = [f"{getattr(self, name)} {name}" for name in OUTCOMES if getattr(self, name)]
        return f"{self.destination}: {span}, {', '.join(counts)}"


def published(root: Path) -> Published:
    """The forecasts of the last finished run, and what dvc.lock says they are of.

    Raises
    ------
    SnapshotError
        Where a run is at work, or none was finished.
    StoreError, ContractError
        Where the forecasts are missing or not whole.
    """
    locked = lock_bytes(root)
    settled_outputs(locked)
    predictions = tables.read(root, PREDICTIONS_DAILY)
    if lock_bytes(root) != locked:
        raise SnapshotError(
            f"{LOCK_FILE} changed while the forecasts were read: a run is at work. Deliver when it "
            "has ended."
        )
    return Published(_series(locked), predictions)


def days(
    predictions: pd.DataFrame,
    date: date | None = None,
    first: date | None = None,
    last: date | None = None,
) -> list[Day]:
    """The forecasts to deliver, oldest first.

    Parameters
    ----------
    predictions : DataFrame
        ``contracts.PREDICTIONS_DAILY``.
    date : date, optional
        One session.
    first, last : date, optional
        A span, open where it is None. Without these and ``date`` it is the last session.

    Raises
    ------
    DeliveryError
        Where there is no forecast to deliver.
    """
    known = predictions["date"]
    if known.empty:
        raise DeliveryError(f"{PREDICTIONS_DAILY.path} has no forecast: there is none to deliver.")
    if date is None and first is None and last is None:
        date = known.iloc[-1]
    begin, end = (pd.Timestamp(day) if day else None for day in (date or first, date or last))
    wanted = known.between(begin or known.iloc[0], end or known.iloc[-1])
    if not wanted.any():
        asked = f"of {date:%Y-%m-%d}" if date is not None else "in that span"
        raise DeliveryError(
            f"there is no forecast {asked}, but of the sessions from {known.iloc[0]:%Y-%m-%d} to "
            f"{known.iloc[-1]:%Y-%m-%d}"
        )
    return [Day(row) for _, row in predictions[wanted].groupby("date")]


def deliver(
    days: Sequence[Day],
    sink: Sink,
    *,
    replace: bool = False,
    advance: Callable[[], None] = lambda: None,
) -> Summary:
    """Bring some days to a destination; called again, it does nothing.

    Parameters
    ----------
    days : sequence of Day
        At least one.
    sink : Sink
    replace : bool
        Overwrite what is there and differs.
    advance : callable
        Called after each day.

    Raises
    ------
    DeliveryError
        Where a day is not taken.
    """
    done: Counter[Outcome] = Counter()
    for place, day in enumerate(days):
        try:
            done[sink.put(day, replace=replace)] += 1
        except MlriskError as error:
            raise DeliveryError(f"{_progress(sink, days, place)} {error}") from None
        advance()
    return Summary(
        sink.name, _iso(days[0]), _iso(days[-1]), *(done[outcome] for outcome in OUTCOMES)
    )


def verify(
    days: Sequence[Day], sink: Sink, *, advance: Callable[[], None] = lambda: None
) -> Summary:
    """Read some days back from a destination and hold them against what is published.

    Raises
    ------
    DeliveryError
        Where days are missing.
    DifferentError
        Where one is another forecast.
    MlriskError
        Where the destination cannot be read.
    """
    missing = []
    for day in days:
        there = sink.read(day.date)
        if there is None:
            missing.append(_iso(day))
        elif changes(there, day):
            raise different(sink.name, there, day)
        advance()
    if missing:
        shown = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        raise DeliveryError(
            f"{sink.name}: {len(missing)} of {len(days)} days are not there ({shown}). Deliver "
            "them: the same command without --check."
        )
    return Summary(sink.name, _iso(days[0]), _iso(days[-1]), unchanged=len(days))


def _progress(sink: Sink, days: Sequence[Day], done: int) -> str:
    if len(days) == 1:
        return f"{sink.name}: {_iso(days[0])} was not delivered."
    there = f"{_iso(days[0])} to {_iso(days[done - 1])} are" if done else "none is"
    return (
        f"{sink.name}: {done} of {len(days)} days were delivered ({there} there); "
        f"{_iso(days[done])} was not. Running again goes on from there."
    )


def _series(locked: bytes) -> str:
    try:
        ran: Mapping[str, Any] = yaml.load(locked, Loader=yaml.CSafeLoader)["stages"]["ingest"]
        params = ran["params"]["params.yaml"]
        return f"{params['source']['name']}#{params['roles']['benchmark']}"
    except (KeyError, TypeError):
        raise SnapshotError(
            f"{LOCK_FILE}: the stage ingest has no source.name and roles.benchmark, which say what "
            "the forecasts are of. Run `mlrisk run`."
        ) from None


def _iso(day: Day) -> str:
    return f"{day.date:%Y-%m-%d}"
