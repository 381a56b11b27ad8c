"""When a value was released, where the data does not say."""

from __future__ import annotations

import pandas as pd

from mlrisk.calendar import NEW_YORK, first_session_after_release

RATES_RELEASED = pd.Timedelta(hours=16, minutes=15)
"""New York time, on the session after: that of the Federal Reserve's H.15 release."""
MONTHS_LATE = 2
"""A monthly value of unknown release is taken to be out when the second month after its own ends.
The statistics meant here appear within six weeks of their month; after the shutdown of 2025 the
unemployment rate of September took seven."""


def of_daily_rates(days: pd.Series) -> pd.Series:
    """Release (UTC) of the daily rates of some days: the next NYSE session, 16:15 New York."""
    following = first_session_after_release(days.dt.tz_localize(NEW_YORK))
    return (following + RATES_RELEASED).dt.tz_localize(NEW_YORK).dt.tz_convert("UTC")


def of_months(periods: pd.Series, scheduled: pd.DataFrame) -> pd.Series:
    """Release (UTC) of monthly values: as scheduled, else a later bound.

    Parameters
    ----------
    periods : Series of datetime64
        First days of the months.
    scheduled : DataFrame
        Columns period and event_datetime, of one release.
    """
    known = scheduled.dropna(subset="period").drop_duplicates("period", keep="last")
    listed = known.set_index("period")["event_datetime"].reindex(pd.DatetimeIndex(periods))
    late = periods + pd.DateOffset(months=1 + MONTHS_LATE) - pd.Timedelta(minutes=1)
    on_time = pd.Series(listed.array, index=periods.index)
    return on_time.fillna(late.dt.tz_localize("UTC")).dt.as_unit("us")


def of_vintages(first_days: pd.Series) -> pd.Series:
    """Release (UTC) of values of which only the date is known: the end of that day in New York."""
    end = first_days + pd.Timedelta(hours=23, minutes=59)
    return end.dt.tz_localize(NEW_YORK).dt.tz_convert("UTC").dt.as_unit("us")
