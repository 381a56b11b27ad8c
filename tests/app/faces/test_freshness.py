"""Ages of inputs are those at the close of the session, and nothing later changes them."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from app.faces.freshness import DAILY, MONTHLY, Input, inputs
from app.faces.snapshot import Snapshot
from mlrisk.calendar import INFORMATION_HOUR
from tests.app.later import as_it_was


@pytest.fixture(params=[0, 150, 374])
def date(snapshot: Snapshot, request: pytest.FixtureRequest) -> pd.Timestamp:
    return snapshot.predictions["date"].iloc[request.param]


def by_name(found: tuple[Input, ...]) -> dict[str, Input]:
    return {one.name: one for one in found}


def test_every_role_is_listed_once(snapshot: Snapshot, date: pd.Timestamp) -> None:
    found = inputs(snapshot, date)
    roles = snapshot.settings.roles
    symbols = {symbol for group in [roles.kinds()] for symbol in group}
    assert {one.name for one in found if one.kind == "market"} == symbols
    assert {one.name for one in found if one.kind == "macro"} == set(roles.series().values())
    assert len(found) == len(by_name(found))


def test_a_price_of_the_session_is_fresh_and_a_carried_one_is_late(
    snapshot: Snapshot, date: pd.Timestamp
) -> None:
    market = snapshot.market.copy()
    sessions = sorted(set(market.loc[market["date"] <= date, "date"]))[-3:]
    market.loc[(market["symbol"] == "TLT") & market["date"].isin(sessions), "filled"] = True
    stale = by_name(inputs(dataclasses.replace(snapshot, market=market), date))
    assert (stale["SPY"].state, stale["SPY"].age, stale["SPY"].last) == ("fresh", 0, date)
    assert (stale["TLT"].state, stale["TLT"].age) == ("late", 3)


def test_what_never_was_is_missing(snapshot: Snapshot, date: pd.Timestamp) -> None:
    market = snapshot.market[snapshot.market["symbol"] != "GLD"]
    none = snapshot.documents.iloc[:0]
    found = by_name(inputs(dataclasses.replace(snapshot, market=market, documents=none), date))
    for name in ("GLD", "releases"):
        assert (found[name].state, found[name].last, found[name].age) == ("missing", None, None)


def test_a_release_is_as_old_as_the_sessions_since(snapshot: Snapshot, date: pd.Timestamp) -> None:
    known_at = date.tz_localize("UTC") + INFORMATION_HOUR
    macro = snapshot.macro.set_index("date")
    sessions = pd.DatetimeIndex(macro.index)
    for one in inputs(snapshot, date):
        if one.kind != "macro" or one.last is None:
            continue
        assert one.last <= known_at
        since = sessions[(sessions > one.last.tz_localize(None).normalize()) & (sessions <= date)]
        assert one.age == len(since)
    allowed = {one.role: one.allowed for one in inputs(snapshot, date)}
    assert (allowed["cpi"], allowed["pmi"], allowed["unemployment"]) == (MONTHLY,) * 3
    assert (allowed["fed_funds"], allowed["yield_10y"]) == (DAILY,) * 2


def test_what_came_later_changes_nothing(snapshot: Snapshot, date: pd.Timestamp) -> None:
    assert inputs(snapshot, date) == inputs(as_it_was(snapshot, date), date)
