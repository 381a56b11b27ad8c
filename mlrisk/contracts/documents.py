"""Documents as fetched, as text, as chunks, and what was left out."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
import pyarrow

from mlrisk.contracts.columns import schema
from mlrisk.dataset import DATE, TIME, Dataset

ID = r"^[a-z0-9][a-z0-9._-]*$"

_EVENT_DATE = pa.Column(DATE, nullable=True)
_ID = pa.Column(str, pa.Check.str_matches(ID, error=f"must match {ID}"))
_DIGEST = pa.Column(str, pa.Check.str_matches(r"^[0-9a-f]{64}$", error="must be a SHA-256"))


def _within(table: pd.DataFrame) -> pd.Series:
    return (table["start"] >= 0) & (table["end"] - table["start"] == table["text_chunk"].str.len())


DOCS_RAW = Dataset(
    path="data/docs/raw",
    schema=schema(
        {
            "sha256": _DIGEST,
            "source": pa.Column(str),
            "url": pa.Column(str),
            "fetched_at": pa.Column(TIME),
            "media_type": pa.Column(str),
            "hint": pa.Column(str),
            "blob": pa.Column(object),
        }
    ),
    key=("source", "url", "sha256"),
    by="fetched_at",
    nested={"blob": pyarrow.binary()},
)
"""Bytes as they came, once for each content. ``hint`` is what the source knows of them beside, as
JSON with sorted keys (doc_id, doc_type, title, published_at, event_date, file; all optional)."""

LANDING_DOCUMENTS = DOCS_RAW.at("data/landing/documents")

DOCS_CURATED = Dataset(
    path="data/docs/curated",
    schema=schema(
        {
            "doc_id": _ID,
            "published_at": pa.Column(TIME),
            "event_date": _EVENT_DATE,
            "source": pa.Column(str),
            "doc_type": pa.Column(str),
            "title": pa.Column(str),
            "url": pa.Column(str),
            "asset_tags": pa.Column(object),
            "text_md": pa.Column(str),
            "sha256": _DIGEST,
        }
    ),
    key=("doc_id",),
    by="published_at",
)
"""``published_at`` is the moment of release; ``event_date`` the meeting of a statement or of
minutes, or the first day of a statistic's reference period. ``sha256`` is that of the raw bytes."""

DOCS_SKIPPED = Dataset(
    path="data/docs/skipped",
    schema=schema(
        {
            "sha256": _DIGEST,
            "source": pa.Column(str),
            "url": pa.Column(str),
            "fetched_at": pa.Column(TIME),
            "reason": pa.Column(str),
            "detail": pa.Column(str),
        }
    ),
    key=("source", "url", "sha256"),
    by="fetched_at",
)
"""Raw documents that are not among the curated ones, each with the reason."""

DOCS_CHUNKS = Dataset(
    path="data/docs/chunks",
    schema=schema(
        {
            "chunk_id": pa.Column(str),
            "doc_id": _ID,
            "published_at": pa.Column(TIME),
            "event_date": _EVENT_DATE,
            "source": pa.Column(str),
            "doc_type": pa.Column(str),
            "title": pa.Column(str),
            "url": pa.Column(str),
            "start": pa.Column("int64"),
            "end": pa.Column("int64"),
            "tokens": pa.Column("int64"),
            "text_chunk": pa.Column(str),
            "windows": pa.Column(object),
            "embedding": pa.Column(object),
        },
        [
            pa.Check(
                _within, error="end - start must be the length of text_chunk, start not below 0"
            )
        ],
    ),
    key=("chunk_id",),
    by="published_at",
    nested={
        "windows": pyarrow.list_(pyarrow.int64()),
        "embedding": pyarrow.list_(pyarrow.float32()),
    },
)
"""``text_chunk`` is ``text_md[start:end]``. ``windows`` are start and end of each window a vector
stands for, one pair after the other and in offsets of the document; ``embedding`` their unit
vectors, one after the other."""
