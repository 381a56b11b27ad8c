"""How long ago an event of the macro calendar was, and how far off the next one that is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlrisk import calendar
from mlrisk.features.windows import Columns, FloatArray

NAMES = {"cpi": "cpi", "employment_situation": "employment", "fomc": "fomc"}
"""Events that are counted, and what their columns call them."""


def countdowns(announcements: pd.DataFrame, sessions: pd.DatetimeIndex) -> Columns:
    """Sessions since the last and until the next scheduled release or meeting.

    ``days_until_<event>`` is 1 on the session before; ``days_since_<event>`` is 0 on the session
    whose information time is the first after it. An event that the calendar does not hold at all
    has no columns.

    Parameters
    ----------
    announcements : DataFrame
        Columns of ``contracts.RAW_CALENDAR``.
    sessions : DatetimeIndex of shape (n_sessions,)

    Warnings
    --------
    Row *t* counts down to events that were announced by the information time of *t* and not taken
    off the schedule by then: not to an unscheduled meeting, nor to a release on the day it was
    moved to. Null while nothing further is announced, and before the first event.
    """
    columns: Columns = {}
    for event, name in NAMES.items():
        rows = announcements[announcements["event"] == event]
        if len(rows):
            columns[f"days_since_{name}"] = _since(_took_place(rows), sessions)
            columns[f"days_until_{name}"] = _until(rows, sessions)
    return columns


def _took_place(rows: pd.DataFrame) -> pd.Series:
    last = rows.sort_values("known_from").groupby("event_datetime")["status"].last()
    return last.index[last == "scheduled"].to_series()


def _since(moments: pd.Series, sessions: pd.DatetimeIndex) -> FloatArray:
    if moments.empty:
        return np.full(len(sessions), np.nan)
    held = pd.DatetimeIndex(calendar.first_session_informed(moments).sort_values())
    place = held.searchsorted(sessions, side="right") - 1
    since = calendar.sessions_since(held[np.maximum(place, 0)], sessions).astype(float)
    return np.where(place >= 0, since, np.nan)


def _until(rows: pd.DataFrame, sessions: pd.DatetimeIndex) -> FloatArray:
    """Over the spans in which each date stood on the schedule, the nearest date still to come."""
    stands = rows[rows["status"] == "scheduled"].set_index("event_datetime")["known_from"]
    off = rows[rows["status"] == "withdrawn"].set_index("event_datetime")["known_from"]
    first = calendar.first_session_informed(stands)
    day = calendar.first_session_informed(stands.index.to_series())
    until = calendar.first_session_informed(
        off.reindex(stands.index).fillna(stands.index.to_series())
    )
    table = pd.DataFrame({"day": day, "first": first, "until": until.clip(upper=day)})
    nearest = np.full(len(sessions), np.nan)
    # The latest first, so that a nearer one overwrites it.
    table = table.sort_values("day", ascending=False)
    starts, stops = (sessions.searchsorted(pd.DatetimeIndex(table[n])) for n in ("first", "until"))
    for target, start, stop in zip(table["day"], starts, stops, strict=True):
        ahead = sessions[start:stop]
        nearest[start:stop] = calendar.sessions_since(
            ahead, pd.DatetimeIndex([target] * len(ahead))
        )
    return nearest
