"""Real-time macro data: which value of which period was known on which session.

A series is a table of vintages: ``period`` (first day of what is measured), ``release`` (UTC) and
``value``. What was known at a moment is, of the newest period released by then, the newest value
released by then.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import take

from mlrisk import calendar

MIN_OBSERVATIONS = 36
"""Months a z-score wants before it says how far from usual a value is."""

MAX_AGE_SESSIONS = 5
"""A daily rate is one session old when it arrives, two after a bond holiday; beyond a week it has
stopped."""

MAX_AGE_MONTHS = 3
"""A monthly value is used until its successor comes, up to two calendar months after its period
(October's until the middle of December). One more covers a single month that is never published,
as October 2025 was; a series that skips two has stopped."""


@dataclass(frozen=True)
class Timing:
    """When a release becomes usable, and when the value has grown too old.

    Parameters
    ----------
    usable : callable
        Releases (UTC) to the first session each may be used on.
    fresh : callable
        Periods and sessions to whether the value of that period still counts on that session.
    """

    usable: Callable[[pd.Series], pd.Series]
    fresh: Callable[[pd.DatetimeIndex, pd.DatetimeIndex], npt.NDArray[np.bool_]]


def _months(day: pd.DatetimeIndex) -> npt.NDArray[np.int64]:
    return np.asarray(day.year * 12 + day.month, dtype=np.int64)


MONTHLY = Timing(
    usable=calendar.first_session_after_release,
    fresh=lambda period, session: _months(session) - _months(period) <= MAX_AGE_MONTHS,
)
"""Surveys and price indices: from the session after the New York date of the release."""

DAILY = Timing(
    usable=calendar.first_session_informed,
    fresh=lambda period, session: calendar.sessions_since(period, session) <= MAX_AGE_SESSIONS,
)
"""Market rates, published on the next business day: on the session of their release."""


MONTHLY_ROLES = frozenset({"cpi", "pmi", "unemployment"})


def timing_of(role: str) -> Timing:
    """When releases of a macro role become usable, and grow too old."""
    return MONTHLY if role in MONTHLY_ROLES else DAILY


def of_role(macro: pd.DataFrame, role: str, series_id: str) -> pd.DataFrame:
    """Vintages of what a role stands for: of the price index its year-on-year change."""
    rows = observations(macro, series_id)
    return year_on_year(rows) if role == "cpi" else rows


def observations(macro: pd.DataFrame, series_id: str) -> pd.DataFrame:
    """Every vintage of one series, in the order in which it became known.

    Parameters
    ----------
    macro : DataFrame
        Columns of ``contracts.RAW_MACRO``.

    Returns
    -------
    DataFrame
        Columns period, release, value; no rows where the series has none.
    """
    rows = macro.loc[
        macro["series_id"] == series_id, ["macro_value_date", "release_datetime", "value"]
    ].set_axis(["period", "release", "value"], axis=1)
    return rows.sort_values(["release", "period"], kind="stable", ignore_index=True)


def year_on_year(rows: pd.DataFrame) -> pd.DataFrame:
    """Percentage change on the same month of the year before, both ends as known at the time.

    A revision of either end is a new vintage of the change. A month whose base was never published
    has no change, so the one before it stays the newest.

    Parameters
    ----------
    rows : DataFrame
        Vintages of a monthly level, as from ``observations``.

    Returns
    -------
    DataFrame
        Vintages of the change, in per cent.
    """
    month = rows["period"].to_numpy().astype("datetime64[M]")
    level = rows.assign(month=month.astype(np.int64))
    base = level.rename(columns={"period": "base_period", "value": "base"})
    base = base.assign(month=base["month"] + 12)
    # At each release of either end, the other end's newest vintage by then.
    pairs = [
        pd.merge_asof(left, right, on="release", by="month").dropna(subset=["value", "base"])
        for left, right in ((level, base), (base, level))
    ]
    both = pd.concat(pairs).drop_duplicates(["period", "release"])
    both = both.assign(value=100 * (both["value"] / both["base"] - 1))
    return both[["period", "release", "value"]].sort_values(
        ["release", "period"], kind="stable", ignore_index=True
    )


def standardized(rows: pd.DataFrame, min_observations: int = MIN_OBSERVATIONS) -> pd.DataFrame:
    r"""z-score of the newest value among all observations known at each release.

    .. math:: z = (x_n - \bar x) / s

    with mean and standard deviation (ddof 1) over the periods known at that moment, each in its
    newest vintage then. Null before ``min_observations`` periods.

    Parameters
    ----------
    rows : DataFrame
        Vintages, as from ``observations`` or ``year_on_year``.

    Returns
    -------
    DataFrame
        One row per release, under the period that was newest then.

    Notes
    -----
    Sums are exact (``math.fsum``), so they hang neither on order nor on the processor.
    """
    periods, place = np.unique(rows["period"].to_numpy(), return_inverse=True)
    values = rows["value"].to_numpy()
    known = np.full(len(periods), np.nan)
    newest = np.maximum.accumulate(place) if len(place) else place
    scores = np.full(len(rows), np.nan)
    for row, (at, top) in enumerate(zip(place, newest, strict=True)):
        known[at] = values[row]
        scores[row] = _score(known[: top + 1], min_observations)
    return rows.assign(period=periods[newest], value=scores)


def _score(known: npt.NDArray[np.float64], min_observations: int) -> float:
    sample = known[~np.isnan(known)]
    count = len(sample)
    if count < max(min_observations, 2):
        return math.nan
    mean = math.fsum(sample.tolist()) / count
    deviation = sample - mean
    squares = math.fsum((deviation * deviation).tolist())
    return float(deviation[-1] / math.sqrt(squares / (count - 1))) if squares > 0 else math.nan


def known_at(rows: pd.DataFrame, timing: Timing, sessions: pd.DatetimeIndex) -> pd.DataFrame:
    """The value known on each session, and since when.

    Parameters
    ----------
    rows : DataFrame
        Vintages in the order of their releases.
    timing : Timing
    sessions : DatetimeIndex of shape (n_sessions,)
        Sorted.

    Returns
    -------
    DataFrame of shape (n_sessions, 2)
        Columns value and release; null before the first release and once the value is too old. A
        value that has stopped being published is null, never an old number.

    Warnings
    --------
    Row *t* uses releases whose first usable session is *t* or earlier, and nothing later.
    """
    usable = timing.usable(rows["release"]).to_numpy()
    period = rows["period"].to_numpy()
    # A late revision of an older period does not displace a newer one.
    counts = ~np.isnat(usable) & (period >= np.maximum.accumulate(period))
    place = np.searchsorted(usable[counts], sessions.to_numpy(), side="right")
    row = np.append(-1, np.flatnonzero(counts))[place]
    known = row >= 0
    known[known] = timing.fresh(pd.DatetimeIndex(period[row[known]]), sessions[known])
    row[~known] = -1
    return pd.DataFrame(
        {name: take(rows[name].array, row, allow_fill=True) for name in ("value", "release")}
    )
