"""Curated documents to chunks, windows and vectors."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlrisk import contracts
from mlrisk.dataset import DATE, TIME
from mlrisk.documents.base import Embedder
from mlrisk.documents.index.cut import Part

FROM_DOCUMENT = (
    "doc_id",
    "published_at",
    "event_date",
    "source",
    "doc_type",
    "title",
    "url",
)


def build(
    documents: pd.DataFrame, parts: Sequence[Sequence[Part]], embedder: Embedder
) -> pd.DataFrame:
    """The table of chunks; a document's rows hang on that document alone.

    Parameters
    ----------
    documents : DataFrame
        As ``contracts.DOCS_CURATED``.
    parts : sequence of sequences of Part
        The chunks of each document.
    embedder : Embedder
        Asked once for each text, however many windows have it: neighbouring chunks overlap, and
        statements repeat each other.

    Returns
    -------
    DataFrame
        As ``contracts.DOCS_CHUNKS``.
    """
    rows, texts = [], []
    for document, some in zip(documents.to_dict("records"), parts, strict=True):
        text = document["text_md"]
        about = {name: document[name] for name in FROM_DOCUMENT}
        for number, part in enumerate(some):
            rows.append(
                {
                    "chunk_id": f"{document['doc_id']}#{number:03d}",
                    **about,
                    "start": part.start,
                    "end": part.end,
                    "tokens": part.tokens,
                    "text_chunk": text[part.start : part.end],
                    "windows": np.array(part.windows).ravel(),
                }
            )
            texts.append([text[first:last] for first, last in part.windows])
    if not rows:
        return contracts.DOCS_CHUNKS.empty()
    every = dict.fromkeys(itertools.chain.from_iterable(texts))
    places = {text: place for place, text in enumerate(every)}
    vectors = embedder.embed(list(places))
    for row, some in zip(rows, texts, strict=True):
        row["embedding"] = vectors[[places[text] for text in some]].ravel()
    table = pd.DataFrame(rows, columns=list(contracts.DOCS_CHUNKS.schema.columns))
    table = table.astype({"published_at": TIME, "event_date": DATE})
    return table.sort_values("chunk_id", ignore_index=True)


def summary(table: pd.DataFrame, embedder: Embedder) -> dict[str, object]:
    """What an index holds, in a few numbers."""
    return {
        "model": embedder.name,
        "dimension": embedder.dimension,
        "documents": int(table["doc_id"].nunique()),
        "chunks": len(table),
        "windows": int(sum(len(found) // 2 for found in table["windows"])),
        "tokens": int(table["tokens"].sum()),
    }
