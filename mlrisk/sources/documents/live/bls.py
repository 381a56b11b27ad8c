"""Consumer Price Index and Employment Situation: the archives, and the release of the day.

A release stands under its own address only once it is in the archives. Until then it is at that of
the current one, and is taken from there under the address it will have.
"""

from __future__ import annotations

import re

import pandas as pd

from mlrisk.sources.documents.live.listed import Listed, links, month_in, page, released, text_of
from mlrisk.sources.live.errors import ShapeError

FEED = "bls"
ARCHIVES = {"cpi": "/bls/news-release/cpi.htm", "empsit": "/bls/news-release/empsit.htm"}
CURRENT = {"cpi": "/news.release/cpi.nr0.htm", "empsit": "/news.release/empsit.nr0.htm"}
ARCHIVED = "/news.release/archives/{name}_{day:%m%d%Y}.htm"
DOC_TYPES = {"cpi": "cpi", "empsit": "employment_situation"}
TITLES = {"cpi": "Consumer Price Index", "empsit": "The Employment Situation"}
CLOCK = (8, 30)
"""New York, since 1994 or before."""

_ARCHIVE = re.compile(r"/news\.release/archives/(cpi|empsit)_(\d{8})\.html?", re.IGNORECASE)


def parse_archive(content: bytes) -> list[Listed]:
    """The archive of one release -> what it links to, newest first as it lists them.

    Raises
    ------
    FeedError
        Where it is no whole page, or links to none.
    """
    found: dict[str, Listed] = {}
    for path, text, around in links(page(FEED, content)):
        match = _ARCHIVE.fullmatch(path)
        if match is None:
            continue
        day = pd.to_datetime(match[2], format="%m%d%Y", errors="coerce")
        if pd.isna(day):
            raise ShapeError(FEED, f"a link to {path}", "a date such as 01112024 in it")
        day = day.as_unit("us")
        month = month_in(text) or month_in(around) or _month_before(day)
        one = _listed(match[1].lower(), path, month, day)
        found.setdefault(one.doc_id, one)
    if not found:
        raise ShapeError(FEED, "a page without archived releases", "links to some")
    return list(found.values())


def parse_current(content: bytes, name: str) -> tuple[Listed, bytes]:
    """The current release -> what it is, under the address it will have in the archives; the bytes.

    Raises
    ------
    FeedError
        Where it is no whole page, or does not say when it was released.
    """
    text = text_of(page(FEED, content))
    day = released(text)[1]
    if day is None:
        raise ShapeError(FEED, "a release without its date", "embargoed until ... January 5, 2024")
    title = TITLES[name].removeprefix("The ")
    stated = re.search(rf"{title}\s*[-–—]+\s*(\w+\s+\d{{4}})", text, re.IGNORECASE)
    month = (month_in(stated[1]) if stated else None) or _month_before(day)
    return _listed(name, ARCHIVED.format(name=name, day=day), month, day), content


def _listed(name: str, path: str, month: pd.Timestamp, day: pd.Timestamp) -> Listed:
    doc_type = DOC_TYPES[name]
    return Listed(
        doc_id=f"{doc_type.replace('_', '-')}-{month:%Y-%m}",
        doc_type=doc_type,
        title=f"{TITLES[name]} - {month:%B %Y}",
        feed=FEED,
        path=path,
        event_date=month,
        day=day,
        clock=CLOCK,
    )


def _month_before(day: pd.Timestamp) -> pd.Timestamp:
    return (day.replace(day=1) - pd.DateOffset(months=1)).as_unit("us")
