"""NYSE sessions: the axis that every dataset stands on.

The information time of a session is 22:00 UTC of its date, after the close in New York
(20:00 or 21:00 UTC), the VIX settlement and the dollar index.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.errors import MlriskError

NEW_YORK = "America/New_York"
INFORMATION_HOUR = pd.Timedelta(hours=22)

# exchange_calendars moves its default bounds with today's date; these do not move.
_FIRST = pd.Timestamp("1990-01-01")
_LAST = pd.Timestamp("2035-12-31")


class CalendarError(MlriskError, ValueError):
    """A date that is no NYSE session, or lies outside the calendar."""


@lru_cache(maxsize=1)
def _nyse() -> pd.DatetimeIndex:
    import exchange_calendars  # half a second that most stages need not spend

    calendar = exchange_calendars.get_calendar("XNYS", start=_FIRST, end=_LAST)
    return pd.DatetimeIndex(calendar.sessions.as_unit("us").to_numpy())


def sessions(first: date | pd.Timestamp, last: date | pd.Timestamp) -> pd.DatetimeIndex:
    """NYSE sessions from ``first`` to ``last``, both included.

    Returns
    -------
    pandas.DatetimeIndex
        Sorted midnights without a time zone, unit microseconds.

    Raises
    ------
    CalendarError
        Where a bound lies outside 1990 to 2035.
    """
    start, end = pd.Timestamp(first), pd.Timestamp(last)
    if start < _FIRST or end > _LAST:
        raise CalendarError(
            f"sessions {start:%Y-%m-%d} to {end:%Y-%m-%d} lie outside the calendar, "
            f"which covers {_FIRST:%Y-%m-%d} to {_LAST:%Y-%m-%d}"
        )
    index = _nyse()
    return index[index.searchsorted(start) : index.searchsorted(end, side="right")]


def require_session(day: date | pd.Timestamp) -> pd.Timestamp:
    """The session of that date, or an error that names its neighbours."""
    stamp = pd.Timestamp(day).as_unit("us")
    if not _FIRST <= stamp <= _LAST:
        raise CalendarError(
            f"{stamp:%Y-%m-%d} lies outside the calendar, which covers "
            f"{_FIRST:%Y-%m-%d} to {_LAST:%Y-%m-%d}"
        )
    index = _nyse()
    position = int(index.searchsorted(stamp))
    if position == len(index) or index[position] != stamp:
        before, after = index[max(position - 1, 0)], index[min(position, len(index) - 1)]
        raise CalendarError(
            f"{stamp:%Y-%m-%d} ({stamp:%A}) is no NYSE session; the nearest ones are "
            f"{before:%Y-%m-%d} and {after:%Y-%m-%d}"
        )
    return stamp


def information_time(session: pd.Series) -> pd.Series:
    """22:00 UTC of each session: what was known by then may be used on it."""
    instant: pd.Series = session.dt.tz_localize("UTC") + INFORMATION_HOUR
    return instant


def first_session_after_release(release: pd.Series) -> pd.Series:
    """The first session after the New York date of each release.

    A release of day *t*, at whatever hour, is usable from the next session on. That is later than
    the information time of *t* strictly asks for, and leaves no room for a late correction of the
    release time.

    Parameters
    ----------
    release : Series of datetime64[us, UTC], shape (n_releases,)

    Returns
    -------
    Series of datetime64[us], shape (n_releases,)
        Same index; ``NaT`` beyond the calendar's last session.
    """
    day = release.dt.tz_convert(NEW_YORK).dt.tz_localize(None).dt.normalize().dt.as_unit("us")
    return _sessions_at(_nyse().searchsorted(pd.DatetimeIndex(day), side="right"), release)


def first_session_informed(release: pd.Series) -> pd.Series:
    """The first session whose information time is not before each release.

    Parameters
    ----------
    release : Series of datetime64[us, UTC], shape (n_releases,)

    Returns
    -------
    Series of datetime64[us], shape (n_releases,)
        Same index; ``NaT`` beyond the calendar's last session.
    """
    index = _nyse()
    instant = pd.DatetimeIndex(release.dt.tz_convert("UTC").dt.tz_localize(None).dt.as_unit("us"))
    return _sessions_at((index + INFORMATION_HOUR).searchsorted(instant, side="left"), release)


def sessions_since(day: pd.DatetimeIndex, session: pd.DatetimeIndex) -> npt.NDArray[np.int64]:
    """How many sessions lie after each ``day``, up to and including its ``session``.

    A value of the session itself is 0 old, one of the session before it 1; a value of a Sunday is
    as old on Monday as one of the Friday before.
    """
    index = _nyse()
    until = index.searchsorted(session, side="right")
    return np.asarray(until - index.searchsorted(day, side="right"), dtype=np.int64)


def _sessions_at(position: npt.NDArray[np.intp], release: pd.Series) -> pd.Series:
    index = _nyse()
    usable = index[np.minimum(position, len(index) - 1)].where(position < len(index))
    return pd.Series(usable, index=release.index)
