"""The tables of an index in PostgreSQL, and how they are made equal to a table of chunks."""

from __future__ import annotations

import hashlib
from typing import Any

import pandas as pd
import psycopg
from pgvector import Vector
from pgvector.psycopg import register_vector
from psycopg import sql

from mlrisk.documents.base import DocumentError, Vectors
from mlrisk.documents.index.base import Rows
from mlrisk.log import event

_TABLES = """
CREATE SCHEMA IF NOT EXISTS {namespace};
CREATE TABLE IF NOT EXISTS {namespace}.chunks (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chunk_id text NOT NULL UNIQUE,
    digest bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS {namespace}.windows (
    chunk integer NOT NULL REFERENCES {namespace}.chunks ON DELETE CASCADE,
    place integer NOT NULL,
    published_at timestamptz NOT NULL,
    source text NOT NULL,
    doc_type text NOT NULL,
    embedding vector({dimension}) NOT NULL,
    PRIMARY KEY (chunk, place)
);
"""
_GRAPH = """
SET LOCAL maintenance_work_mem = '512MB';
CREATE INDEX IF NOT EXISTS windows_by_vector
    ON {namespace}.windows USING hnsw (embedding vector_ip_ops);
"""
_COLUMNS = ("chunk", "place", "published_at", "source", "doc_type", "embedding")
_TYPES = ("int4", "int4", "timestamptz", "text", "text", "vector")

_TABLE_OF_VECTORS = """
SELECT atttypmod FROM pg_attribute
JOIN pg_class ON attrelid = pg_class.oid JOIN pg_namespace ON relnamespace = pg_namespace.oid
WHERE nspname = %s AND relname = 'windows' AND attname = 'embedding'
"""

Connection = psycopg.Connection[Any]


def connected(address: str) -> Connection:
    """A connection to a server that has the extension.

    Raises
    ------
    DocumentError
        Where there is none; says what to do.
    """
    try:
        base = psycopg.connect(address, autocommit=True, connect_timeout=10)
        base.execute("CREATE EXTENSION IF NOT EXISTS vector")
        register_vector(base)
    except psycopg.Error as error:
        raise DocumentError(
            f"no PostgreSQL with pgvector: {error}. Name a server that has the extension `vector` "
            "in the environment variable of index.pgvector.address_variable, or set "
            "index.backend=memory."
        ) from None
    return base


def fill(
    base: Connection, namespace: str, chunks: pd.DataFrame, matrix: Vectors, first: Rows
) -> dict[str, int]:
    """Make the tables of a schema hold these chunks and no others, in one transaction.

    What a chunk's row was made from is known by a digest: only what is new or has changed is
    written.

    Parameters
    ----------
    base : Connection
    namespace : str
    chunks : DataFrame
        As ``contracts.DOCS_CHUNKS``; its vectors are in ``matrix``.
    matrix : array of shape (n_windows, dimension)
    first : array of shape (n_chunks + 1,)
        Where the windows of each chunk begin in ``matrix``, and the end.

    Returns
    -------
    dict of str to int
        Number of each chunk in the tables, by ``chunk_id``.
    """
    tables = _Tables(base, namespace)
    digests = _digests(chunks, matrix, first)
    wanted = dict(zip(chunks["chunk_id"], digests, strict=True))
    with base.transaction():
        # One process at a time: the next one then finds nothing left to do.
        tables.run("SELECT pg_advisory_xact_lock(hashtext('mlrisk documents'))")
        tables.make(matrix.shape[1])
        held = dict(tables.run("SELECT chunk_id, digest FROM {namespace}.chunks"))
        gone = [name for name, digest in held.items() if wanted.get(name) != digest]
        new = [row for row, name in enumerate(wanted) if held.get(name) != wanted[name]]
        tables.run("DELETE FROM {namespace}.chunks WHERE chunk_id = ANY(%s)", (gone,))
        names = [(name, wanted[name]) for name in chunks["chunk_id"].iloc[new]]
        tables.number(names)
        ids = dict(tables.run("SELECT chunk_id, id FROM {namespace}.chunks"))
        tables.copy(ids, chunks, matrix, first, new)
        tables.run(_GRAPH)
    if gone or new:
        event("filled", chunks=len(chunks), removed=len(gone), written=len(new))
        tables.run("ANALYZE {namespace}.windows")
    return ids


class _Tables:
    """Those of one schema."""

    def __init__(self, base: Connection, namespace: str) -> None:
        self.base = base
        self.namespace = namespace

    def run(self, query: str, values: tuple[Any, ...] = (), **parts: sql.Composable) -> Any:
        return self.base.execute(self.said(query, **parts), values or None)

    def said(self, query: str, **parts: sql.Composable) -> sql.Composed:
        return sql.SQL(query).format(namespace=sql.Identifier(self.namespace), **parts)

    def make(self, dimension: int) -> None:
        size = self.run(_TABLE_OF_VECTORS, (self.namespace,)).fetchone()
        if size is not None and size[0] != dimension:  # of another embedder
            self.run("DROP TABLE {namespace}.windows, {namespace}.chunks")
        self.run(_TABLES, dimension=sql.Literal(dimension))

    def number(self, names: list[tuple[str, bytes]]) -> None:
        insert = "INSERT INTO {namespace}.chunks (chunk_id, digest) VALUES (%s, %s)"
        with self.base.cursor() as cursor:
            cursor.executemany(self.said(insert), names)

    def copy(
        self,
        ids: dict[str, int],
        chunks: pd.DataFrame,
        matrix: Vectors,
        first: Rows,
        new: list[int],
    ) -> None:
        columns = sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
        statement = "COPY {namespace}.windows ({columns}) FROM STDIN (FORMAT BINARY)"
        about = chunks[["chunk_id", "published_at", "source", "doc_type"]].iloc[new]
        with (
            self.base.cursor() as cursor,
            cursor.copy(self.said(statement, columns=columns)) as rows,
        ):
            rows.set_types(_TYPES)
            for row, (name, published_at, *kind) in zip(
                new, about.itertuples(index=False), strict=True
            ):
                known = (published_at.to_pydatetime(), *kind)
                for place, vector in enumerate(matrix[first[row] : first[row + 1]]):
                    rows.write_row((ids[name], place, *known, Vector(vector)))


def _digests(chunks: pd.DataFrame, matrix: Vectors, first: Rows) -> list[bytes]:
    """Of all that the database holds of a chunk, and of the words that its vectors stand for."""
    columns = ["chunk_id", "published_at", "source", "doc_type", "text_chunk"]
    return [
        hashlib.sha256(
            "\0".join(map(str, about)).encode() + matrix[first[row] : first[row + 1]].tobytes()
        ).digest()
        for row, about in enumerate(chunks[columns].itertuples(index=False))
    ]
