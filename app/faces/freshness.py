"""How old each input was when the forecast of a session was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from app.faces.snapshot import Snapshot
from mlrisk.calendar import INFORMATION_HOUR, sessions_since
from mlrisk.contracts.curated import MACRO_COLUMNS
from mlrisk.features.macro import SCORES

State = Literal["fresh", "late", "missing"]

DAILY, MONTHLY = 3, 27
"""Sessions that may pass after a release before the next one is late: a daily rate is published on
the next business day, which a holiday of bonds puts off; between two monthly releases lie at most
27 sessions, unless one was put off."""

_MONTHLY_ROLES = frozenset(SCORES)
"""Series that are scored over monthly observations are monthly ones."""


@dataclass(frozen=True)
class Input:
    """One input of a forecast.

    Parameters
    ----------
    name : str
        Symbol or series.
    role : str
        What it is used as, in the words of ``conf/roles``; ``sector`` for each of the sectors.
    kind : {"market", "macro", "documents"}
    last : Timestamp, optional
        Session of the last price of its own, one that was not carried forward; the release in UTC
        for macro values and documents.
    age : int, optional
        Sessions since then: 0 is of the session itself.
    allowed : int
        The age up to which it is fresh.
    """

    name: str
    role: str
    kind: Literal["market", "macro", "documents"]
    last: pd.Timestamp | None
    age: int | None
    allowed: int

    @property
    def state(self) -> State:
        if self.age is None:
            return "missing"
        return "fresh" if self.age <= self.allowed else "late"


def inputs(snapshot: Snapshot, date: pd.Timestamp) -> tuple[Input, ...]:
    """Every input that has a role, as of the close of a session.

    Warnings
    --------
    Prices up to ``date`` and releases known at its information time are looked at: what came later
    changes nothing.
    """
    return (*_market(snapshot, date), *_macro(snapshot, date), _documents(snapshot, date))


def _market(snapshot: Snapshot, date: pd.Timestamp) -> list[Input]:
    given = snapshot.settings.roles.market()
    sectors = [("sector", symbol) for symbol in given.pop("sectors")]
    roles = [(role, symbol) for role, symbol in given.items() if symbol]
    market = snapshot.market
    own = market[(market["date"] <= date) & ~market["filled"] & market["close"].notna()]
    last = own.groupby("symbol")["date"].max()
    return [
        _input(symbol, role, "market", last.get(symbol), date, 0)
        for role, symbol in roles + sectors
    ]


def _macro(snapshot: Snapshot, date: pd.Timestamp) -> list[Input]:
    rows = snapshot.macro[snapshot.macro["date"] == date]
    found = []
    for role, series in snapshot.settings.roles.series().items():
        release = rows[f"{MACRO_COLUMNS[role]}_as_of_release"]
        last = release.iloc[0] if len(release) and pd.notna(release.iloc[0]) else None
        allowed = MONTHLY if role in _MONTHLY_ROLES else DAILY
        found.append(_input(series, role, "macro", last, date, allowed))
    return found


def _documents(snapshot: Snapshot, date: pd.Timestamp) -> Input:
    published = snapshot.documents["published_at"]
    known = published[published <= date.tz_localize("UTC") + INFORMATION_HOUR]
    last = None if known.empty else known.max()
    return _input("releases", "documents", "documents", last, date, MONTHLY)


def _input(
    name: str,
    role: str,
    kind: Literal["market", "macro", "documents"],
    last: pd.Timestamp | None,
    date: pd.Timestamp,
    allowed: int,
) -> Input:
    if last is None:
        return Input(name, role, kind, None, None, allowed)
    day = last.tz_localize(None).normalize()
    age = int(sessions_since(pd.DatetimeIndex([day]), pd.DatetimeIndex([date]))[0])
    return Input(name, role, kind, last, age, allowed)
