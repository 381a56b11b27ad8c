"""Documents, an embedder and tables of chunks without a model."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlrisk import contracts
from mlrisk.dataset import DATE, TIME
from mlrisk.documents.base import Vectors
from mlrisk.documents.index.windows import Span

DIMENSION = 8
KINDS = (("fed", "statement"), ("fed", "minutes"), ("bls", "cpi"))


class Hashed:
    """Unit vectors drawn by the text; keeps what it was asked."""

    name = "hashed"
    dimension = DIMENSION

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        drawn = [unit(int.from_bytes(hashlib.sha256(t.encode()).digest()[:4])) for t in texts]
        return np.array(drawn, np.float32).reshape(-1, DIMENSION)


def unit(seed: int, dimension: int = DIMENSION) -> Vectors:
    """A unit vector of 5 decimals."""
    vector = np.random.default_rng(seed).standard_normal(dimension)
    return np.round(vector / np.linalg.norm(vector), 5).astype(np.float32)


def words(text: str) -> list[Span]:
    """Each word is a token."""
    return [match.span() for match in re.finditer(r"\S+", text)]


def documents(texts: Sequence[str]) -> pd.DataFrame:
    """As ``contracts.DOCS_CURATED``: published a day apart, of three kinds in turn."""
    table = pd.DataFrame(
        [
            {
                "doc_id": f"doc-{number:03d}",
                "published_at": pd.Timestamp("2024-01-01 19:00", tz="UTC")
                + pd.Timedelta(days=number),
                "event_date": pd.Timestamp("2024-01-01") if number % 2 else pd.NaT,
                "source": KINDS[number % 3][0],
                "doc_type": KINDS[number % 3][1],
                "title": f"Document {number}",
                "url": f"https://example.org/{number}",
                "asset_tags": ["rates"],
                "text_md": text,
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
            }
            for number, text in enumerate(texts)
        ],
        columns=list(contracts.DOCS_CURATED.schema.columns),
    )
    return table.astype({"published_at": TIME, "event_date": DATE})


def chunks(windows: Sequence[Sequence[int]], dimension: int = DIMENSION) -> pd.DataFrame:
    """As ``contracts.DOCS_CHUNKS``: a document and chunk for each list of seeds, a window each."""
    if not windows:
        return contracts.DOCS_CHUNKS.empty()
    table = documents([" ".join(["word"] * len(seeds)) for seeds in windows])
    table["chunk_id"] = table["doc_id"] + "#000"
    table["text_chunk"] = table["text_md"]
    table["start"], table["end"] = 0, table["text_md"].str.len().astype("int64")
    table["tokens"] = [len(seeds) for seeds in windows]
    table["windows"] = [np.array(words(text)).ravel() for text in table["text_md"]]
    table["embedding"] = [
        np.concatenate([unit(seed, dimension) for seed in seeds]) for seeds in windows
    ]
    return table[list(contracts.DOCS_CHUNKS.schema.columns)]
