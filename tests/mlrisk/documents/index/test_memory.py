from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk.documents.base import Constraints, DocumentError
from mlrisk.documents.index.memory import MemoryIndex
from tests.mlrisk.documents.indexed import chunks, unit

# Few different windows, so that many chunks are equally near.
WINDOWS = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=4), max_size=12)
MOMENTS = st.none() | st.integers(-1, 12).map(
    lambda day: pd.Timestamp("2024-01-01 19:00", tz="UTC") + pd.Timedelta(days=day)
)
CONSTRAINTS = st.builds(
    Constraints,
    as_of=MOMENTS,
    since=MOMENTS,
    until=MOMENTS,
    sources=st.sampled_from([(), ("fed",), ("bls", "other")]),
    doc_types=st.sampled_from([(), ("minutes",), ("minutes", "cpi")]),
)


def allowed_by_hand(table: pd.DataFrame, wanted: Constraints) -> list[bool]:
    return [
        (wanted.as_of is None or row["published_at"] <= wanted.as_of)
        and (wanted.until is None or row["published_at"] <= wanted.until)
        and (wanted.since is None or row["published_at"] >= wanted.since)
        and (not wanted.sources or row["source"] in wanted.sources)
        and (not wanted.doc_types or row["doc_type"] in wanted.doc_types)
        for row in table.to_dict("records")
    ]


@settings(max_examples=30)
@given(WINDOWS, CONSTRAINTS, st.integers(1, 14), st.integers(0, 3))
def test_search_is_a_comparison_with_every_window(
    windows: list[list[int]], wanted: Constraints, count: int, seed: int
) -> None:
    table, question = chunks(windows), unit(100 + seed)
    index = MemoryIndex(table)
    allowed = index.allowed(wanted)
    assert allowed.tolist() == allowed_by_hand(table, wanted)
    cosines = [
        np.round(values.reshape(-1, 8).astype(float) @ question.astype(float), 9)
        for values in table["embedding"]
    ]
    best = [
        (-max(found), row, int(np.argmax(found)))
        for row, found in enumerate(cosines)
        if allowed[row]
    ]
    hits = index.nearest(question, wanted, count)
    got = zip(-hits.scores, hits.rows, hits.windows, strict=True)
    assert [(float(a), int(b), int(c)) for a, b, c in got] == [
        (float(a), b, c) for a, b, c in sorted(best)[:count]
    ]
    rows = hits.rows[::-1]
    again = index.scores_of(question, rows)
    np.testing.assert_array_equal(again.rows, rows)
    np.testing.assert_array_equal(again.scores, hits.scores[::-1])
    np.testing.assert_array_equal(again.windows, hits.windows[::-1])


def test_a_table_that_does_not_fit_together_is_refused() -> None:
    table = chunks([[1], [2, 3]])
    table["embedding"] = [table["embedding"][0], table["embedding"][1][:9]]
    with pytest.raises(DocumentError, match=r"doc-001#000: 9 numbers for 2 windows.*8 numbers"):
        MemoryIndex(table)


def test_a_question_of_another_embedder_is_refused() -> None:
    index = MemoryIndex(chunks([[1]]))
    with pytest.raises(DocumentError, match=r"shape \(3,\).*vectors of 8.*another embedder"):
        index.nearest(unit(1, 3), Constraints(), 1)
