"""When each event of the macro calendar was announced.

Histories of events hold what happened, and when. What a forecaster could count down to on a past
day is another matter: a meeting that nobody had announced was on no calendar, and a release that a
shutdown moved stood on its old date until it was taken off.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mlrisk.calendar import INFORMATION_HOUR, NEW_YORK
from mlrisk.contracts import RAW_CALENDAR

SCHEDULED, WITHDRAWN = "scheduled", "withdrawn"
KNOWN_BY_MONTH = 12
"""The Federal Reserve publishes its meetings of a year by the summer before, the Bureau of Labor
Statistics its releases by the December before; the first of that December is safe for both."""

UNANNOUNCED: Mapping[str, frozenset[str]] = {
    # Intermeeting moves and statements: Federal Reserve, historical materials by year.
    "fomc": frozenset(
        {
            "2001-01-03", "2001-04-18", "2001-09-17", "2007-08-10", "2007-08-17", "2008-01-22",
            "2008-03-11", "2008-10-08", "2010-05-09", "2019-10-11", "2020-03-03", "2020-03-15",
            "2020-03-23",
        }
    ),
    # Releases after the federal shutdowns of October 2013, autumn 2025 and February 2026.
    "cpi": frozenset({"2013-10-30", "2013-11-20", "2025-10-24", "2025-12-18", "2026-02-13"}),
    "employment_situation": frozenset(
        {"2013-10-22", "2013-11-08", "2025-11-20", "2025-12-16", "2026-02-11"}
    ),
}  # fmt: skip
"""New York dates on which an event took place without having stood on the year's schedule."""

TAKEN_OFF: tuple[tuple[str, str, str], ...] = (
    ("employment_situation", "2013-10-04 08:30", "2013-10-01"),
    ("cpi", "2013-10-16 08:30", "2013-10-01"),
    ("employment_situation", "2013-11-01 08:30", "2013-10-18"),
    ("cpi", "2013-11-15 08:30", "2013-10-18"),
    ("fomc", "2020-03-18 14:00", "2020-03-15"),
    ("employment_situation", "2025-10-03 08:30", "2025-10-01"),
    ("cpi", "2025-10-15 08:30", "2025-10-01"),
    ("employment_situation", "2025-11-07 08:30", "2025-10-01"),
    ("cpi", "2025-11-13 08:30", "2025-10-01"),
    ("employment_situation", "2025-12-05 08:30", "2025-11-21"),
    ("cpi", "2025-12-10 08:30", "2025-11-21"),
    ("employment_situation", "2026-02-06 08:30", "2026-02-02"),
    ("cpi", "2026-02-11 08:30", "2026-02-04"),
)
"""Event, the New York time it was scheduled for, and the date it was taken off the schedule."""


def announced(events: pd.DataFrame, *, history: bool = True) -> pd.DataFrame:
    """Events as they happened or stand on a schedule -> announcements of them.

    Parameters
    ----------
    events : DataFrame
        Columns event and event_datetime (UTC); of one New York day the first row counts.
    history : bool
        Of the real calendar: what was moved or never announced is treated so, and what was taken
        off is added, for each event within the years that ``events`` has it in.

    Returns
    -------
    DataFrame
        Columns of ``contracts.RAW_CALENDAR``, sorted by its key.
    """
    local = events["event_datetime"].dt.tz_convert(NEW_YORK)
    once = ~events.assign(day=local.dt.date).duplicated(["event", "day"])
    table, local = events.loc[once, ["event", "event_datetime"]], local[once]
    happened = table["event_datetime"]
    december = pd.to_datetime(
        {"year": local.dt.year - 1, "month": KNOWN_BY_MONTH, "day": 1}
    ).dt.tz_localize("UTC")
    known = (december + INFORMATION_HOUR).dt.as_unit("us")
    if history:
        day = local.dt.strftime("%Y-%m-%d")
        unannounced = [
            date in UNANNOUNCED.get(event, ())
            for event, date in zip(table["event"], day, strict=True)
        ]
        known = known.mask(pd.Series(unannounced, index=table.index), happened)
    rows = table.assign(known_from=known, status=SCHEDULED)
    if history:
        rows = pd.concat([rows, *_taken_off(table)], ignore_index=True)
    return rows.sort_values(list(RAW_CALENDAR.key), ignore_index=True)


def _taken_off(table: pd.DataFrame) -> list[pd.DataFrame]:
    """Two announcements for each event that did not take place when it was scheduled."""
    found = []
    for event, scheduled, off in TAKEN_OFF:
        when = pd.Timestamp(scheduled, tz=NEW_YORK).tz_convert("UTC").as_unit("us")
        others = table.loc[table["event"] == event, "event_datetime"]
        if others.empty or not others.min() < when < others.max():
            continue
        one = pd.DataFrame({"event": [event], "event_datetime": [when]})
        withdrawn = pd.Timestamp(off, tz="UTC").as_unit("us") + INFORMATION_HOUR
        found.append(announced(one, history=False))
        found.append(one.assign(known_from=withdrawn, status=WITHDRAWN))
    return found
