"""When a document was released, read from its first lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

NEW_YORK = "America/New_York"
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

_MONTH = "|".join([*MONTHS, "Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Aug", "Sept", "Sep", "Oct"])
MONTH = rf"(?:{_MONTH}|Nov|Dec)\.?"
_DAY = re.compile(
    rf"\b({MONTH})\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)\b", re.IGNORECASE
)
_MEETING = re.compile(
    rf"\b({MONTH})\s+\d{{1,2}}\s*(?:-|–|—|to|and|,|/)\s*"
    rf"(?:({MONTH})\s+)?(\d{{1,2}}),?\s+((?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"\b(\d{1,2}):(\d\d)\s*([ap])\.?\s?m\b\.?,?\s*\(?(E[SD]?T|E\.[SD]\.T\.|eastern|new york)?",
    re.IGNORECASE,
)
_RELEASED = re.compile(
    r"\b(for (immediate )?release|release date|embargoed|released? (at|on)|transmission)\b",
    re.IGNORECASE,
)
_HEAD_LINES = 40
_PROSE_WORDS = 25
"""A line of so many words is the text itself: a date in it is what the text is about."""

_LAST_DAY_END = pd.Timedelta(hours=23, minutes=59, seconds=59)
_AFTERNOON_SINCE = pd.Timestamp("2013-03-20")
_THREE_WEEKS_SINCE = pd.Timestamp("2005-01-01")


@dataclass(frozen=True)
class Release:
    """A moment (UTC), or the day alone, from the lines that lead a text.

    ``stated`` is whether the day stands beside a word of release.
    """

    day: pd.Timestamp | None
    moment: pd.Timestamp | None = None
    stated: bool = False


def head(text: str) -> list[str]:
    """The lines before the first long paragraph."""
    lines: list[str] = []
    for line in filter(str.strip, text.split("\n")):
        if len(lines) >= _HEAD_LINES or len(line.split()) >= _PROSE_WORDS:
            break
        lines.append(line.strip("#* "))
    return lines


def release(lines: list[str]) -> Release:
    """What the leading lines of a text say of its release.

    A day beside a word of release counts before a line that is a day and little else, and that
    before any day; a time counts only beside a word of release or an Eastern time zone. A day of a
    range (a meeting's) is none.

    >>> release(["For release at 2:00 p.m. EDT", "February 18, 2004"]).moment
    Timestamp('2004-02-18 19:00:00+0000', tz='UTC')
    """
    stated, alone, anywhere = _days(lines)
    day = next(iter([*stated, *alone, *anywhere]), None)
    if day is None:
        return Release(None)
    for place, line in enumerate(lines):
        for clock in _CLOCK.finditer(line):
            near = " ".join(lines[max(0, place - 1) : place + 2])
            moment = _at(day, clock)
            if moment is not None and (clock.group(4) or _RELEASED.search(near)):
                return Release(day, moment, bool(stated))
    return Release(day, None, bool(stated))


def stated_day(lines: list[str], alone: bool) -> pd.Timestamp | None:
    """The day that stands beside a word of release, or, where asked for, ``alone`` in a line."""
    stated, by_itself, _ = _days(lines)
    return next(iter([*stated, *(by_itself if alone else [])]), None)


def _days(lines: list[str]) -> tuple[list[pd.Timestamp], ...]:
    """Days beside a word of release, days alone in a line, and other days."""
    stated, alone, anywhere = [], [], []
    for place, line in enumerate(lines):
        rest = _MEETING.sub(" ", line)
        # Of several the last: "adopted January 24, 2012; as amended January 28, 2025".
        for found in list(_DAY.finditer(rest))[-1:]:
            day = _day(*found.groups())
            if day is None:
                continue
            if _RELEASED.search(" ".join(lines[max(0, place - 1) : place + 1])):
                stated.append(day)
            elif len(rest.replace(found.group(), " ").split()) <= 2:
                alone.append(day)
            else:
                anywhere.append(day)
    return stated, alone, anywhere


def meeting_end(lines: list[str]) -> pd.Timestamp | None:
    """Last day of the first range of days: "January 31-February 1, 2023"."""
    for line in lines:
        if found := _MEETING.search(line):
            first, second, last, year = found.groups()
            return _day(second or first, last, year)
    return None


def meeting_day(lines: list[str]) -> pd.Timestamp | None:
    """Last day of a meeting, which may be of one day: the first that is no day of release."""
    if (last := meeting_end(lines)) is not None:
        return last
    _, alone, anywhere = _days(lines)
    return next(iter([*alone, *anywhere]), None)


def first_day(lines: list[str]) -> pd.Timestamp | None:
    """The first day named."""
    for line in lines:
        if found := _DAY.search(line):
            return _day(found.group(1), found.group(2), found.group(3))
    return None


def by_rule(doc_type: str, day: pd.Timestamp) -> pd.Timestamp:
    """Moment (UTC) at which a document of which only the day is known was out for certain.

    Statements were released at about 14:15 New York time from 1994, at 12:30 or 14:15 in 2011 to
    2013 (the later is taken), and at 14:00 since March 2013; minutes at 14:00; BLS and BEA releases
    at 8:30. Where no rule is known it is the end of the day in New York.
    """
    match doc_type:
        case "statement":
            early = day < _AFTERNOON_SINCE
            time = pd.Timedelta(hours=14, minutes=15 if early else 0)
        case "minutes" | "longer_run_goals":
            time = pd.Timedelta(hours=14)
        case "cpi" | "employment_situation" | "gdp" | "personal_income":
            time = pd.Timedelta(hours=8, minutes=30)
        case _:
            time = _LAST_DAY_END
    return utc(day + time)


def minutes_after(meeting: pd.Timestamp) -> pd.Timestamp | None:
    """Release (UTC) of minutes by the date of their meeting: three weeks later, since 2005."""
    if meeting < _THREE_WEEKS_SINCE:
        return None
    return by_rule("minutes", meeting + pd.Timedelta(days=21))


def utc(local: pd.Timestamp) -> pd.Timestamp:
    """UTC of a New York wall time."""
    # An hour that is there twice counts as the later, one that is not as the next that is.
    zoned = local.tz_localize(NEW_YORK, ambiguous=False, nonexistent="shift_forward")
    return zoned.tz_convert("UTC").as_unit("us")


def new_york_day(moment: pd.Timestamp) -> pd.Timestamp:
    """The day of a UTC moment in New York, without a time zone."""
    return moment.tz_convert(NEW_YORK).tz_localize(None).normalize()


def month_number(name: str) -> int:
    """1 to 12 of an English month's name or abbreviation."""
    short = name.strip(". ").capitalize()[:3]
    return [month[:3] for month in MONTHS].index(short) + 1


def _day(month: str, day: str, year: str) -> pd.Timestamp | None:
    try:
        return pd.Timestamp(int(year), month_number(month), int(day)).as_unit("us")
    except ValueError:  # the 31st of June
        return None


def _at(day: pd.Timestamp, clock: re.Match[str]) -> pd.Timestamp | None:
    hour, minute = int(clock.group(1)), int(clock.group(2))
    if not 1 <= hour <= 12 or minute > 59:
        return None
    afternoon = clock.group(3).lower() == "p"
    return utc(day + pd.Timedelta(hours=hour % 12 + 12 * afternoon, minutes=minute))
