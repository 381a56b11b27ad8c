"""Release schedules: pages of the BLS and the Federal Reserve, and the rule of the ISM.

==========================  =================================================================
``cpi``                     the BLS's table of the Consumer Price Index
``employment_situation``    the BLS's table of the Employment Situation
``fomc``                    the Federal Reserve's calendar: the statement of 14:00 New York on the
                            last day of each scheduled meeting
``ism_manufacturing``       10:00 New York on the first NYSE session of the month after, in
                            January on the second
==========================  =================================================================

A page states the schedule of the day it is read; when an event came onto it is not said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

import lxml.etree
import lxml.html
import numpy as np
import pandas as pd
from pandas.api.typing import NaTType

from mlrisk.calendar import NEW_YORK, sessions
from mlrisk.sources.live.client import Client
from mlrisk.sources.live.errors import ShapeError, TransientError, excerpt

COLUMNS = ("event", "period", "event_datetime")
BLS_FEED, FED_FEED = "bls", "fed"
BLS_PATHS = {
    "cpi": "/schedule/news_release/cpi.htm",
    "employment_situation": "/schedule/news_release/empsit.htm",
}
FOMC_PATH = "/monetarypolicy/fomccalendars.htm"
LATE_JANUARY = 2018
"""From this year on the ISM leaves the first session of January out."""

_HEADER = ["Reference Month", "Release Date", "Release Time"]
_WITHDRAWN = re.compile(r"cancel|not (be )?published|to be determined|tbd", re.IGNORECASE)
_BLS_DATE = re.compile(r"([A-Z][a-z]{2})[a-z]*\.? (\d{1,2}, \d{4})")
_PERIOD = re.compile(r"([A-Z][a-z]{2})[a-z]*\.? (\d{4})")
_YEAR = re.compile(r"\b(\d{4}) FOMC Meetings")
_MEETING = re.compile(r"(\d{1,2})(?:\s*[-–]\s*(\d{1,2}))?\*?\s*(?:\(([^)]*)\))?\*?")
_LEFT_OUT = re.compile(r"unscheduled|notation vote|cancel", re.IGNORECASE)
_STATEMENT = "14:00"
_TAIL = 2000
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


Row = tuple[pd.Timestamp | NaTType, pd.Timestamp]
"""Reference month and New York time of an event."""


def fetch_bls(client: Client, event: str) -> pd.DataFrame:
    """The schedule of one of ``BLS_PATHS``; see ``parse_bls``."""
    return client.get(BLS_FEED, BLS_PATHS[event], partial(parse_bls, event=event))


def fetch_fomc(client: Client) -> pd.DataFrame:
    """The schedule of FOMC meetings; see ``parse_fomc``."""
    return client.get(FED_FEED, FOMC_PATH, parse_fomc)


def parse_bls(content: bytes, event: str) -> pd.DataFrame:
    """A page of the BLS with the schedule of one release -> its events.

    Parameters
    ----------
    content : bytes
        HTML with a table of Reference Month, Release Date (``Jan. 13, 2026``) and Release Time
        (``08:30 AM``, New York).
    event : str
        What to call it.

    Returns
    -------
    DataFrame
        Columns event, period (``datetime64[us]``, first day of the reference month),
        event_datetime (UTC), sorted by time. Releases that are taken off are left out.

    Raises
    ------
    FeedError
        Where there is no such table, or a cell of it is of another form.
    """
    feed = f"{BLS_FEED} {event}"
    expected = f"a table of {', '.join(_HEADER)}"
    tables = [
        [[_text(cell) for cell in row.xpath("./td | ./th")] for row in table.xpath(".//tr")]
        for table in _page(feed, content, expected).xpath("//table")
    ]
    found = [rows for rows in tables if rows and rows[0] == _HEADER]
    if not found:
        if not any(any(rows) for rows in tables):
            raise TransientError(feed, "a page without a table", expected)
        first = "; ".join(", ".join(rows[0]) for rows in tables if rows)
        raise ShapeError(feed, f"a page with tables of {excerpt(first)}", expected)
    listed: list[Row] = []
    for row in found[0][1:]:
        if not any(row) or _WITHDRAWN.search(" ".join(row[1:])):
            continue
        if len(row) != len(_HEADER):
            raise ShapeError(feed, f"a row of {row}", expected)
        listed.append(_release(feed, *row))
    return _events(feed, event, listed, expected)


def parse_fomc(content: bytes) -> pd.DataFrame:
    """The Federal Reserve's calendar of FOMC meetings -> one event per scheduled meeting.

    Parameters
    ----------
    content : bytes
        HTML with a panel per year, headed ``2026 FOMC Meetings``, and in it a row per meeting: a
        month (``January``, ``Apr/May``) and its days (``27-28``, ``30-1``, ``28-29*``). Meetings
        marked as unscheduled or cancelled, and notation votes, are left out.

    Returns
    -------
    DataFrame
        Columns event (``fomc``), period (null), event_datetime (UTC): 14:00 New York on the last
        day of each meeting, sorted by time.

    Raises
    ------
    FeedError
        Where there are no such panels, or a row of them is of another form.
    """
    feed, expected = f"{FED_FEED} fomc", "a panel per year, headed such as 2026 FOMC Meetings"
    listed: list[Row] = []
    panels = 0
    for panel in _page(feed, content, expected).xpath(_of_class("panel")):
        heading = " ".join(_text(part) for part in panel.xpath(f".{_of_class('panel-heading')}"))
        year = _YEAR.search(heading)
        if year is None:
            continue
        panels += 1
        for row in panel.xpath(f".{_of_class('fomc-meeting')}"):
            month, day = (
                " ".join(
                    _text(cell) for cell in row.xpath(f".{_of_class(f'fomc-meeting__{name}')}")
                )
                for name in ("month", "date")
            )
            last = _last_day(feed, int(year[1]), month, day)
            if last is not None:
                listed.append((pd.NaT, last))
    if not panels:
        raise TransientError(feed, "a page without any", expected)
    return _events(feed, "fomc", listed, expected)


def ism_manufacturing(first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Releases of the ISM manufacturing PMI, by the rule that they keep.

    Parameters
    ----------
    first, last : Timestamp
        First days of the first and of the last reference month.

    Returns
    -------
    DataFrame
        Columns event, period, event_datetime (UTC): 10:00 New York on the first NYSE session of the
        month after each; on the second one in January, since 2018.
    """
    periods = pd.date_range(first, last, freq="MS", unit="us")
    after = sessions(first + pd.offsets.MonthBegin(1), last + pd.offsets.MonthEnd(2))
    month = after.to_period("M")
    opening = after[~month.duplicated()]
    second = after[np.flatnonzero(~month.duplicated()) + 1]
    late = (opening.month == 1) & (opening.year >= LATE_JANUARY)
    hour = pd.Timedelta(hours=10)
    listed: list[Row] = list(zip(periods, second.where(late, opening) + hour, strict=True))
    return _events("ism_manufacturing", "ism_manufacturing", listed, "a month or more")


