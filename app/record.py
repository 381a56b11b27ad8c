"""The track record of this repository: ``results/track_record.jsonl``, a file that only grows.

``docs/track-record.md`` has the rules. When a line was published is what git says of the commit
that added it; no clock is read here.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from app import lock, log, own, tables
from app.repository import RepositoryError, read_metrics, read_text
from mlrisk import store
from mlrisk.contracts import LABELS_DAILY, PREDICTIONS_DAILY, backtest
from mlrisk.params.sections import PARAMS_FILE
from mlrisk.record import chain
from mlrisk.record.events import Event, Forecast, Series, Statement, statement
from mlrisk.record.ledger import Outcome
from mlrisk.record.record import Publication, Record, additions

RECORD = own.RECORD
"""Path of the file below the repository."""

_RV20 = backtest("rv20").forecasts


@dataclass(frozen=True)
class Added:
    """What a run added.

    Parameters
    ----------
    events : list of Event
    head : str
        Hash of the last line now.
    """

    events: list[Event]
    head: str

    def counts(self) -> dict[str, Any]:
        """For the log."""
        forecasts = [event for event in self.events if isinstance(event, Forecast)]
        return {
            "forecasts": len(forecasts),
            "realisations": len(self.events) - len(forecasts),
            "revisions": sum(event.revision > 0 for event in self.events),
            "head": self.head,
        }


def read(root: Path) -> Record:
    """The record as it stands in the workspace; empty where there is no file.

    Raises
    ------
    RecordError
        Where its chain is broken; names the file, the first line and what is wrong.
    """
    return _parsed(content(root))


@lru_cache(maxsize=2)
def _parsed(data: bytes) -> Record:
    """A second for ten thousand lines, which a page would otherwise spend each time it is drawn."""
    return Record(tuple(chain.read(data, RECORD)))


def content(root: Path) -> bytes:
    """The bytes of the file; none where there is no file."""
    place = root / RECORD
    return place.read_bytes() if place.exists() else b""


def last_statement(root: Path, revision: str) -> Statement | None:
    """What the last forecast on record at a revision says, its place in the record aside.

    Raises
    ------
    RecordError
        Where the chain is broken.
    """
    data = (read_text(RECORD, root, revision) or "").encode()
    said = [event for event in chain.read(data, RECORD) if isinstance(event, Forecast)]
    return said[-1].statement() if said else None


def is_published(root: Path, session: pd.Timestamp) -> bool:
    """Whether a forecast of that session is on record for the series of the parameters.

    Raises
    ------
    As ``read``.
    """
    return session.date() in read(root).published(series_of(root)[0])


def publish(root: Path, wait: float, since: date | None = None) -> Added:
    """Append what is not on record yet, while no other run is at work.

    Parameters
    ----------
    root : Path
    wait : float
        Seconds that another run is waited for.
    since : date, optional
        Publish forecasts from this session on, too; those before ``as_of`` are marked as late.

    Raises
    ------
    BusyError
        Where another run does not end in time.
    As ``append``.
    """
    with lock.held(root, wait) as held:
        # A daily run clears its note at its end; this one needs none, since it writes one file.
        if held.unfinished is not None:
            raise RepositoryError(
                "a daily run was cut short and may have left half of its results. Run `mlrisk "
                "daily` again, which makes that good and publishes the day."
            )
        return append(root, since)


def append(root: Path, since: date | None = None) -> Added:
    """Append the served forecast, and every outcome that is known by now.

    The caller holds the lock. A function of the record, the DAG's data and ``params.yaml``: the
    same again adds nothing.

    Raises
    ------
    RecordError
        Where the chain is broken, or the file is not what the last commit has with lines added.
    RepositoryError
        Where the DAG's data is missing or is not what ``dvc.lock`` names.
    """
    before = content(root)
    record = Record(tuple(chain.read(before, RECORD)))
    _require_grown(root, before)
    said = publication(root, record, since)
    added, events = additions(record, said)
    if events:
        _write(root / RECORD, before + added)
    for event in events:
        fields = {"date": f"{event.date}", "seq": event.seq, "hash": event.hash}
        revised = {"revision": event.revision} if event.revision else {}
        log.event(f"published {event.kind}", **fields, **revised)
    return Added(events, events[-1].hash if events else record.head)


def series_of(root: Path) -> tuple[Series, date]:
    """The series that the workspace's parameters name, and their ``as_of``."""
    tree = yaml.safe_load((root / PARAMS_FILE).read_text(encoding="utf-8"))
    day = date.fromisoformat(str(tree["as_of"]))
    return (tree["source"]["name"], tree["roles"]["benchmark"]), day


def publication(root: Path, record: Record, since: date | None = None) -> Publication:
    """What the DAG has to say: the served forecast, and today's word on dates on record.

    Raises
    ------
    RepositoryError
        Where its data is missing, half written or of another day.
    """
    key, as_of = series_of(root)
    first = as_of if since is None else min(since, as_of)
    for dataset in (PREDICTIONS_DAILY, LABELS_DAILY, _RV20):
        own.require_as_locked(root, dataset.path)
    dates = record.published(key)
    found = statements(root, key, dates, first)
    served = read_metrics(root).get("prediction", {})
    told = {
        "date": f"{as_of}",
        "model_version": found[as_of].model_version if as_of in found else None,
    }
    if {name: served.get(name) for name in told} != told:
        raise RepositoryError(
            f"{PREDICTIONS_DAILY.path} has {told} for as_of {as_of} and metrics/prediction.json "
            f"{ {name: served.get(name) for name in told} }: they are of two runs. Run `dvc repro`."
        )
    return Publication(*key, as_of, first, found, outcomes(root, dates | set(found)))


def statements(
    root: Path, key: Series, dates: Collection[date], since: date
) -> dict[date, Statement]:
    """The DAG's forecasts of some dates and of all from a day on.

    Raises
    ------
    StoreError
        Where the tables are missing or not whole.
    """
    model = read_metrics(root).get("prediction", {}).get("model", "")
    context = {"source": key[0], "benchmark": key[1], "model": model}
    table = tables.read(root, PREDICTIONS_DAILY)
    rv20 = tables.read(root, _RV20).set_index("date")["var_5d_hat"]
    wanted = table[(table["date"] >= pd.Timestamp(since)) | _among(table["date"], dates)]
    return {
        row["date"].date(): statement(row, context, rv20[row["date"]])
        for row in wanted.to_dict("records")
    }


def outcomes(root: Path, dates: Collection[date]) -> dict[date, Outcome]:
    """The labels of some dates, where there is one.

    Raises
    ------
    StoreError
        Where the table is missing or not whole.
    """
    table = tables.read(root, LABELS_DAILY)
    known = table[_among(table["date"], dates) & table["rv_5d"].notna()]
    return {
        row["date"].date(): Outcome(
            row["rv_5d"], None if pd.isna(row["regime_5d"]) else row["regime_5d"]
        )
        for row in known.to_dict("records")
    }


def _among(days: pd.Series, dates: Collection[date]) -> pd.Series:
    return days.isin(pd.DatetimeIndex(sorted(dates)).as_unit("us"))


def _require_grown(root: Path, now: bytes) -> None:
    committed = read_text(RECORD, root, "HEAD") or ""
    if not now.startswith(committed.encode()):
        raise chain.RecordError(
            f"{RECORD}: not what the last commit has with lines added; lines are only ever added. "
            f"`git diff {RECORD}` shows the difference, `git restore {RECORD}` undoes it."
        )


def _write(place: Path, data: bytes) -> None:
    with store.replacing(place) as draft, draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    # The new name is on the disk as well.
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
