"""The record as a whole: what is added to it, and what it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from mlrisk.dataset import DATE
from mlrisk.record import chain
from mlrisk.record.events import (
    Event,
    Forecast,
    Intervals,
    Realisation,
    RegimeProbs,
    Running,
    Series,
    Statement,
    parse,
    series,
)
from mlrisk.record.ledger import Dates, Ledger, Outcome, outcome_known

_FORECAST = (
    "rv_5d_hat", "var_5d_hat", "var_5d_rv20", "model", "model_version", "regime_model_version",
)  # fmt: skip
_REALISED = ("rv_5d", "regime_5d", "qlike", "qlike_rv20", "within_80", "within_90")
COLUMNS = {
    "source": "str", "benchmark": "str", "date": DATE, "seq": "int64", "revision": "int64",
    "as_of": DATE, "late": "bool",
    "rv_5d_hat": "float64", "var_5d_hat": "float64",
    **{f"rv_5d_{name}": "float64" for name in Intervals.model_fields},
    **{f"regime_probs.{name}": "float64" for name in RegimeProbs.model_fields},
    "top_drivers": "object", "var_5d_rv20": "float64",
    "model": "str", "model_version": "str", "regime_model_version": "str",
    "rv_5d": "float64", "regime_5d": "str", "qlike": "float64", "qlike_rv20": "float64",
    "within_80": "boolean", "within_90": "boolean", "rv_5d_restated": "float64",
    **{f"running_{name}": "Int64" if name == "n" else "float64" for name in Running.model_fields},
}  # fmt: skip
"""Columns of ``Record.table`` and their types."""


@dataclass(frozen=True)
class Publication:
    """What the DAG says at one ``as_of``.

    Parameters
    ----------
    source, benchmark : str
        The series.
    as_of : date
        Last session of the data.
    since : date
        Dates from it on are published where they were not; the served one is ``as_of`` itself.
    statements : mapping of date to Statement
        Forecasts of these dates and of those that were published before.
    outcomes : mapping of date to Outcome
        Labels that are there; those that cannot be known at ``as_of`` are left aside.
    """

    source: str
    benchmark: str
    as_of: date
    since: date
    statements: Mapping[date, Statement]
    outcomes: Mapping[date, Outcome]

    @property
    def series(self) -> Series:
        """The series that is added to."""
        return self.source, self.benchmark


@dataclass(frozen=True)
class Record:
    """A whole chain.

    Parameters
    ----------
    events : tuple of Event
        In the order of the file.
    """

    events: tuple[Event, ...] = ()

    @property
    def head(self) -> str:
        """The hash of the last line, which stands for all of them."""
        return self.events[-1].hash if self.events else chain.GENESIS

    def published(self, key: Series) -> set[date]:
        """Dates of a series that a forecast is on record of."""
        return {e.date for e in self.events if isinstance(e, Forecast) and series(e) == key}

    def table(self, key: Series | None = None) -> pd.DataFrame:
        """Forecasts beside what came of them, for one series or all.

        Returns
        -------
        DataFrame
            A row per forecast line, revisions among them, in the order of the file; ``COLUMNS``.
            Only the first forecast of a date has an outcome, null until it is known.
            ``rv_5d_restated`` is the last other value that the outcome was given since; scores are
            of the first.
        """
        came: dict[int, list[Realisation]] = {}
        for event in self.events:
            if isinstance(event, Realisation):
                came.setdefault(event.forecast, []).append(event)
        rows = [
            _row(event, came.get(event.seq, []))
            for event in self.events
            if isinstance(event, Forecast) and key in (None, series(event))
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)

    def summary(self) -> list[dict[str, Any]]:
        """Per series what was published and how it did; forecasts in time and late ones apart."""
        table = self.table()
        first = table[table["revision"] == 0]
        return [
            {
                "source": source,
                "benchmark": benchmark,
                "late": bool(late),
                "forecasts": len(rows),
                "first": f"{rows['date'].min():%Y-%m-%d}",
                "last": f"{rows['date'].max():%Y-%m-%d}",
                "open": int(rows["rv_5d"].isna().sum()),
                **{name: _mean(rows[name]) for name in ("qlike", "qlike_rv20")},
                **{name: _mean(rows[name]) for name in ("within_80", "within_90")},
            }
            for (source, benchmark, late), rows in first.groupby(["source", "benchmark", "late"])
        ]


def additions(record: Record, said: Publication) -> tuple[bytes, list[Event]]:
    """The lines that a publication adds; none where all of it is on record.

    First forecasts, by date: those from ``since`` on whose date has none on record; and of dates on
    record those that the last word on it is not, at ``as_of`` itself whatever made them, before it
    only where the same models did (then inputs were restated; what a new model would have said in
    the past was never published). Behind them outcomes, by date: of every date on record what is
    known by now, where it is the first or another than the last word.

    Parameters
    ----------
    record : Record
    said : Publication

    Returns
    -------
    lines : bytes
        To stand behind those of the record.
    events : list of Event
        The same, read back.
    """
    ledger = Ledger(record.events)
    writer = _Writer(record)
    dates = ledger.dates(said.series)
    for day, statement in sorted(said.statements.items()):
        if _is_news(dates.get(day), statement, said):
            ledger.add(writer.write(ledger.forecast(statement, said.as_of)))
    for day in sorted(ledger.dates(said.series)):
        outcome = said.outcomes.get(day)
        if outcome is None or not _differs(dates[day], outcome):
            continue
        if outcome_known(day) <= said.as_of:
            content = ledger.realisation(said.series, day, outcome, said.as_of)
            if content is not None:
                ledger.add(writer.write(content))
    return b"".join(writer.lines), writer.events


class _Writer:
    def __init__(self, record: Record) -> None:
        self.lines: list[bytes] = []
        self.events: list[Event] = []
        self._seq, self._previous = len(record.events), record.head

    def write(self, content: Mapping[str, Any]) -> Event:
        line = chain.seal(content, self._seq, self._previous)
        event = parse(line)
        self.lines.append(line)
        self.events.append(event)
        self._seq, self._previous = event.seq + 1, event.hash
        return event


def _is_news(there: Dates | None, statement: Statement, said: Publication) -> bool:
    if there is None or not there.forecasts:
        return said.since <= statement.date
    last = there.forecasts[-1]
    comparable = statement.date == said.as_of or last.made_by() == statement.made_by()
    return comparable and last.statement() != statement


def _differs(there: Dates, outcome: Outcome) -> bool:
    if not there.realisations:
        return True
    last = there.realisations[-1]
    return (last.rv_5d, last.regime_5d) != (outcome.rv_5d, outcome.regime_5d)


def _row(forecast: Forecast, came: Sequence[Realisation]) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(forecast, name) for name in _FORECAST}
    row |= {name: getattr(forecast, name) for name in ("source", "benchmark", "date", "as_of")}
    row |= {name: getattr(forecast, name) for name in ("seq", "revision", "late", "top_drivers")}
    row |= _flat(forecast.intervals, "rv_5d_") | _flat(forecast.regime_probs, "regime_probs.")
    if came:
        row |= {name: getattr(came[0], name) for name in _REALISED}
        row |= _flat(came[0].running, "running_")
        row["rv_5d_restated"] = came[-1].rv_5d if len(came) > 1 else None
    return row


def _flat(part: Intervals | RegimeProbs | Running | None, prefix: str) -> dict[str, float]:
    return {} if part is None else {f"{prefix}{k}": v for k, v in part.model_dump().items()}


def _mean(values: Iterable[Any]) -> float | None:
    known = pd.Series(values).dropna().astype(float)
    return None if known.empty else float(known.mean())
