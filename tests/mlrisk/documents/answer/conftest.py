"""A small corpus whose answers are known, read by words alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from mlrisk.documents.answer.corpus import Corpus
from mlrisk.documents.answer.evidence import Evidence
from mlrisk.documents.answer.words import content
from mlrisk.documents.base import Constraints, Passage, Vectors

DOCUMENTS = {
    ("statement", "2022-05-04"): (
        "The Committee decided to raise the target range for the federal funds rate to 3/4 to 1 "
        "percent. Inflation remains elevated, reflecting supply and demand imbalances related to "
        "the pandemic. Voting against this action: none."
    ),
    ("statement", "2022-06-15"): (
        "The Committee decided to raise the target range for the federal funds rate to 1-1/2 to "
        "1-3/4 percent. The Committee is strongly committed to returning inflation to its 2 "
        "percent objective. Voting against this action was Esther L. George, who preferred at this "
        "meeting to raise the target range by 0.5 percentage point."
    ),
    ("minutes", "2022-06-15"): (
        "## Participants' views\n\nParticipants concurred that the invasion of Ukraine by Russia "
        "was causing hardship. The target range for the federal funds rate was raised to 1-1/2 to "
        "1-3/4 percent at this meeting. Several participants worried that supply bottlenecks would "
        "last well into 2023."
    ),
    ("statement", "2022-07-27"): (
        "The Committee decided to raise the target range for the federal funds rate to 2-1/4 to "
        "2-1/2 percent. Recent indicators of spending and production have softened."
    ),
}  # fmt: skip


def table() -> pd.DataFrame:
    rows = []
    for (kind, day), text in DOCUMENTS.items():
        late = pd.Timedelta(days=21 if kind == "minutes" else 0)
        event = pd.Timestamp(day)
        rows.append(
            {
                "doc_id": f"fomc-{kind}-{day}",
                "published_at": event.tz_localize("UTC") + pd.Timedelta(hours=18) + late,
                "event_date": event,
                "source": "fed",
                "doc_type": kind,
                "title": f"FOMC {kind}, {event:%B %-d, %Y}",
                "url": f"https://www.federalreserve.gov/{kind}{day}.htm",
                "text_md": text,
            }
        )
    return pd.DataFrame(rows)


def whole(row: pd.Series, score: float = 1.0) -> Passage:
    """A document as one passage."""
    return Passage(
        chunk_id=f"{row['doc_id']}#000",
        **{
            name: row[name]
            for name in (
                "doc_id", "source", "doc_type", "title", "url", "published_at", "event_date",
            )
        },
        start=0,
        end=len(row["text_md"]),
        text=row["text_md"],
        score=score,
    )  # fmt: skip


class WordVectors:
    """Each stem a direction of its own."""

    name = "words"
    dimension = 512

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for at, text in enumerate(texts):
            for word in content(text) or ["nothing"]:
                digest = hashlib.sha256(word.encode()).digest()
                rows[at, int.from_bytes(digest[:4], "big") % self.dimension] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@dataclass(frozen=True)
class ByWords:
    """Finds documents by the cosine of their words."""

    corpus: Corpus
    embedder: WordVectors

    def search(self, question: str, constraints: Constraints, count: int = 5) -> list[Passage]:
        rows = self.corpus.table[self.corpus.within(constraints)]
        if rows.empty:
            return []
        scores = self.embedder.embed(list(rows["text_md"])) @ self.embedder.embed([question])[0]
        order = np.argsort(-scores, kind="stable")[:count]
        return [whole(rows.iloc[at], float(scores[at])) for at in order]


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return Corpus(table())


@pytest.fixture(scope="session")
def passages(corpus: Corpus) -> list[Passage]:
    return [whole(row) for _, row in corpus.table.iterrows()]


@pytest.fixture(scope="session")
def evidence() -> Evidence:
    return Evidence(WordVectors())


@pytest.fixture
def prediction() -> dict[str, object]:
    return {
        "date": pd.Timestamp("2022-07-26"),
        "rv_5d_hat": 0.017623002,
        "var_5d_hat": 0.00036617979,
        "rv_5d_lo_80": 0.0068950709,
        "rv_5d_hi_80": 0.023415295,
        "rv_5d_lo_90": 0.0062166853,
        "rv_5d_hi_90": 0.027316986,
        "regime_probs.calm": 0.62498613,
        "regime_probs.transition": 0.33813086,
        "regime_probs.risk_off": 0.03688301,
        "top_drivers": ["vix", "spy_vol_5d", "vix_ret_1d"],
        "regime_drivers": ["vix_ret_1d", "vix"],
        "model_version": "21cb01de9d9d7f12",
        "regime_model_version": "aac81f45255a0841",
    }
