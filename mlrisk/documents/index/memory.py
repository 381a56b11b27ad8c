"""Exact search over vectors held in memory."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlrisk.documents.base import Constraints, DocumentError, Vectors
from mlrisk.documents.index.base import SCORE_DECIMALS, Hits, Mask, Rows, allowed

SLACK = np.float32(1e-5)
"""More than what a cosine in single precision is off by."""


class MemoryIndex:
    """Every window is compared with a question.

    A pass in single precision says which windows can be the best; those are compared in double, so
    that neither their order nor a score hangs on the kind of processor.

    Parameters
    ----------
    chunks : DataFrame
        As ``contracts.DOCS_CHUNKS``.

    Raises
    ------
    DocumentError
        Where the numbers of windows and vectors of a chunk do not agree.
    """

    def __init__(self, chunks: pd.DataFrame) -> None:
        self._chunks = chunks.drop(columns="embedding").reset_index(drop=True)
        self._matrix, self._first = window_matrix(chunks)
        self._owner = np.repeat(np.arange(len(chunks)), np.diff(self._first))

    @property
    def chunks(self) -> pd.DataFrame:
        """The table of chunks without its vectors."""
        return self._chunks

    def allowed(self, constraints: Constraints) -> Mask:
        """Which chunks a question may be answered from."""
        return allowed(self._chunks, constraints)

    def nearest(self, vector: Vectors, constraints: Constraints, count: int) -> Hits:
        """The ``count`` allowed chunks whose best windows are nearest, best first."""
        rows = np.flatnonzero(self.allowed(constraints))
        rough = self._rough(vector)
        if len(rows) > count:
            best = np.maximum.reduceat(rough, self._first[:-1])[rows]
            least = np.partition(best, -count)[-count] - SLACK
            rows = rows[best >= least]
        return top(self._exact(vector, rows, rough), count)

    def scores_of(self, vector: Vectors, rows: Rows) -> Hits:
        """The scores of given chunks, in their order."""
        return self._exact(vector, rows, self._rough(vector))

    def _rough(self, vector: Vectors) -> Vectors:
        check_dimension(vector, self._matrix.shape[1], bool(len(self._chunks)))
        return self._matrix @ vector if len(self._matrix) else np.zeros(0, np.float32)

    def _exact(self, vector: Vectors, rows: Rows, rough: Vectors) -> Hits:
        counts = self._first[rows + 1] - self._first[rows]
        wanted = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        wanted += np.repeat(self._first[rows], counts)
        owner = self._owner[wanted]
        best = np.full(len(self._chunks), -np.inf, np.float32)
        np.maximum.at(best, owner, rough[wanted])
        near = rough[wanted] >= best[owner] - SLACK
        return best_of(
            vector,
            rows,
            owner[near],
            (wanted - self._first[owner])[near],
            self._matrix[wanted[near]],
        )


def window_matrix(chunks: pd.DataFrame) -> tuple[Vectors, Rows]:
    """Vectors of all windows, one row each, and where those of each chunk begin, with the end.

    Raises
    ------
    DocumentError
        Where the numbers of windows and vectors of a chunk do not agree; names the chunk.
    """
    counts = np.array([len(places) // 2 for places in chunks["windows"]], dtype=np.intp)
    sizes = np.array([len(values) for values in chunks["embedding"]], dtype=np.intp)
    dimension = int(sizes[0] // max(counts[0], 1)) if len(sizes) else 0
    wrong = np.flatnonzero((counts == 0) | (sizes != counts * dimension))
    if len(wrong):
        row = wrong[0]
        raise DocumentError(
            f"chunk {chunks['chunk_id'].iloc[row]}: {sizes[row]} numbers for {counts[row]} "
            f"windows, expected at least one window and {dimension} numbers for each. Run the "
            "stage index."
        )
    flat = np.concatenate([np.zeros(0, np.float32), *chunks["embedding"]], dtype=np.float32)
    return flat.reshape(-1, max(dimension, 1)), np.concatenate([[0], np.cumsum(counts)])


def check_dimension(vector: Vectors, dimension: int, holds_chunks: bool) -> None:
    """Raise a DocumentError where a question's vector is not of the index's kind."""
    if holds_chunks and vector.shape != (dimension,):
        raise DocumentError(
            f"a question's vector of shape {vector.shape}, the index holds vectors of {dimension} "
            "numbers: it was built with another embedder. Run the stage index."
        )


def best_of(vector: Vectors, rows: Rows, owner: Rows, places: Rows, vectors: Vectors) -> Hits:
    """Each chunk's best window among some of its windows, compared in double precision.

    Parameters
    ----------
    vector : array of shape (dimension,)
    rows : array of shape (n_hits,)
        Chunks, each the owner of at least one of the windows.
    owner : array of shape (n_windows,)
        The chunk of each window.
    places : array of shape (n_windows,)
        Which of its chunk's windows it is.
    vectors : array of shape (n_windows, dimension)
    """
    scores = np.einsum("ij,j->i", vectors.astype(np.float64), vector.astype(np.float64))
    scores = np.round(scores, SCORE_DECIMALS)
    order = np.lexsort((places, -scores, owner))
    chunks, first = np.unique(owner[order], return_index=True)
    best = order[first][np.searchsorted(chunks, rows)]
    return Hits(rows, scores[best], places[best])


def top(hits: Hits, count: int) -> Hits:
    """The best of them, best first; equal ones by row."""
    order = np.lexsort((hits.rows, -hits.scores))[:count]
    return Hits(hits.rows[order], hits.scores[order], hits.windows[order])
