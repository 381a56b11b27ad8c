"""The one interface of every source of documents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import pandas as pd

from mlrisk.contracts import DOCS_RAW
from mlrisk.sources.base import known_by

HTML, MARKDOWN, TEXT = "text/html", "text/markdown", "text/plain"
HINTS = frozenset({"doc_id", "doc_type", "title", "published_at", "event_date", "file"})
"""What a source may know of a document beside its bytes."""

Question = dict[str, Any]
"""A row of a question set: qid, kind, question, as_of, gold_doc_ids, evidence_doc_id, evidence,
acceptable_doc_ids."""


@dataclass(frozen=True)
class Documents:
    """What a source delivers, up to and including one session.

    Parameters
    ----------
    raw : DataFrame
        Columns of ``contracts.DOCS_RAW``, sorted by its key.
    questions : list of Question
        Those it knows the answers of, in a fixed order; may be empty.
    """

    raw: pd.DataFrame
    questions: list[Question] = field(default_factory=list)


class DocumentSource(Protocol):
    """Where documents come from. Reading is a pure function of the source and its argument."""

    def read(self, last: pd.Timestamp) -> Documents:
        """Documents known at 22:00 UTC of session ``last``.

        A document is known from its publication, where that is known from outside of it, and from
        when it was fetched otherwise. An earlier ``last`` gives the same rows, only fewer.
        """


class NoDocuments:
    """The source of a data set that has none."""

    name: ClassVar[str] = "none"

    def read(self, last: pd.Timestamp) -> Documents:
        """Nothing, whatever the session."""
        return Documents(DOCS_RAW.empty())


@dataclass(frozen=True)
class Fetched:
    """One document as it came.

    Parameters
    ----------
    source : str
        Whose it is: ``fed``, ``bls``, ``bea``, ``simulated`` or what a folder says.
    url : str
        Where it is published; the place in the folder where that is not known.
    fetched_at : Timestamp
        UTC.
    media_type : str
        ``text/html``, ``text/markdown`` or ``text/plain``.
    blob : bytes
    hint : mapping
        Any of ``HINTS``; times as ISO 8601 in UTC, dates as ISO 8601, None for what is not known.
    """

    source: str
    url: str
    fetched_at: pd.Timestamp
    media_type: str
    blob: bytes = field(repr=False)
    hint: dict[str, str | None] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Hash of the bytes."""
        return hashlib.sha256(self.blob).hexdigest()


def raw_table(documents: Sequence[Fetched]) -> pd.DataFrame:
    """Documents -> rows of ``contracts.DOCS_RAW``, sorted; the same bytes at one address once."""
    rows = [
        {
            "sha256": document.sha256,
            "source": document.source,
            "url": document.url,
            "fetched_at": document.fetched_at,
            "media_type": document.media_type,
            "hint": hint_text(document.hint),
            "blob": document.blob,
        }
        for document in documents
    ]
    if not rows:
        return DOCS_RAW.empty()
    table = pd.DataFrame(rows).astype({"fetched_at": "datetime64[us, UTC]"})
    return sorted_once(table)


def sorted_once(table: pd.DataFrame) -> pd.DataFrame:
    """Rows by key; of those that share one the first that was fetched."""
    key = list(DOCS_RAW.key)
    ordered = table.sort_values([*key, "fetched_at"], kind="stable")
    return ordered.drop_duplicates(key).reset_index(drop=True)


def hint_text(hint: dict[str, str | None]) -> str:
    """What is known of a document as JSON with sorted keys."""
    unknown = sorted(set(hint) - HINTS)
    if unknown:
        raise ValueError(f"a hint of {unknown[0]!r}; there are {', '.join(sorted(HINTS))}")
    return json.dumps({key: hint[key] for key in sorted(hint) if hint[key]}, ensure_ascii=False)


def published_at(raw: pd.DataFrame) -> pd.Series:
    """Publication (UTC) of each row where its hint has one, NaT elsewhere."""
    said = raw["hint"].map(lambda text: json.loads(text).get("published_at"))
    return pd.to_datetime(said, utc=True, format="ISO8601").dt.as_unit("us")


def delivered(raw: pd.DataFrame, last: pd.Timestamp) -> pd.DataFrame:
    """The rows that are known at 22:00 UTC of session ``last``."""
    if raw.empty:
        return raw
    moments = published_at(raw)
    return raw[known_by(last, moments.fillna(raw["fetched_at"]))].reset_index(drop=True)


def iso(moment: pd.Timestamp) -> str:
    """A UTC moment such as ``2024-01-31T19:00:00Z``."""
    return f"{moment.tz_convert('UTC'):%Y-%m-%dT%H:%M:%SZ}"
