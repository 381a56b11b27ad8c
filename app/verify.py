"""``mlrisk verify``: whether the track record is whole, by every means there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Group
from rich.markup import escape
from rich.table import Table

from app import figures, record, record_history
from app.record_history import Version
from mlrisk import calendar
from mlrisk.errors import MlriskError
from mlrisk.record import chain, verification
from mlrisk.record.chain import Finding
from mlrisk.record.events import Event, Forecast
from mlrisk.record.record import Record

_OPENING = pd.Timedelta(hours=9, minutes=30)
"""New York time of the first trade of a session."""


@dataclass(frozen=True)
class Verdict:
    """What was looked at, and what is wrong.

    Parameters
    ----------
    lines : int
    head : str
        Hash of the last line; empty where the chain is broken.
    checks : dict of str
        What each check looked at, or why it did not.
    findings : list of Finding
        By line.
    series : list of dict
        ``Record.summary``, and ``before_open``: how many forecasts in time were committed before
        the next session opened, by the clock of the committer.
    """

    lines: int
    head: str
    checks: dict[str, str]
    findings: list[Finding]
    series: list[dict[str, Any]]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        return {"file": record.RECORD, "whole": self.whole, **asdict(self)}


def examine(root: Path, contains: str | None = None) -> Verdict:
    """Hold the record against its chain, its rules, git's history and the DAG's data.

    Parameters
    ----------
    root : Path
    contains : str, optional
        The hash of a line that was noted elsewhere: it must be in the chain.
    """
    data = record.content(root)
    read, broken = chain.examine(data)
    events = [event for event in read if event is not None]
    history = record_history.examine(root, data)
    findings = broken + history.findings
    checks = {"chain": _count(len(read), "line"), "history": history.note}
    if contains is not None:
        checks["anchor"] = contains
        findings += _anchor(events, contains)
    if broken:
        reason = "not looked at: the chain is broken"
        return Verdict(len(read), "", checks | {"rules": reason, "data": reason}, findings, [])
    whole = Record(tuple(events))
    checks["rules"] = f"{_count(len(events), 'line')} derived anew"
    found, checks["data"] = _data(root, events)
    findings += verification.verify(events) + found
    findings.sort(key=lambda finding: finding.line)
    return Verdict(len(read), whole.head, checks, findings, _series(whole, history.added_by))


def view(verdict: Verdict) -> Group:
    """The verdict for a terminal."""
    looked = Table(show_header=False, title=_title(verdict), title_justify="left")
    for name, text in {"head": verdict.head or figures.NONE, **verdict.checks}.items():
        looked.add_row(name, escape(text))
    parts: list[Any] = [looked]
    if verdict.series:
        head = ["series", "forecasts", "from", "to", "open", "QLIKE", "RV20", "80 %", "90 %"]
        rows = [_row(one) for one in verdict.series]
        head.append("before the open")
        parts += ["", figures.terminal("Forecasts", head, rows, text_columns=1)]
    if verdict.findings:
        rows = [
            [str(one.line), str(one.seq if one.seq is not None else figures.NONE),
             one.date or figures.NONE, one.rule, escape(one.detail)]
            for one in verdict.findings
        ]  # fmt: skip
        head = ["line", "seq", "date", "rule", "what is wrong"]
        parts += ["", figures.terminal("Findings", head, rows, text_columns=5)]
    return Group(*parts)


def _title(verdict: Verdict) -> str:
    wrong = _count(len(verdict.findings), "finding")
    return f"{record.RECORD}: {'whole' if verdict.whole else wrong}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _row(one: dict[str, Any]) -> list[str]:
    name = f"{one['source']} {one['benchmark']}{' (late)' if one['late'] else ''}"
    patterns = {"qlike": "{:.4f}", "qlike_rv20": "{:.4f}", "within_80": "{:.1%}"}
    patterns |= {"within_90": "{:.1%}", "before_open": "{}"}
    cells = [
        figures.NONE if one[key] is None else pattern.format(one[key])
        for key, pattern in patterns.items()
    ]
    return [name, str(one["forecasts"]), one["first"], one["last"], str(one["open"]), *cells]


def _anchor(events: Sequence[Event], contains: str) -> list[Finding]:
    if contains in {event.hash for event in events}:
        return []
    detail = f"no line has the hash {contains}, which was noted elsewhere"
    return [Finding(len(events), "anchor", detail)]


def _data(root: Path, events: Sequence[Event]) -> tuple[list[Finding], str]:
    try:
        key, as_of = record.series_of(root)
        dates = Record(tuple(events)).published(key)
        now = record.statements(root, key, dates, as_of)
        found, compared = verification.against(events, key, now, record.outcomes(root, dates))
    except (MlriskError, OSError) as error:
        return [], f"not looked at: {error}"
    left = len(dates) - compared
    beside = f", {left} of a model that it no longer has or without data" if left else ""
    return found, f"{_count(compared, 'forecast')} of {' '.join(key)} held against it{beside}"


def _series(whole: Record, added_by: Sequence[Version]) -> list[dict[str, Any]]:
    """The summary with how many of those in time git has from before the next open."""
    early: dict[tuple[str, str], int] = {}
    for event, version in zip(whole.events, added_by, strict=False):
        if isinstance(event, Forecast) and not event.late and event.revision == 0:
            ahead = pd.Timestamp(version.time) < _next_open(event)
            early[event.source, event.benchmark] = (
                early.get((event.source, event.benchmark), 0) + ahead
            )
    return [
        one | {"before_open": None if one["late"] else early.get((one["source"], one["benchmark"]))}
        for one in whole.summary()
    ]


def _next_open(event: Forecast) -> pd.Timestamp:
    day = pd.Timestamp(event.date)
    following = calendar.sessions(day, day + pd.Timedelta(days=14))[1]
    return (following + _OPENING).tz_localize(calendar.NEW_YORK)
