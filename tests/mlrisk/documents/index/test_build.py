from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk import contracts
from mlrisk.documents.index.build import build, summary
from mlrisk.documents.index.cut import Sizes, cut
from tests.mlrisk.documents.indexed import Hashed, documents, words

SENTENCES = [f"Sentence number {n} speaks of prices and of rates." for n in range(12)]
PARAGRAPHS = st.lists(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=8), max_size=4)
SIZES = Sizes(20, 40, 0.3)
TEXT = PARAGRAPHS.map(lambda parts: "\n\n".join(" ".join(part) for part in parts))


def built(texts: list[str], embedder: Hashed | None = None) -> pd.DataFrame:
    return build(documents(texts), cut(texts, words, SIZES), embedder or Hashed())


@settings(max_examples=10)
@given(st.lists(TEXT, max_size=4), TEXT)
def test_one_more_document_changes_no_row(texts: list[str], more: str) -> None:
    before, after = built(texts), built([*texts, more])
    contracts.DOCS_CHUNKS.validate(after)
    old = after[after["doc_id"].isin(before["doc_id"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(old, before)


def test_rows_say_where_text_and_vectors_are_from() -> None:
    text = f"# Heading\n\n{' '.join(SENTENCES)}"
    table = built(["", text])
    assert table["chunk_id"].tolist() == [f"doc-001#{n:03d}" for n in range(len(table))]
    assert len(table) > 2
    for row in table.to_dict("records"):
        assert row["text_chunk"] == text[row["start"] : row["end"]]
        assert row["tokens"] == len(words(row["text_chunk"])) <= 40
        parts = [text[begin:end] for begin, end in row["windows"].reshape(-1, 2)]
        np.testing.assert_array_equal(row["embedding"], Hashed().embed(parts).ravel())
    assert table["windows"][0][0] == 0
    assert table["event_date"].eq(pd.Timestamp("2024-01-01")).all()


def test_each_text_is_embedded_once() -> None:
    hashed = Hashed()
    table = built([" ".join(SENTENCES), " ".join(SENTENCES[::-1])], hashed)
    assert sorted(hashed.asked) == sorted(SENTENCES)
    assert summary(table, hashed) == {
        "model": "hashed",
        "dimension": 8,
        "documents": 2,
        "chunks": len(table),
        "windows": sum(len(places) // 2 for places in table["windows"]),
        "tokens": table["tokens"].sum(),
    }


def test_no_documents_are_an_empty_table() -> None:
    assert contracts.DOCS_CHUNKS.validate(built([])).empty
    assert contracts.DOCS_CHUNKS.validate(built(["", " "])).empty
