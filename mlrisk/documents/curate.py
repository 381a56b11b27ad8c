"""Bytes as delivered -> documents with a date, a kind and a text; the rest with a reason."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, TypeVar

import pandas as pd

from mlrisk.contracts import DOCS_CURATED, DOCS_SKIPPED
from mlrisk.dataset import Dataset
from mlrisk.documents.base import DocumentError
from mlrisk.documents.parse import html, kinds, moments
from mlrisk.documents.parse.decoding import decode, tidy
from mlrisk.documents.parse.described import (
    doc_id as doc_id_of,
)
from mlrisk.documents.parse.described import (
    hinted_day,
    hinted_moment,
    read_hint,
    slug,
)
from mlrisk.documents.parse.plain import reflow
from mlrisk.documents.parse.suspicious import speaks_to_models

EXCLUDED, EMPTY, TOO_LARGE = "excluded", "empty", "too_large"
UNDECODABLE, BROKEN, NO_TEXT = "undecodable", "broken", "no_text"
NO_DATE, BAD_HINT, NOT_YET = "no_date", "bad_hint", "not_yet"
DUPLICATE, ADDRESSED = "duplicate", "addressed"
REASONS = (
    *(EXCLUDED, EMPTY, TOO_LARGE, UNDECODABLE, BROKEN, NO_TEXT, NO_DATE, BAD_HINT, NOT_YET),
    *(DUPLICATE, ADDRESSED),
)
"""Why a document is left out."""

_LOOKS_HTML = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b", re.I | re.S
)
_MOST_TITLE = 300
_CONTRADICTION = pd.Timedelta(days=1)


T = TypeVar("T")


class _SkipError(DocumentError):
    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True)
class Curated:
    """Documents, what was left out, and what is worth a look.

    Parameters
    ----------
    documents : DataFrame
        Columns of ``contracts.DOCS_CURATED``, sorted by ``doc_id``.
    skipped : DataFrame
        Columns of ``contracts.DOCS_SKIPPED``, sorted by its key.
    contradictions : list of dict
        Documents whose page names another day of release than their source, by more than a day.
    suspicious : list of str
        ``doc_id`` of those skipped for sentences that speak to a language model.
    """

    documents: pd.DataFrame
    skipped: pd.DataFrame
    contradictions: list[dict[str, str]] = field(default_factory=list)
    suspicious: list[str] = field(default_factory=list)


def curate(
    raw: pd.DataFrame,
    known_by: pd.Timestamp,
    largest_bytes: int,
    include: Sequence[str] = ("*",),
    exclude: Sequence[str] = (),
) -> Curated:
    """Documents of the raw ones, each either curated or skipped with a reason.

    What the source knows of a document (its hint) counts before what the page says. A moment of
    release is never put too early: a day alone counts by the rule of its kind, and where there is
    none as the end of that day in New York.

    Parameters
    ----------
    raw : DataFrame
        Columns of ``contracts.DOCS_RAW``.
    known_by : Timestamp
        UTC; what was released later is skipped.
    largest_bytes : int
        A longer document is skipped.
    include, exclude : sequence of str
        Patterns of ``source/doc_type`` (or of either alone) with ``*`` and ``?``; a document is
        kept where one of the former and none of the latter matches.
    """
    kept: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for row in _rows(raw):
        try:
            kept.append(_document(row, known_by, largest_bytes, include, exclude))
        except _SkipError as error:
            skipped.append(_skip(row, error.reason, f"{error}"))
    kept.sort(key=lambda row: (row["published_at"], row["doc_id"], row["sha256"], row["url"]))
    documents, twins = _once(kept)
    skipped += [_skip(row, DUPLICATE, f"the text of {row['doc_id']}") for row in twins]
    # Such a document was written to be found: it must not even move how rare a word is.
    speaking = {row["doc_id"] for row in documents if speaks_to_models(row["text_md"])}
    addressed = [row for row in documents if row["doc_id"] in speaking]
    documents = [row for row in documents if row["doc_id"] not in speaking]
    skipped += [_skip(row, ADDRESSED, "it speaks to a language model") for row in addressed]
    contradictions = [
        {"doc_id": row["doc_id"], "source": f"{row['hinted']:%F}", "page": f"{row['stated']:%F}"}
        for row in documents
        if row["hinted"] is not None
        and row["stated"] is not None
        and abs(moments.new_york_day(row["hinted"]) - row["stated"]) > _CONTRADICTION
    ]
    return Curated(
        _table(DOCS_CURATED, documents),
        _table(DOCS_SKIPPED, skipped),
        contradictions,
        sorted(speaking),
    )


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{f"{name}": value for name, value in row.items()} for row in table.to_dict("records")]


def canonical(text: str) -> str:
    """A Markdown text without blanks at line ends, at its ends, and more than one empty line."""
    lines = (line.rstrip() for line in tidy(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n ")


def _document(
    row: dict[str, Any],
    known_by: pd.Timestamp,
    largest_bytes: int,
    include: Sequence[str],
    exclude: Sequence[str],
) -> dict[str, Any]:
    hint = _told(read_hint, row["hint"])
    page = _page(row["blob"], row["media_type"], largest_bytes)
    lines = moments.head(page.markdown)
    title = _title(hint.get("title") or page.title, lines)
    kind = slug(hint.get("doc_type", ""), kept="", joint="_") or kinds.doc_type(
        [title, page.section, *lines], row["url"]
    )
    if not _wanted(row["source"], kind, include, exclude):
        raise _SkipError(EXCLUDED, f"{row['source']}/{kind} is not among docs.include")
    hinted = _told(hinted_moment, hint["published_at"], kind) if "published_at" in hint else None
    read = _read_moment(kind, title, lines)
    published = hinted or read or _latest_moment(kind, title, lines, page.updated)
    if published is None:
        raise _SkipError(NO_DATE, "neither the source nor the page says when it was released")
    if published > known_by:
        raise _SkipError(NOT_YET, f"released at {published:%FT%TZ}, after {known_by:%FT%TZ}")
    if "event_date" in hint:
        event: pd.Timestamp | None = _told(hinted_day, hint["event_date"])
    else:
        event = kinds.event_date(kind, title, lines, moments.new_york_day(published))
    return {
        "doc_id": slug(hint.get("doc_id", "")) or doc_id_of(kind, event, published),
        "published_at": published,
        "event_date": event,
        "source": row["source"],
        "doc_type": kind,
        "title": title,
        "url": row["url"],
        "asset_tags": kinds.asset_tags(page.markdown),
        "text_md": page.markdown,
        "sha256": row["sha256"],
        "fetched_at": row["fetched_at"],
        "hinted": hinted,
        "stated": moments.stated_day(lines, alone=kind != "minutes"),
    }


def _page(blob: bytes, media_type: str, largest_bytes: int) -> html.Page:
    """A document's text, whatever it came as."""
    if not blob.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise _SkipError(EMPTY, f"{len(blob)} bytes, none of them a character")
    if len(blob) > largest_bytes:
        raise _SkipError(TOO_LARGE, f"{len(blob)} bytes; docs.largest_bytes is {largest_bytes}")
    try:
        text = decode(blob, media_type)
    except DocumentError as error:
        raise _SkipError(UNDECODABLE, f"{error}") from None
    if "html" in media_type or _LOOKS_HTML.match(text):
        try:
            page = html.read(text)
        except DocumentError as error:
            raise _SkipError(BROKEN, f"{error}") from None
    else:
        page = html.Page(reflow(text))
    markdown = canonical(page.markdown)
    if not any(map(str.isalpha, markdown)):
        raise _SkipError(NO_TEXT, f"{len(blob)} bytes, of which no text is left")
    return replace(page, markdown=markdown)