def _release(feed: str, period: str, day: str, hour: str) -> Row:
    """Reference month and New York time of a row of the BLS's table."""
    month, date = _PERIOD.fullmatch(period.rstrip("* ")), _BLS_DATE.fullmatch(day.rstrip("* "))
    if month is None or date is None:
        raise ShapeError(
            feed, f"a row of {period!r}, {day!r}, {hour!r}", "such as December 2025, Jan. 13, 2026"
        )
    return (
        _moment(feed, f"{month[1]} 1, {month[2]}", "%b %d, %Y"),
        _moment(feed, f"{date[1]} {date[2]} {hour}", "%b %d, %Y %I:%M %p"),
    )


def _moment(feed: str, text: str, form: str) -> pd.Timestamp:
    moment = pd.to_datetime(text, format=form, errors="coerce")
    if pd.isna(moment):
        raise ShapeError(feed, f"a date {text!r}", f"one of the form {form}")
    return moment


def _last_day(feed: str, year: int, months: str, days: str) -> pd.Timestamp | None:
    """Statement time of a meeting in New York; ``None`` where it is not a scheduled one."""
    found = _MEETING.fullmatch(days)
    names = [name.strip(" *")[:3].lower() for name in months.split("/")]
    if found is None or len(names) > 2 or not set(names) <= set(_MONTHS):
        came = f"a meeting of {year} on {months!r} {days!r}"
        raise ShapeError(feed, came, "a month and days such as Apr/May and 30-1")
    first, last, note = found.groups()
    if note is not None:
        if _LEFT_OUT.search(note):
            return None
        raise ShapeError(feed, f"a meeting of {year} marked {note!r}", "unscheduled or cancelled")
    if last is not None and (int(last) < int(first)) != (len(names) == 2):
        came = f"a meeting of {year} on {months!r} {days!r}"
        raise ShapeError(feed, came, "two months where the days cross from one to the next")
    return _moment(feed, f"{names[-1]} {last or first}, {year} {_STATEMENT}", "%b %d, %Y %H:%M")


def _events(feed: str, event: str, listed: Sequence[Row], expected: str) -> pd.DataFrame:
    if not listed:
        raise ShapeError(feed, "a schedule of no events", expected)
    table = pd.DataFrame(listed, columns=["period", "local"]).astype("datetime64[us]")
    moments = table["local"].dt.tz_localize(NEW_YORK, ambiguous="NaT", nonexistent="NaT")
    if moments.isna().any():
        raise ShapeError(feed, f"a time {table['local'][moments.isna()].iloc[0]}", "one that is")
    utc = moments.dt.tz_convert("UTC").dt.as_unit("us")
    return (
        table.assign(event=pd.Series(event, index=table.index, dtype="str"), event_datetime=utc)[
            list(COLUMNS)
        ]
        .drop_duplicates()
        .sort_values("event_datetime", ignore_index=True)
    )


def _page(feed: str, content: bytes, expected: str) -> lxml.html.HtmlElement:
    # An answer may end early without a word; what is left would be a shorter schedule.
    if content and b"</html>" not in content[-_TAIL:].lower():
        raise TransientError(feed, f"a page that does not end, {excerpt(content)}", expected)
    try:
        return lxml.html.document_fromstring(content)
    except (lxml.etree.LxmlError, ValueError):
        raise TransientError(feed, f"no page, {excerpt(content)}", expected) from None


def _of_class(name: str) -> str:
    return f"//*[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]"


def _text(element: lxml.html.HtmlElement) -> str:
    return " ".join(element.text_content().split())
