"""Dates in a question: which days, months and years it asks about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd

Precision = Literal["day", "month", "year"]

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_MONTH = (
    r"(?P<month{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day{0}>3[01]|[12]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year{0}>19[89]\d|20[0-4]\d)"
_TO = r"\s*(?:-|\u2013|\u2014|to|and|through)\s*"
_PART = {
    "early": (1, 4), "beginning": (1, 3), "start": (1, 3), "mid": (5, 8), "middle": (5, 8),
    "late": (9, 12), "end": (10, 12), "first half": (1, 6), "second half": (7, 12),
    "first quarter": (1, 3), "second quarter": (4, 6), "third quarter": (7, 9),
    "fourth quarter": (10, 12), "last quarter": (10, 12), "q1": (1, 3), "q2": (4, 6),
    "q3": (7, 9), "q4": (10, 12), "spring": (3, 6), "summer": (6, 9), "autumn": (9, 12),
    "fall": (9, 12), "winter": (1, 3),
}  # fmt: skip


@dataclass(frozen=True)
class Period:
    """First and last day that is asked about, both included, and how precisely it was said."""

    start: pd.Timestamp
    end: pd.Timestamp
    precision: Precision


def _compiled(*parts: str) -> re.Pattern[str]:
    return re.compile(r"\b" + "".join(parts) + r"\b", re.IGNORECASE)


_ISO = re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)(?:-(?P<day>\d\d))?\b")
_MONTH_TO_MONTH = _compiled(
    _MONTH.format(1), r"\s+", _DAY.format(1), _TO, _MONTH.format(2), r"\s+", _DAY.format(2),
    r",?\s+", _YEAR.format(""),
)  # fmt: skip
_DAY_TO_DAY = _compiled(
    _MONTH.format(1), r"\s+", _DAY.format(1), _TO, _DAY.format(2), r",?\s+", _YEAR.format("")
)
_TO_DAY_FIRST = _compiled(
    _DAY.format(1), _TO, _DAY.format(2), r"\s+(?:of\s+)?", _MONTH.format(1), r",?\s+",
    _YEAR.format(""),
)  # fmt: skip
_MONTH_DAY = _compiled(_MONTH.format(1), r"\s+", _DAY.format(1), r",?\s+", _YEAR.format(""))
_DAY_MONTH = _compiled(
    _DAY.format(1), r"\s+(?:of\s+)?", _MONTH.format(1), r",?\s+", _YEAR.format("")
)
_MONTH_YEAR = _compiled(_MONTH.format(1), r"(?:'s)?,?\s+(?:of\s+)?", _YEAR.format(""))
_PART_OF_YEAR = _compiled(
    r"(?P<part>", "|".join(_PART), r")[\s-]+(?:of\s+)?(?:the\s+year\s+)?", _YEAR.format("")
)
_ONLY_YEAR = re.compile(r"(?<![\d$.,/-])\b(?P<year>19[89]\d|20[0-4]\d)\b(?![\d%]|[.,]\d|-\d)")

_COMPARED = re.compile(
    r"\b(?:since|until|till|through|than(?: in| at)?|unlike(?: in)?)\s+"
    r"(?:the\s+)?(?:end of\s+|start of\s+|early\s+|late\s+|mid[- ])?$",
    re.IGNORECASE,
)
"""What stands before a date that something is compared with, and that is not asked about."""


def periods(question: str) -> list[Period]:
    """Every period that a question asks about by date, in order of precision.

    Parameters
    ----------
    question : str
        English; American and European orders of day and month, ranges, ISO dates, parts of years.

    Notes
    -----
    A date that is inside a longer one counts once: of "17-18 September 2013" neither the month nor
    the year is another period. Impossible dates such as 31 June are none, and neither are those
    that something is compared with: "the lowest since May 2010" does not ask about May 2010.
    """
    dates = _dates(question)
    return [period for match, reading in dates if not _is_compared(match) for period in reading]


def without_dates(question: str) -> str:
    """The question without the dates it asks about, which say where to look and not what for."""
    return _blanked(question, compared=False)


def without_comparisons(question: str) -> str:
    """The question without the dates that something is compared with."""
    return _blanked(question, compared=True)


def _blanked(question: str, *, compared: bool) -> str:
    kept = list(question)
    for match, _ in _dates(question):
        if _is_compared(match) == compared:
            kept[match.start() : match.end()] = " " * len(match.group())
    return re.sub(r"\s+", " ", "".join(kept)).strip()


def _dates(question: str) -> list[tuple[re.Match[str], list[Period]]]:
    """Each date where it stands, with the periods it can be read as: none where impossible."""
    found: list[tuple[re.Match[str], list[Period]]] = []
    rest = question
    for pattern, reading in _READINGS:
        found += [(match, list(reading(match))) for match in pattern.finditer(rest)]
        rest = pattern.sub(lambda match: " " * len(match.group()), rest)
    return found


def _is_compared(match: re.Match[str]) -> bool:
    return _COMPARED.search(match.string[: match.start()]) is not None


def _number(month: str) -> int:
    return next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(month.lower()[:3]))


def _stamp(year: str, month: int, day: str | int) -> pd.Timestamp | None:
    try:
        return pd.Timestamp(int(year), month, int(day))
    except ValueError:
        return None


def _whole(start: pd.Timestamp, months: int, precision: Precision) -> Period:
    return Period(start, start + pd.DateOffset(months=months) - pd.Timedelta(days=1), precision)


def _iso(match: re.Match[str]) -> Iterator[Period]:
    year, month, day = match.group("year"), int(match.group("month")), match.group("day")
    start = _stamp(year, month, day or 1) if 1 <= month <= 12 else None
    if start is not None:
        yield Period(start, start, "day") if day else _whole(start, 1, "month")


def _days(match: re.Match[str]) -> Iterator[Period]:
    parts = match.groupdict()
    first = _stamp(parts["year"], _number(parts["month1"]), parts["day1"])
    last = first
    if parts.get("day2"):
        month = _number(parts.get("month2") or parts["month1"])
        last = _stamp(parts["year"], month, parts["day2"])
    if first is not None and last is not None and first <= last:
        yield Period(first, last, "day")


def _month(match: re.Match[str]) -> Iterator[Period]:
    start = pd.Timestamp(int(match.group("year")), _number(match.group("month1")), 1)
    yield _whole(start, 1, "month")


def _part(match: re.Match[str]) -> Iterator[Period]:
    first, last = _PART[match.group("part").lower()]
    yield _whole(pd.Timestamp(int(match.group("year")), first, 1), last - first + 1, "year")


def _year(match: re.Match[str]) -> Iterator[Period]:
    yield _whole(pd.Timestamp(int(match.group("year")), 1, 1), 12, "year")


_READINGS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[Period]]], ...] = (
    (_ISO, _iso),
    (_MONTH_TO_MONTH, _days),
    (_DAY_TO_DAY, _days),
    (_TO_DAY_FIRST, _days),
    (_MONTH_DAY, _days),
    (_DAY_MONTH, _days),
    (_MONTH_YEAR, _month),
    (_PART_OF_YEAR, _part),
    (_ONLY_YEAR, _year),
)
"""The longer ones first, since a shorter one may stand within them."""
