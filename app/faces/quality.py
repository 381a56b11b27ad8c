"""What is known of the data: checks, findings and what each source covers, as tables of text."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from app.faces import format as written
from app.faces.format import NONE
from app.faces.snapshot import Snapshot

Rows = list[list[str]]

CHECKS = ("check", "severity", "looked at", "found", "explained")
FINDINGS = ("date", "name", "check", "severity", "measured", "expected", "explanation")
PRICES = ("symbol", "first session", "last session", "sessions", "carried forward")
RELEASES = ("series", "first session", "released last", "value known last")
DOCUMENTS = ("source", "kind", "first", "last", "documents")
_AS_OF = "_as_of_release"


@dataclass(frozen=True)
class Summary:
    """How the data stand in a few numbers.

    Parameters
    ----------
    errors, warnings : int
        Findings without an explanation; an error stops the line.
    explained : int
        Findings that are known and told why.
    checks : int
    looked_at : int
        Figures that were judged by all checks.
    """

    errors: int
    warnings: int
    explained: int
    checks: int
    looked_at: int


def summary(snapshot: Snapshot) -> Summary:
    """How many findings there are, and of how much."""
    found = snapshot.metrics["data_quality"]
    kinds = [found["error"], found["warn"]]
    return Summary(
        errors=kinds[0]["unexplained"],
        warnings=kinds[1]["unexplained"],
        explained=sum(kind["explained"] for kind in kinds),
        checks=len(found["checks"]),
        looked_at=sum(check["looked_at"] for check in found["checks"].values()),
    )


def checks(snapshot: Snapshot) -> Rows:
    """A row per check: what stops the line first, then what was found most, then by name."""
    found = snapshot.metrics["data_quality"]["checks"]
    ordered = sorted(
        found.items(),
        key=lambda item: (
            -item[1]["unexplained"] * (item[1]["severity"] == "error"),
            -item[1]["unexplained"],
            -item[1]["explained"],
            item[0],
        ),
    )
    return [
        [
            name.replace("_", " "),
            check["severity"],
            written.count(check["looked_at"]),
            written.count(check["unexplained"]),
            written.count(check["explained"]),
        ]
        for name, check in ordered
    ]


def findings(snapshot: Snapshot, count: int = 100) -> Rows:
    """The newest findings."""
    newest = snapshot.findings.sort_values("date", ascending=False, kind="stable").head(count)
    return [
        [
            f"{row['date']:%Y-%m-%d}",
            row["name"],
            row["check"].replace("_", " "),
            row["severity"],
            written.value(row["measured"]),
            row["expected"],
            row["explanation"],
        ]
        for row in newest.to_dict("records")
    ]


def prices(snapshot: Snapshot) -> Rows:
    """What each symbol covers."""
    known = snapshot.market.dropna(subset="close")
    return [
        [
            str(symbol),
            f"{own['date'].min():%Y-%m-%d}",
            f"{own['date'].max():%Y-%m-%d}",
            written.count(len(own)),
            written.count(int(own["filled"].sum())),
        ]
        for symbol, own in known.groupby("symbol", sort=True)
    ]


def releases(snapshot: Snapshot) -> Rows:
    """What each macro series covers, and when its last value was published."""
    table = snapshot.macro
    names = [name for name in table.columns if f"{name}{_AS_OF}" in table.columns]
    return [_release(table, name) for name in names]


def _release(table: pd.DataFrame, name: str) -> list[str]:
    known = table.dropna(subset=name)
    if known.empty:
        return [name, NONE, NONE, NONE]
    last = known.iloc[-1]
    return [
        name,
        f"{known['date'].iloc[0]:%Y-%m-%d}",
        written.moment(last[f"{name}{_AS_OF}"]),
        written.value(float(last[name])),
    ]


def documents(snapshot: Snapshot) -> Rows:
    """How many documents there are of each source and kind, and of which time."""
    return [
        [
            str(source),
            str(kind).replace("_", " "),
            f"{own['published_at'].min():%Y-%m-%d}",
            f"{own['published_at'].max():%Y-%m-%d}",
            written.count(len(own)),
        ]
        for (source, kind), own in snapshot.documents.groupby(["source", "doc_type"], sort=True)
    ]