def _once(
    rows: Iterable[dict[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows with texts of their own and unique ids, and those that repeat an earlier one's text."""
    by_text: dict[str, str] = {}
    taken: set[str] = set()
    unique, twins = [], []
    for row in rows:
        digest = hashlib.sha256(row["text_md"].encode()).hexdigest()
        if digest in by_text:
            twins.append({**row, "doc_id": by_text[digest]})
            continue
        doc_id = row["doc_id"] if row["doc_id"] not in taken else f"{row['doc_id']}-{digest[:8]}"
        by_text[digest] = doc_id
        taken.add(doc_id)
        unique.append({**row, "doc_id": doc_id})
    return unique, twins


def _read_moment(kind: str, title: str, lines: list[str]) -> pd.Timestamp | None:
    """The moment of release that a page states, its day alone counting by rule."""
    said = moments.release([*lines, title])
    # The first day on a page of minutes is their meeting's, unless it is said to be the release.
    if said.day is None or (kind == "minutes" and not said.stated):
        return None
    return said.moment or moments.by_rule(kind, said.day)


def _latest_moment(kind: str, title: str, lines: list[str], updated: str) -> pd.Timestamp | None:
    """The moment by which a page that does not say was out: by its meeting, or its last change."""
    meeting = kinds.event_date(kind, title, lines, None) if kind == "minutes" else None
    released = moments.minutes_after(meeting) if meeting is not None else None
    changed = moments.first_day([updated])
    return released or (moments.by_rule("other", changed) if changed is not None else None)


def _title(title: str, lines: list[str]) -> str:
    said = " ".join(tidy(title).split()) or next(iter(lines), "")
    return said[:_MOST_TITLE] or "Untitled"


def _wanted(source: str, kind: str, include: Sequence[str], exclude: Sequence[str]) -> bool:
    def matches(pattern: str) -> bool:
        return any(fnmatchcase(name, pattern) for name in (source, kind, f"{source}/{kind}"))

    return any(map(matches, include)) and not any(map(matches, exclude))


def _told(read: Callable[..., T], *said: str) -> T:
    """What a source says, or the reason why it cannot be read."""
    try:
        return read(*said)
    except DocumentError as error:
        raise _SkipError(BAD_HINT, f"{error}") from None


def _skip(row: dict[str, Any], reason: str, detail: str) -> dict[str, Any]:
    return {**row, "reason": reason, "detail": detail}


def _table(dataset: Dataset, rows: list[dict[str, Any]]) -> pd.DataFrame:
    empty = dataset.empty()
    if not rows:
        return empty
    table = pd.DataFrame({name: [row[name] for row in rows] for name in empty.columns})
    return (
        table.astype(empty.dtypes.to_dict())
        .sort_values(list(dataset.key), kind="stable")
        .reset_index(drop=True)
    )
