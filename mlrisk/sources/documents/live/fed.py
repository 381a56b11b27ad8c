"""Statements and minutes of the FOMC, found on its calendar and on the page of each earlier year.

Their addresses changed with the site's templates, and the pages of the years link to all of them:

=====================================================  ======================
``/boarddocs/press/general/2000/20000202/``            statements of 1996
``/newsevents/press/monetary/20080122b.htm``           statements of 2006
``/newsevents/pressreleases/monetary20240131a.htm``    statements of 2017
``/fomc/minutes/20000202.htm``                         minutes of 1996
``/monetarypolicy/fomcminutes20240131.htm``            minutes of 2006 and 2017
=====================================================  ======================

Timing
------
A statement says itself when it was released. Minutes do not: the calendar has their day, and they
come out at 14:00 New York; of older ones whose day is not said, a bound that all of them kept.
"""

from __future__ import annotations

import re

import pandas as pd

from mlrisk.sources.documents.live.listed import Listed, date_in, links, page, text_of
from mlrisk.sources.live.errors import ShapeError

FEED = "fed"
CALENDAR = "/monetarypolicy/fomccalendars.htm"
HISTORY = "/monetarypolicy/fomchistorical{year}.htm"

MINUTES_CLOCK = (14, 0)
MINUTES_WITHIN = pd.Timedelta(days=75)
"""From a meeting to the publication of its minutes, at most: until 2004 after the next meeting."""

_STATEMENT = re.compile(
    r"/newsevents/(?:press(?:releases)?/)monetary/?(\d{8})[a-z]\.html?"
    r"|/boarddocs/press/(?:general|monetary)/\d{4}/(\d{8})/(?:default\.html?)?",
    re.IGNORECASE,
)
_MINUTES = re.compile(
    r"/monetarypolicy/fomcminutes(\d{8})\.html?|/fomc/minutes/(?:\d{4}/)?(\d{8})(?:min)?\.html?",
    re.IGNORECASE,
)
_STATEMENT_TEXT = re.compile(r"statement|html", re.IGNORECASE)
_GOALS = re.compile(r"longer-run goals", re.IGNORECASE)
_YEAR = re.compile(r"\b(\d{4}) FOMC Meetings")
_RELEASED = re.compile(r"\(Released ([^)]*)\)", re.IGNORECASE)


def parse_list(content: bytes) -> list[Listed]:
    """The calendar or the history of a year -> the statements and minutes it links to.

    Raises
    ------
    FeedError
        Where it is no whole page, or links to neither.
    """
    found: dict[str, Listed] = {}
    for path, text, around in links(page(FEED, content)):
        one = _statement(path, text, around) or _minutes(path, around)
        if one is not None:
            found.setdefault(one.doc_id, one)
    if not found:
        raise ShapeError(FEED, "a page without statements or minutes", "links to some")
    return list(found.values())


def first_year(content: bytes) -> int:
    """The first year that the calendar has; those before have pages of their own."""
    years = _YEAR.findall(text_of(page(FEED, content)))
    if not years:
        raise ShapeError(FEED, "a calendar without years", "panels such as 2026 FOMC Meetings")
    return int(min(years))


def _statement(path: str, text: str, around: str) -> Listed | None:
    found = _STATEMENT.fullmatch(path)
    if found is None or not _STATEMENT_TEXT.match(text):
        return None
    day = _day(found)
    goals = bool(_GOALS.search(around))
    kind = "longer-run-goals" if goals else "statement"
    return Listed(
        doc_id=f"fomc-{kind}-{day:%Y-%m-%d}",
        doc_type=kind.replace("-", "_"),
        title="Statement on Longer-Run Goals and Monetary Policy Strategy"
        if goals
        else "FOMC statement",
        feed=FEED,
        path=path,
        event_date=day,
        day=day,
    )


def _minutes(path: str, around: str) -> Listed | None:
    found = _MINUTES.fullmatch(path)
    if found is None:
        return None
    day = _day(found)
    said = _RELEASED.search(around)
    released = date_in(said[1]) if said else None
    return Listed(
        doc_id=f"fomc-minutes-{day:%Y-%m-%d}",
        doc_type="minutes",
        title=f"Minutes of the Federal Open Market Committee, {day:%B} {day.day}, {day.year}",
        feed=FEED,
        path=path,
        event_date=day,
        day=day + MINUTES_WITHIN if released is None else released,
        clock=MINUTES_CLOCK,
    )


def _day(found: re.Match[str]) -> pd.Timestamp:
    return pd.to_datetime(found[1] or found[2], format="%Y%m%d").as_unit("us")
