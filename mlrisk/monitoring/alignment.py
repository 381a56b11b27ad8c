"""Macro values where they are used: known on the last session, released on a scheduled day."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from mlrisk import calendar
from mlrisk.contracts import MACRO_COLUMNS
from mlrisk.monitoring.rules import Outcome, Rule, at_most, examine

ALIGNED, CALENDAR = "curated/macro_release_aligned", "raw/calendar"
EVENTS = {"cpi": "cpi", "unemployment": "employment_situation"}
"""Event at which a role's series is released."""
MORNING = 12
"""Hour of New York by which statistics are out; a later hour is a bound, no release time."""


def known_now(
    aligned: pd.DataFrame, series: Mapping[str, str], needed: Collection[str]
) -> list[Outcome]:
    """Whether each role's value is known on the last session.

    Parameters
    ----------
    aligned : DataFrame
        Columns of ``contracts.MACRO_RELEASE_ALIGNED``.
    series : mapping of role to series identifier
        Roles that are filled.
    needed : collection of str
        Roles whose features the learners read: without the value there is no forecast, which is
        an error. Of any other it is a warning.
    """
    found = []
    for role, name in series.items():
        values = aligned[MACRO_COLUMNS[role]]
        missing = float((values.notna()[::-1].cumsum() == 0).sum())
        found.append((name, role, missing))
    evidence = pd.DataFrame(found, columns=["name", "role", "missing"]).astype(
        {"name": "str", "missing": float}
    )
    required = evidence["role"].isin(needed)
    evidence = evidence.assign(
        date=aligned["date"].max(),
        needed=evidence["missing"].where(required),
        other=evidence["missing"].where(~required),
    )
    expected = "a value known on the last session; sessions up to it without one"
    return examine(
        evidence,
        [
            Rule("needed_value_is_known", "error", ALIGNED, "value", "needed", at_most(0),
                 f"{expected}. The learners read it, and forecast nothing without"),
            Rule("value_is_known", "warn", ALIGNED, "value", "other", at_most(0), expected),
        ],
    )  # fmt: skip


def scheduled(
    table: pd.DataFrame, announcements: pd.DataFrame, series: Mapping[str, str]
) -> list[Outcome]:
    """Releases of consumer prices and employment that stand in no calendar.

    Looked at are releases with a time of day that is one, between the calendar's first event and
    its last.

    Parameters
    ----------
    table : DataFrame
        As from ``periods``.
    announcements : DataFrame
        Columns of ``contracts.RAW_CALENDAR``.
    series : mapping of role to series identifier
    """
    tables = [table.iloc[:0][["name", "date"]].assign(unlisted=pd.Series(dtype=float))]
    local = announcements["event_datetime"].dt.tz_convert(calendar.NEW_YORK)
    days = local.dt.tz_localize(None).dt.normalize()
    withdrawn = announcements["status"] == "withdrawn"
    taken_off = announcements[withdrawn].set_index(["event", "event_datetime"]).index
    stands = ~announcements.set_index(["event", "event_datetime"]).index.isin(taken_off)
    for role, event in EVENTS.items():
        listed = days[(announcements["event"] == event).to_numpy() & stands]
        rows = table[(table["name"] == series.get(role)) & (table["release"].dt.hour < MORNING)]
        released = rows["release"].dt.normalize()
        if len(listed):
            within = released.between(listed.min(), listed.max())
            off = (~released.isin(listed)).astype(float)[within]
            tables.append(rows.loc[within, ["name", "date"]].assign(unlisted=off))
    rule = Rule(
        "release_is_scheduled",
        "warn",
        CALENDAR,
        "event_datetime",
        "unlisted",
        at_most(0),
        "an event of the calendar on the day of each release",
    )
    return examine(pd.concat(tables, ignore_index=True), [rule])  # fmt: skip
