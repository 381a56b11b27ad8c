"""Passages, citations and assistants without a corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from mlrisk.documents.base import Answer, Citation, Constraints, Passage

PUBLISHED = pd.Timestamp("2024-01-31 19:00", tz="UTC")


def passage(doc_id: str, number: int = 0, **changed: Any) -> Passage:
    text = changed.pop("text", f"What {doc_id} says.")
    made = Passage(
        chunk_id=f"{doc_id}#{number:03d}",
        doc_id=doc_id,
        source="made",
        doc_type="statement",
        title=f"Title of {doc_id}",
        url=f"https://example.org/{doc_id}",
        published_at=PUBLISHED,
        event_date=None,
        start=0,
        end=len(text),
        text=text,
        score=1.0,
    )
    return replace(made, **changed)


def citation(doc_id: str, quote: str, text: str | None = None, **changed: Any) -> Citation:
    """A quote of a document, ``text`` being the whole of it."""
    start = (text or quote).index(quote)
    made = Citation(
        chunk_id=f"{doc_id}#000",
        doc_id=doc_id,
        title=f"Title of {doc_id}",
        url=f"https://example.org/{doc_id}",
        published_at=PUBLISHED,
        quote=quote,
        start=start,
        end=start + len(quote),
    )
    return replace(made, **changed)


class Library:
    """A retriever and an assistant that know their answers by the question, and refuse others."""

    def __init__(
        self,
        passages: dict[str, Sequence[Passage]] | None = None,
        answers: dict[str, Answer] | None = None,
    ) -> None:
        self.passages, self.answers = passages or {}, answers or {}
        self.asked: list[tuple[str, Constraints]] = []

    def search(self, question: str, constraints: Constraints, count: int = 5) -> list[Passage]:
        return list(self.passages.get(question, ()))[:count]

    def qa(self, question: str, constraints: Constraints, prediction: Any = None) -> Answer:
        self.asked.append((question, constraints))
        found = self.answers.get(question, Answer("", refused="No document says so."))
        as_of = constraints.as_of
        known = [one for one in found.citations if as_of is None or one.published_at <= as_of]
        if found.citations and not known:
            return Answer("", refused="No document says so.")
        return replace(found, citations=tuple(known))


def predictions(days: pd.DatetimeIndex) -> pd.DataFrame:
    """Rows of ``contracts.PREDICTIONS_DAILY``, the same on each day."""
    numbers = {"rv_5d_hat": 0.02, "var_5d_hat": 0.0004}
    bounds = {f"rv_5d_{name}": 0.01 * n for n, name in enumerate(("lo_80", "hi_80"), 1)}
    wider = {"rv_5d_lo_90": 0.009, "rv_5d_hi_90": 0.03}
    chances = {"calm": 0.6, "transition": 0.3, "risk_off": 0.1}
    lists = {name: [["vix", "vix_term"]] * len(days) for name in ("top_drivers", "regime_drivers")}
    return pd.DataFrame(
        {
            "date": days,
            **numbers,
            **bounds,
            **wider,
            **{f"regime_probs.{name}": chance for name, chance in chances.items()},
            **lists,
            "model_version": "1" * 16,
            "regime_model_version": "2" * 16,
        }
    )
