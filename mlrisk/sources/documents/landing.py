"""What ``mlrisk fetch`` has appended to ``data/landing/documents``, as it was known on a session.

Timing
------
A document is known from its publication. A page that was changed since it landed is a row of its
own, known from when it was seen so: what it says now was on nobody's screen before.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from mlrisk import store
from mlrisk.contracts import LANDING_DOCUMENTS
from mlrisk.sources.documents.base import (
    Documents,
    Fetched,
    delivered,
    hint_text,
    iso,
    raw_table,
    sorted_once,
)


@dataclass(frozen=True)
class LandingDocuments:
    """The landing folder as a source of documents."""

    name: ClassVar[str] = "live"

    def read(self, last: pd.Timestamp) -> Documents:
        """Documents known at 22:00 UTC of session ``last``; none where none was ever fetched."""
        if not Path(LANDING_DOCUMENTS.path).exists():
            return Documents(raw_table([]))
        return Documents(delivered(store.read(LANDING_DOCUMENTS), last))


@dataclass(frozen=True)
class Appended:
    """The landed documents after a fetch.

    Parameters
    ----------
    rows : DataFrame
        Columns of ``contracts.LANDING_DOCUMENTS``, sorted by its key.
    added, changed : int
        Documents that had not landed, and those that had with other bytes.
    """

    rows: pd.DataFrame
    added: int
    changed: int


def append(landed: pd.DataFrame, came: Sequence[Fetched]) -> Appended:
    """Documents as they came onto those that had landed; nothing that had is touched."""
    fresh = raw_table(came)
    key = list(LANDING_DOCUMENTS.key)
    seen = pd.MultiIndex.from_frame(landed[key])
    rows = fresh[~pd.MultiIndex.from_frame(fresh[key]).isin(seen)]
    former = set(zip(landed["url"], landed["hint"].map(_doc_id), strict=True))
    again = [
        (url, _doc_id(hint)) in former for url, hint in zip(rows["url"], rows["hint"], strict=True)
    ]
    hints = [
        _seen_at(hint, moment) if changed else hint
        for changed, hint, moment in zip(again, rows["hint"], rows["fetched_at"], strict=True)
    ]
    rows = rows.assign(hint=pd.Series(hints, index=rows.index, dtype="str"))
    parts = [part for part in (landed, rows) if len(part)] or [landed]
    return Appended(
        sorted_once(pd.concat(parts, ignore_index=True)), len(rows) - sum(again), sum(again)
    )


def doc_ids(landed: pd.DataFrame) -> frozenset[str]:
    """Documents that have landed."""
    return frozenset(filter(None, landed["hint"].map(_doc_id)))


def _doc_id(hint: str) -> str:
    return json.loads(hint).get("doc_id", "")


def _seen_at(hint: str, moment: pd.Timestamp) -> str:
    return hint_text(json.loads(hint) | {"published_at": iso(moment)})
