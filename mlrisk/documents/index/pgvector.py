"""Search in PostgreSQL with pgvector (0.8 or later): an HNSW graph, filters in SQL.

HNSW (Malkov and Yashunin 2020, IEEE TPAMI 42(4)) finds nearly all of the nearest. What it finds is
then compared as the search in memory does it, so a chunk has the same score in both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import psycopg
from pgvector import Vector
from psycopg import sql

from mlrisk.documents.base import Constraints, DocumentError, Vectors
from mlrisk.documents.index import tables
from mlrisk.documents.index.base import Hits, Mask, Rows, allowed
from mlrisk.documents.index.memory import SLACK, best_of, check_dimension, top, window_matrix

WINDOWS_PER_CHUNK = 4
FEWEST_WINDOWS = 400
"""Asked for at first: so many for each chunk that is wanted, and so many at least."""

FEW = 0.1
"""Share of chunks below which all that are allowed are compared: in a graph they are far apart."""

_NEAREST = """
SELECT chunk, place, embedding FROM {namespace}.windows
WHERE {filters} ORDER BY embedding <#> %(vector)s LIMIT %(limit)s
"""
_ALL_OF_FEW = """
WITH few AS MATERIALIZED (
    SELECT chunk, place, embedding FROM {namespace}.windows WHERE {filters}
)
SELECT chunk, place, embedding FROM few ORDER BY embedding <#> %(vector)s LIMIT %(limit)s
"""
_BEST_OF_GIVEN = """
SELECT chunk, place, embedding FROM (
    SELECT *, min(distance) OVER (PARTITION BY chunk) AS least FROM (
        SELECT chunk, place, embedding, embedding <#> %(vector)s AS distance
        FROM {namespace}.windows WHERE chunk = ANY(%(chunks)s)
    ) AS measured
) AS compared WHERE distance <= least + %(slack)s
"""


class PgvectorIndex:
    """An ``Index`` whose vectors are in a database.

    What the database holds under ``namespace`` is made equal to ``chunks``: chunks that are not
    there or have changed are written, others that are not among them removed, all in one
    transaction.

    Parameters
    ----------
    chunks : DataFrame
        As ``contracts.DOCS_CHUNKS``.
    address : str
        A connection string or URI of libpq.
    namespace : str
        Schema of the tables, one for each index.
    ef_search : int
        Candidates that the search keeps in view: more finds more, and takes longer.

    Raises
    ------
    DocumentError
        Where the database is not reached or has no pgvector; says what to do.
    """

    def __init__(
        self, chunks: pd.DataFrame, address: str, namespace: str = "mlrisk", ef_search: int = 400
    ) -> None:
        self._chunks = chunks.drop(columns="embedding").reset_index(drop=True)
        self._namespace = sql.Identifier(namespace)
        matrix, first = window_matrix(chunks)
        self._dimension = matrix.shape[1]
        self._base = tables.connected(address)
        try:
            ids = tables.fill(self._base, namespace, self._chunks, matrix, first)
        except psycopg.Error as error:
            self.close()
            raise DocumentError(
                f"PostgreSQL, schema {namespace}: {error}. May this user create a schema and "
                "tables there? Drop the schema to have it made anew."
            ) from None
        of_rows = [ids[name] for name in self._chunks["chunk_id"]]
        self._ids = np.array(of_rows, dtype=np.intp)
        self._row_of = {one: row for row, one in enumerate(of_rows)}
        for name, value in (
            ("hnsw.ef_search", ef_search),
            ("hnsw.iterative_scan", "relaxed_order"),
            ("hnsw.max_scan_tuples", 2**31 - 1),
            ("hnsw.scan_mem_multiplier", 32),
        ):
            self._base.execute("SELECT set_config(%s, %s, false)", (name, str(value)))

    @property
    def chunks(self) -> pd.DataFrame:
        """The table of chunks without its vectors."""
        return self._chunks

    def close(self) -> None:
        """End the connection."""
        self._base.close()

    def allowed(self, constraints: Constraints) -> Mask:
        """Which chunks a question may be answered from."""
        return allowed(self._chunks, constraints)

    def nearest(self, vector: Vectors, constraints: Constraints, count: int) -> Hits:
        """The ``count`` allowed chunks whose best windows are nearest, best first."""
        check_dimension(vector, self._dimension, bool(len(self._chunks)))
        possible = int(self.allowed(constraints).sum())
        few = possible < FEW * len(self._chunks)
        filters, values = _filters(constraints)
        limit = max(WINDOWS_PER_CHUNK * count, FEWEST_WINDOWS)
        while True:
            found = self._ask(
                _ALL_OF_FEW if few else _NEAREST,
                {"filters": filters},
                {**values, "vector": Vector(vector), "limit": limit},
            )
            rows = np.unique([row for row, _, _ in found]).astype(np.intp)
            hits = top(_compared(vector, rows, found), count)
            # Others may be as near as the last one that counts: the same sentence elsewhere.
            full = len(hits.rows) == min(count, possible)
            if len(found) < limit or (full and found[-1][2] @ vector < hits.scores[-1] - SLACK):
                return hits
            limit *= 4

    def scores_of(self, vector: Vectors, rows: Rows) -> Hits:
        """The scores of given chunks, in their order."""
        check_dimension(vector, self._dimension, bool(len(self._chunks)))
        wanted = {
            "vector": Vector(vector),
            "chunks": self._ids[rows].tolist(),
            "slack": float(SLACK),
        }
        return _compared(vector, rows, self._ask(_BEST_OF_GIVEN, {}, wanted))

    def _ask(
        self, query: str, parts: dict[str, sql.Composable], values: dict[str, Any]
    ) -> list[tuple[int, int, Vectors]]:
        statement = sql.SQL(query).format(namespace=self._namespace, **parts)
        try:
            with self._base.cursor(binary=True) as cursor:
                found = cursor.execute(statement, values).fetchall()
        except psycopg.Error as error:
            raise DocumentError(
                f"PostgreSQL did not answer a search ({error}). Is the server still there?"
            ) from None
        return [(self._row_of[chunk], place, vector.to_numpy()) for chunk, place, vector in found]


def _filters(constraints: Constraints) -> tuple[sql.Composable, dict[str, Any]]:
    """Conditions on windows, and the values in them."""
    conditions = {
        "as_of": ("published_at <= %(as_of)s", constraints.as_of),
        "until": ("published_at <= %(until)s", constraints.until),
        "since": ("published_at >= %(since)s", constraints.since),
        "sources": ("source = ANY(%(sources)s)", list(constraints.sources) or None),
        "doc_types": ("doc_type = ANY(%(doc_types)s)", list(constraints.doc_types) or None),
    }
    held = {name: pair for name, pair in conditions.items() if pair[1] is not None}
    text = " AND ".join(condition for condition, _ in held.values()) or "true"
    return sql.SQL(text), {name: value for name, (_, value) in held.items()}


def _compared(vector: Vectors, rows: Rows, found: list[tuple[int, int, Vectors]]) -> Hits:
    """The best of the windows that the database gave, as the search in memory would have it."""
    owner = np.array([row for row, _, _ in found], dtype=np.intp)
    places = np.array([place for _, place, _ in found], dtype=np.intp)
    vectors = np.array([one for _, _, one in found], np.float32).reshape(len(found), len(vector))
    return best_of(vector, rows, owner, places, vectors)
