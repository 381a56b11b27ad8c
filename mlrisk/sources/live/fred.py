"""Series of FRED and, with a key, every vintage of ALFRED (Federal Reserve Bank of St. Louis).

Without a key there is the chart's CSV: the values as they stand today. With one there is, for each
value, the day from which it was the published one. FRED gives only the last three years of some
series that it shows under licence, the ICE BofA spreads among them: what was fetched once is not
fetched again later.

A value that is missing at the source, on a bond holiday or in a month that was never published, is
a row less.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd
from pydantic import Field

from mlrisk.sources.live.client import Client
from mlrisk.sources.live.errors import ShapeError
from mlrisk.sources.live.tables import Json, days, numbers, one_a_day, read_csv, read_json

FEED, VINTAGE_FEED = "fred", "alfred"
PATH, VINTAGE_PATH = "/graph/fredgraph.csv", "/fred/series/observations"
COLUMNS = ("date", "value")
VINTAGE_COLUMNS = ("macro_value_date", "value", "realtime_start")

_DAY = "%Y-%m-%d"
_MISSING = (".", "")
_PAGE = 100_000
_EVERY_VINTAGE = {"realtime_start": "1776-07-04", "realtime_end": "9999-12-31"}


class Observation(Json):
    """A value and the day from which it was the published one."""

    date: str
    value: str
    realtime_start: str


class Page(Json):
    """A part of a series' observations."""

    count: int = Field(ge=0)
    offset: int
    observations: list[Observation]


def fetch_series(client: Client, series: str) -> pd.DataFrame:
    """A series as it stands today; see ``parse_series``."""
    return client.get(FEED, PATH, partial(parse_series, series=series), params={"id": series})


def fetch_vintages(client: Client, series: str, api_key: str) -> pd.DataFrame:
    """Every value of a monthly series that was ever published.

    Parameters
    ----------
    client : Client
    series : str
        Such as CPIAUCSL.
    api_key : str
        Of FRED; it stands in no error, log or cache.

    Returns
    -------
    DataFrame
        Columns macro_value_date (first day of the month), value, realtime_start (date of release in
        New York; of the first vintage kept, where it is older), sorted by both dates.

    Raises
    ------
    FeedError
        Where a page cannot be had, or the pages do not make up the whole.
    """
    asked: Mapping[str, str] = {
        "series_id": series,
        "file_type": "json",
        "output_type": "1",
        "limit": str(_PAGE),
        **_EVERY_VINTAGE,
    }
    tables: list[pd.DataFrame] = []
    rows, count = 0, 1
    while rows < count:
        count, page = client.get(
            VINTAGE_FEED,
            VINTAGE_PATH,
            partial(parse_vintages, series=series, offset=rows),
            params={**asked, "offset": str(rows)},
            secret={"api_key": api_key},
        )
        tables.append(page)
        rows += len(page)
    table = pd.concat(tables, ignore_index=True).dropna(subset="value")
    return one_a_day(f"{VINTAGE_FEED} {series}", table, ["macro_value_date", "realtime_start"])


def parse_series(content: bytes, series: str) -> pd.DataFrame:
    """A chart's CSV -> values by date.

    Parameters
    ----------
    content : bytes
        Columns observation_date (formerly DATE) and the series' name; ``.`` or nothing where a
        value is missing.
    series : str
        Its name.

    Returns
    -------
    DataFrame
        Columns date (``datetime64[us]``; the first day of the period), value, sorted by date.

    Raises
    ------
    FeedError
        Where the content is anything else.
    """
    feed = f"{FEED} {series}"
    cells = read_csv(feed, content, [("observation_date", series), ("DATE", series)])
    day, value = cells.columns
    table = pd.DataFrame(
        {"date": days(feed, cells[day], _DAY), "value": numbers(feed, cells[value], _MISSING)}
    )
    return one_a_day(feed, table.dropna(subset="value"), "date")


def parse_vintages(content: bytes, series: str, offset: int) -> tuple[int, pd.DataFrame]:
    """A page of observations by real-time period -> number of rows in all, rows of the page.

    Parameters
    ----------
    content : bytes
        JSON of ``series/observations`` with ``output_type=1``.
    series : str
        Its name.
    offset : int
        Which row the page was to begin with, from 0.

    Returns
    -------
    count : int
        Of rows in all pages.
    DataFrame
        Columns of ``VINTAGE_COLUMNS``; the value is null where it is missing.

    Raises
    ------
    FeedError
        Where the content is anything else, or another page.
    """
    feed = f"{VINTAGE_FEED} {series}"
    page = read_json(feed, content, Page)
    if page.offset != offset or not page.observations:
        came = f"{len(page.observations)} of {page.count} rows from row {page.offset} on"
        raise ShapeError(feed, came, f"rows from row {offset} on")
    cells = pd.DataFrame([row.model_dump() for row in page.observations], dtype="str")
    table = pd.DataFrame(
        {
            "macro_value_date": days(feed, cells["date"], _DAY),
            "value": numbers(feed, cells["value"], _MISSING),
            "realtime_start": days(feed, cells["realtime_start"], _DAY),
        }
    )
    return page.count, table
