"""Which session a page shows: the one of ``?date=``, and the last one where there is none."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from app.faces.day import NoSuchDayError, position
from app.faces.snapshot import Snapshot

PARAMETER = "date"
CITED = "cite"
"""In the address: the number of the citation whose passage is open."""


def chosen(snapshot: Snapshot, text: str | None) -> pd.Timestamp:
    """The session that is asked for.

    Parameters
    ----------
    snapshot : Snapshot
    text : str, optional
        ISO date; the last session where there is none.

    Raises
    ------
    NoSuchDayError
        Where it is no date, or one without a forecast; says which there are.
    """
    if not text:
        return snapshot.predictions["date"].iloc[-1]
    date = parsed(text)
    if date is None:
        raise NoSuchDayError(
            f"{PARAMETER}={text[:40]}: expected a date such as {PARAMETER}={snapshot.version.as_of}"
        )
    position(snapshot, date)
    return date


def parsed(text: str) -> pd.Timestamp | None:
    """An ISO date, or nothing."""
    try:
        return pd.Timestamp(datetime.strptime(text, "%Y-%m-%d"))  # noqa: DTZ007  # a day has no zone
    except ValueError:
        return None


def nearest(snapshot: Snapshot, date: pd.Timestamp | None) -> list[pd.Timestamp]:
    """Sessions with a forecast on both sides of a date that has none; the last one for no date."""
    dates = pd.DatetimeIndex(snapshot.predictions["date"])
    if date is None:
        return [dates[-1]]
    place = int(dates.searchsorted(date))
    return [dates[one] for one in (place - 1, place) if 0 <= one < len(dates)]
