"""What the simulated world had made known when a page about it was written."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np
import pandas as pd

from mlrisk.calendar import NEW_YORK

PRICES, JOBS, ORDERS, FUNDS = "CPIAUCNS", "UNRATE", "NAPM", "DFF"
SLOPE, TEN_YEARS = "T10Y2Y", "DGS10"
YEAR = 12
RECENT = pd.Timedelta(days=120)
"""A monthly figure is no older when the next one is out."""
LONGEST_MEMORY = 60
"""Months that `the highest since` looks back over; less than twelve is not worth a word."""


@dataclass(frozen=True)
class Reading:
    """A monthly figure, and those before it, as they were known at its release.

    ``history`` runs to the month itself: value by first day of the month, without a gap.
    """

    month: pd.Timestamp
    released: pd.Timestamp
    history: pd.Series
    revised: pd.Series

    @property
    def value(self) -> float:
        """Of the month itself."""
        return float(self.history.iloc[-1])

    def before(self, months: int) -> float:
        """The value of so many months before."""
        return float(self.history.iloc[-1 - months])

    def change(self, months: int, ending: int = 0) -> float:
        """Percent over so many months, to one decimal; ``ending`` so many months before."""
        return round(100.0 * (self.before(ending) / self.before(ending + months) - 1.0), 1) + 0.0


@dataclass(frozen=True)
class Meeting:
    """A policy meeting: its day and statement time, and the lower bounds before and after it.

    ``known`` is what else had been published when the statement came out: day and newest value by
    series.
    """

    day: pd.Timestamp
    announced: pd.Timestamp
    confirmed: pd.Timestamp
    before: float
    after: float
    inflation: Reading | None
    jobs: Reading | None
    known: dict[str, tuple[pd.Timestamp, float]]

    @property
    def step(self) -> float:
        """Change of the target range, in percentage points."""
        return self.after - self.before


def readings(macro: pd.DataFrame, series: str, start: pd.Timestamp) -> list[Reading]:
    """First prints of a monthly series released from ``start`` (UTC) on, in order."""
    columns = ["release_datetime", "macro_value_date", "value"]
    rows = macro.loc[macro["series_id"] == series, columns].sort_values(columns[:2])
    known: dict[pd.Timestamp, float] = {}
    found = []
    for released, group in groupby(rows.itertuples(index=False, name=None), key=itemgetter(0)):
        came = {month: value for _, month, value in group}
        fresh = [month for month in came if month not in known]
        known |= came
        for month in fresh if released >= start else []:
            history = pd.Series(known).loc[:month]
            revised = pd.Series({day: v for day, v in came.items() if day < month}, dtype=float)
            if len(history) > YEAR + 1:
                found.append(Reading(month, released, history, revised))
    return found


def latest(found: list[Reading], moment: pd.Timestamp) -> Reading | None:
    """The newest reading that had been released by a moment."""
    out = [reading for reading in found if reading.released <= moment]
    return out[-1] if out else None


def meetings(
    macro: pd.DataFrame,
    calendar: pd.DataFrame,
    start: pd.Timestamp,
    prices: list[Reading],
    jobs: list[Reading],
) -> list[Meeting]:
    """Scheduled meetings from ``start`` on whose decision shows in the federal funds rate."""
    rows = macro[macro["series_id"] == FUNDS].set_index("macro_value_date").sort_index()
    rate, out = rows["value"], rows["release_datetime"]
    withdrawn = calendar.loc[calendar["status"] == "withdrawn", "event_datetime"]
    listed = calendar[(calendar["event"] == "fomc") & ~calendar["event_datetime"].isin(withdrawn)]
    others = {name: _by_release(macro, name) for name in (ORDERS, SLOPE, TEN_YEARS)}
    found = []
    for announced in sorted(set(listed["event_datetime"])):
        day = announced.tz_convert(NEW_YORK).tz_localize(None).normalize()
        if announced < start or day not in rate.index or rate.index[0] >= day:
            continue
        found.append(
            Meeting(
                day=day,
                announced=announced,
                confirmed=max(announced, out[day]),
                before=lower_bound(float(rate[: day - pd.Timedelta(days=1)].iloc[-1])),
                after=lower_bound(float(rate[day])),
                inflation=latest(prices, announced),
                jobs=latest(jobs, announced),
                known=_newest(others, announced),
            )
        )
    return found


def lower_bound(rate: float) -> float:
    """The lower bound of the quarter-point range that an effective rate lies in."""
    return float(np.floor(rate * 4.0) / 4.0)


def memory(history: pd.Series) -> tuple[str, pd.Timestamp | None] | None:
    """Whether the last value is the highest or lowest for more than a year, and since when.

    Returns
    -------
    tuple, or None
        ``highest`` or ``lowest``, and the last month before it that was as high or as low; None for
        the month where ``LONGEST_MEMORY`` months have none.
    """
    window = history.iloc[-1 - LONGEST_MEMORY :]
    past, value = window.iloc[:-1], window.iloc[-1]
    for word, reached in (("highest", past >= value), ("lowest", past <= value)):
        since = past.index[reached.to_numpy()]
        if not len(since):
            return word, None
        if len(past.loc[since[-1] :]) > YEAR:
            return word, since[-1]
    return None


def _by_release(macro: pd.DataFrame, series: str) -> pd.DataFrame:
    rows = macro[macro["series_id"] == series]
    return rows.sort_values(["release_datetime", "macro_value_date"], ignore_index=True)


def _newest(
    tables: dict[str, pd.DataFrame], moment: pd.Timestamp
) -> dict[str, tuple[pd.Timestamp, float]]:
    """Day and value of what each series had released last."""
    found = {}
    for name, rows in tables.items():
        place = int(rows["release_datetime"].searchsorted(moment, side="right")) - 1
        if place >= 0:
            day, value = rows["macro_value_date"].iloc[place], rows["value"].iloc[place]
            found[name] = (day, float(value))
    return found
