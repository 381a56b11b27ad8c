"""How numbers and dates are written: one place, in the units and the precision of the brief."""

from __future__ import annotations

import math

import pandas as pd

from mlrisk.documents.brief.figures import UNITS

NONE = "–"
"""Stands where there is no value."""


def annualised(rv_5d: float | None) -> str:
    """A five-session volatility as a yearly one.

    >>> annualised(0.017623)
    '12.5%'
    """
    return _written(rv_5d, "annualised")


def move(rv_5d: float | None) -> str:
    """A five-session volatility as it is.

    >>> move(0.017623)
    '1.76%'
    """
    return _written(rv_5d, "move")


def annual(share: float | None) -> str:
    """A volatility that is a yearly one already, as a share.

    >>> annual(0.162)
    '16.2%'
    """
    return _written(None if share is None else 100 * share, "per_cent")


def probability(share: float | None) -> str:
    """A probability in whole per cent.

    >>> probability(0.624986)
    '62%'
    """
    return _written(share, "probability")


def effect(part: float | None) -> str:
    """A part of log variance as what it alone does to volatility.

    >>> effect(-0.0755775)
    '-3.7%'
    """
    return _written(part, "effect")


def odds(part: float | None) -> str:
    """A part of log-odds as what it alone does to the odds.

    >>> odds(-0.374318)
    '-31%'
    """
    return _written(part, "odds")


def between(bounds: tuple[float, float] | None) -> str:
    """An interval of five-session volatility as yearly ones.

    >>> between((0.006895, 0.023415))
    '4.9% to 16.6%'
    """
    return NONE if bounds is None else f"{annualised(bounds[0])} to {annualised(bounds[1])}"


def share(value: float | None) -> str:
    """A share in per cent with one decimal.

    >>> share(0.8005)
    '80.0%'
    """
    return _written(None if value is None else 100 * value, "per_cent")


def points(difference: float | None) -> str:
    """A difference of shares in percentage points.

    >>> points(-0.0166)
    '-1.7 pts'
    """
    if difference is None or math.isnan(difference):
        return NONE
    return f"{round(100 * difference, 1) + 0.0:+.1f} pts"


def loss(value: float | None) -> str:
    """A loss, to four decimals.

    >>> loss(0.377977)
    '0.3780'
    """
    return NONE if value is None or math.isnan(value) else f"{value:.4f}"


def value(number: float | None) -> str:
    """A feature's value, to four significant digits and without an exponent where that is short.

    >>> value(19.7), value(0.0056893), value(-1234.5)
    ('19.7', '0.005689', '-1,234')
    """
    if number is None or math.isnan(number):
        return NONE
    if number == 0:
        return "0"
    decimals = max(3 - math.floor(math.log10(abs(number))), 0)
    text = f"{number:,.{min(decimals, 9)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(number: float | None) -> str:
    """A whole number with its thousands set apart.

    >>> count(3973)
    '3,973'
    """
    return NONE if number is None or math.isnan(number) else f"{number:,.0f}"


def ordinal(number: int) -> str:
    """A rank as it is read.

    >>> ordinal(1), ordinal(12), ordinal(33)
    ('1st', '12th', '33rd')
    """
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in {11, 12, 13} else ending}"


def percentile(rank: float) -> str:
    """A share of values that are not above as a percentile; the lowest is the first.

    >>> percentile(0.321), percentile(1.0), percentile(0.001)
    ('32nd', '100th', '1st')
    """
    return ordinal(max(math.floor(100 * rank), 1))


def day(date: pd.Timestamp | None) -> str:
    """A date with its weekday.

    >>> day(pd.Timestamp("2025-10-24"))
    'Friday 24 October 2025'
    """
    return NONE if date is None or pd.isna(date) else f"{date:%A %-d %B %Y}"


def short_day(date: pd.Timestamp | None) -> str:
    """A date.

    >>> short_day(pd.Timestamp("2025-10-24"))
    '24 Oct 2025'
    """
    return NONE if date is None or pd.isna(date) else f"{date:%-d %b %Y}"


def moment(time: pd.Timestamp | None) -> str:
    """A time in UTC.

    >>> moment(pd.Timestamp("2025-10-24 22:00", tz="UTC"))
    '24 Oct 2025, 22:00 UTC'
    """
    return NONE if time is None or pd.isna(time) else f"{time:%-d %b %Y, %H:%M} UTC"


def span(dates: pd.DatetimeIndex) -> str:
    """The first and the last of some sessions.

    >>> span(pd.DatetimeIndex(["2025-10-27", "2025-10-31"]))
    'Mon 27 Oct to Fri 31 Oct 2025'
    """
    first, last = dates[0], dates[-1]
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first:%a %-d %b}{year} to {last:%a %-d %b %Y}"


def regime(name: str | None) -> str:
    """A regime in words.

    >>> regime("risk_off")
    'risk-off'
    """
    return NONE if name is None else name.replace("_", "-")


def short_hash(digest: str | None, length: int = 12) -> str:
    """The beginning of a hash."""
    return NONE if not digest else digest[:length]


def _written(number: float | None, unit: str) -> str:
    if number is None or math.isnan(number):
        return NONE
    how = UNITS[unit]
    # Minus zero is zero.
    rounded = round(how.shown(number), how.decimals) + 0.0
    return f"{rounded:{'+' if how.sign else ''}.{how.decimals}f}%"
