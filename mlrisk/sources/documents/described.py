"""What the row of a table says of a document, in the terms of this project."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd

from mlrisk.calendar import NEW_YORK
from mlrisk.sources.documents.base import HTML, MARKDOWN, TEXT, Fetched, iso

UNDATED = pd.Timestamp("1970-01-01", tz="UTC")
"""``fetched_at`` of what has no date: nobody wrote down when it came into the folder."""
MEDIA_TYPES = {
    ".htm": HTML,
    ".html": HTML,
    ".xhtml": HTML,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".txt": TEXT,
    ".csv": "text/csv",
    ".gz": "application/gzip",
    ".pdf": "application/pdf",
}
UNKNOWN_TYPE = "application/octet-stream"
DOC_TYPES = {
    "fomc_statement": "statement",
    "fomc_minutes": "minutes",
    "fomc_longer_run_goals": "longer_run_goals",
    "consumer_price_index": "cpi",
    "jobs": "employment_situation",
    "gross_domestic_product": "gdp",
    "personal_income_and_outlays": "personal_income",
    "earnings_call": "transcript",
}
"""Other names that tables use for the types of documents."""
SOURCE_OF_HOST = {"federalreserve.gov": "fed", "bls.gov": "bls", "bea.gov": "bea"}
SOURCE_OF_TYPE = {
    "statement": "fed",
    "minutes": "fed",
    "longer_run_goals": "fed",
    "speech": "fed",
    "cpi": "bls",
    "employment_situation": "bls",
    "gdp": "bea",
    "personal_income": "bea",
}
OF_THE_USER = "folder"
COLUMNS = {
    "doc_type": ("doc_type", "type", "release"),
    "published_at": ("published_at", "date"),
    "event_date": ("event_date", "reference_period"),
    "doc_id": ("doc_id",),
    "title": ("title",),
    "url": ("url",),
    "source": ("source",),
}
"""Columns that say it, the first that has a cell."""

Row = Mapping[str, str]

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def of_cell(table: str, place: int, row: Row) -> Fetched:
    """A document that is the cell ``text`` of a table's row."""
    locator = f"{table}#{row.get('doc_id') or f'row-{place}'}"
    return _fetched(locator, row["text"].encode(), MARKDOWN, row, table)


def of_file(locator: str, content: bytes, file: str, row: Row) -> Fetched:
    """A document that is a file, and what an index says of it."""
    suffix = Path(file).suffix.lower()
    return _fetched(locator, content, MEDIA_TYPES.get(suffix, UNKNOWN_TYPE), row, file)


def _fetched(locator: str, content: bytes, media_type: str, row: Row, file: str) -> Fetched:
    said = {name: _first(row, columns) for name, columns in COLUMNS.items()}
    doc_type = _doc_type(said["doc_type"])
    published = _moment(said["published_at"])
    event = said["event_date"] or ("" if row.get("published_at") else row.get("date", ""))
    return Fetched(
        source=_source(said["url"], doc_type, said["source"]),
        url=said["url"] or f"file:{locator}",
        fetched_at=UNDATED if published is None else published,
        media_type=media_type,
        blob=content,
        hint={
            "doc_id": said["doc_id"],
            "doc_type": doc_type,
            "title": said["title"],
            "published_at": None if published is None else iso(published),
            "event_date": event if _DAY.fullmatch(event) else None,
            "file": file,
        },
    )


def _first(row: Row, columns: tuple[str, ...]) -> str:
    return next((row[name] for name in columns if row.get(name)), "")


def _doc_type(said: str) -> str:
    name = said.lower().replace(" ", "_").replace("-", "_")
    return DOC_TYPES.get(name, name)


def _source(url: str, doc_type: str, said: str) -> str:
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    if host in SOURCE_OF_HOST:
        return SOURCE_OF_HOST[host]
    return SOURCE_OF_TYPE.get(doc_type) or (said if _NAME.fullmatch(said) else OF_THE_USER)


def _moment(said: str) -> pd.Timestamp | None:
    """A time in UTC; of a day alone its end in New York; None for what is neither."""
    try:
        moment = pd.Timestamp(datetime.fromisoformat(said))
    except ValueError:
        return None
    if _DAY.fullmatch(said):
        end = moment + pd.Timedelta(hours=23, minutes=59)
        return end.tz_localize(NEW_YORK).tz_convert("UTC").as_unit("us")
    return (moment.tz_localize("UTC") if moment.tz is None else moment.tz_convert("UTC")).as_unit(
        "us"
    )
