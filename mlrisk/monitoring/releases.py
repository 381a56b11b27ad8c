"""Macro series: whether they go on, when they are released, and how their values move."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from mlrisk import calendar
from mlrisk.monitoring.robust import trailing_median, trailing_spread
from mlrisk.monitoring.rules import Outcome, Rule, at_least, at_most, examine

MACRO = "raw/macro"
DAY = pd.Timedelta(days=1)


def periods(macro: pd.DataFrame) -> pd.DataFrame:
    """The first release of each period, and what is usual for its series.

    Parameters
    ----------
    macro : DataFrame
        Columns of ``contracts.RAW_MACRO``, sorted by its key.

    Returns
    -------
    DataFrame
        A row per series and period: name, date (of the period), value, release (New York, without
        a zone), point_in_time, and monthly: whether the series has a value a month. A series is
        monthly where its periods usually lie more than a week apart.
    """
    first = macro.drop_duplicates(["series_id", "macro_value_date"], keep="first")
    released = first["release_datetime"].dt.tz_convert(calendar.NEW_YORK).dt.tz_localize(None)
    table = pd.DataFrame(
        {
            "name": first["series_id"],
            "date": first["macro_value_date"],
            "value": first["value"],
            "release": released,
            "point_in_time": first["point_in_time"],
        }
    ).reset_index(drop=True)
    apart = table["date"].groupby(table["name"]).diff().dt.days
    usual = apart.groupby(table["name"]).transform("median")
    return table.assign(monthly=usual > 7)


def rhythm(
    table: pd.DataFrame,
    last: pd.Timestamp,
    *,
    monthly_due_days: int,
    daily_due_sessions: int,
    daily_gap_weekdays: int,
) -> list[Outcome]:
    """Series that have stopped, periods that are missing, and histories with later knowledge.

    Parameters
    ----------
    table : DataFrame
        As from ``periods``.
    last : Timestamp
        Session up to which releases are known.
    monthly_due_days : int
        Days after its end by which a month must be out.
    daily_due_sessions : int
        Sessions by which a day's rate must be out.
    daily_gap_weekdays : int
        Weekdays in a row that a daily series may miss: bond holidays are no gap.

    Notes
    -----
    A gap is dated at the first period that is missing, a series that stopped at its last one.
    """
    before = table["date"].groupby(table["name"]).shift()
    there = before.notna()
    months = _month(table["date"]) - _month(before.where(there, table["date"])) - 1
    weekdays = _weekdays(before.where(there, table["date"]), table["date"])
    month_after = (before + pd.offsets.MonthBegin(1)).astype("datetime64[us]")
    evidence = table[["name", "date"]].assign(
        date=month_after.where(table["monthly"], before + DAY).where(there, table["date"]),
        months=months.where(table["monthly"] & there),
        weekdays=weekdays.where(~table["monthly"] & there),
    )
    ends = table.groupby("name", as_index=False).agg(
        date=("date", "max"), monthly=("monthly", "last"), known=("point_in_time", "mean")
    )
    # The next month is over, and its release is overdue.
    due = (ends["date"] + pd.offsets.MonthBegin(2)).where(ends["monthly"])
    sessions = calendar.sessions_since(
        pd.DatetimeIndex(ends["date"]), pd.DatetimeIndex([last]).repeat(len(ends))
    )
    ends = ends.assign(
        days=(last - due).dt.days.astype(float),
        sessions=pd.Series(sessions, dtype=float).where(~ends["monthly"]),
        later=1 - ends["known"].astype(float),
    )
    return [
        *examine(
            ends,
            [
                Rule("monthly_series_goes_on", "warn", MACRO, "value", "days",
                     at_most(monthly_due_days),
                     f"the next month out within {monthly_due_days} days of its end; days since"),
                Rule("daily_series_goes_on", "warn", MACRO, "value", "sessions",
                     at_most(daily_due_sessions),
                     f"a rate at most {daily_due_sessions} sessions old; its age in sessions"),
                Rule("point_in_time", "warn", MACRO, "point_in_time", "later", at_most(0),
                     "values as they were first published; share that may hold later knowledge"),
            ],
        ),
        *examine(
            evidence,
            [
                Rule("periods_follow", "warn", MACRO, "macro_value_date", "months", at_most(0),
                     "a value for every month; months missing from here on"),
                Rule("days_follow", "warn", MACRO, "macro_value_date", "weekdays",
                     at_most(daily_gap_weekdays),
                     f"at most {daily_gap_weekdays} weekdays in a row without a value; missing "
                     "from here on"),
            ],
        ),
    ]  # fmt: skip


def timing(table: pd.DataFrame, *, lag_days: float, lag_window: int) -> list[Outcome]:
    """Releases before their period has ended, and releases at an unusual distance from it.

    Parameters
    ----------
    table : DataFrame
        As from ``periods``.
    lag_days : float
        Days that a release may come later or earlier than the series' usual one.
    lag_window : int
        Releases before it whose median lag is the usual one; half of them must be there.

    Notes
    -----
    A history that a feed delivered at once says nothing of when its values came out: periods that
    share their release with a neighbour, or were released after the next one, are passed over.
    """
    name = table["name"]
    end = (table["date"] + pd.offsets.MonthEnd(0)).where(table["monthly"], table["date"]) + DAY
    lag = (table["release"] - end) / DAY
    following = table["release"].groupby(name).shift(-1)
    before = table["release"].groupby(name).shift()
    alone = (table["release"] != before) & ~(table["release"] >= following)
    usual = trailing_median(lag.where(alone), name, window=lag_window, least=lag_window // 2)
    evidence = table[["name", "date"]].assign(
        early=lag.where(table["monthly"]),
        unusual=(lag - usual).abs().where(alone),
    )
    return examine(
        evidence,
        [
            Rule("released_after_period", "warn", MACRO, "release_datetime", "early", at_least(0),
                 "a release after the end of its month; days from there"),
            Rule("released_when_usual", "warn", MACRO, "release_datetime", "unusual",
                 at_most(lag_days),
                 f"a release within {lag_days:g} days of the usual distance from its period; days "
                 "off"),
        ],
    )  # fmt: skip


def values(
    table: pd.DataFrame,
    *,
    signed: Collection[str],
    move_scales: float,
    move_floor: float,
    daily_window: int,
    monthly_window: int,
) -> list[Outcome]:
    """Values that cannot be negative, and changes against what was usual before them.

    Parameters
    ----------
    table : DataFrame
        As from ``periods``.
    signed : collection of str
        Series that may be negative.
    move_scales : float
        Largest change from one period to the next, in robust standard deviations.
    move_floor : float
        Standard deviation that is assumed at least, in units of the series.
    daily_window, monthly_window : int
        Periods of the yardstick; a quarter of them must be there.
    """
    name, value = table["name"], table["value"]
    change = value.groupby(name).diff().abs()
    scales = [
        trailing_spread(change, name, window=window, least=window // 4).where(chosen)
        for window, chosen in (
            (daily_window, ~table["monthly"]),
            (monthly_window, table["monthly"]),
        )
    ]
    scale = scales[0].fillna(scales[1])
    evidence = table[["name", "date", "value"]].assign(
        unsigned=value.where(~name.isin(signed)), move=change / scale.clip(lower=move_floor)
    )
    return examine(
        evidence,
        [
            Rule("value_not_negative", "warn", MACRO, "value", "unsigned", at_least(0),
                 "no value below zero, of a series that has none"),
            Rule("value_moves_as_usual", "warn", MACRO, "value", "move", at_most(move_scales),
                 f"a change of at most {move_scales:g} robust standard deviations"),
        ],
    )  # fmt: skip


def _month(days: pd.Series) -> pd.Series:
    return (days.dt.year * 12 + days.dt.month).astype(float)


def _weekdays(before: pd.Series, after: pd.Series) -> pd.Series:
    """Weekdays strictly between two dates."""
    first = before.to_numpy().astype("datetime64[D]") + 1
    count = np.busday_count(first, after.to_numpy().astype("datetime64[D]"))
    return pd.Series(count, index=after.index, dtype=float)
