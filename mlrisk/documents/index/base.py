"""What a retriever asks of an index, whatever keeps the vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.documents.base import Constraints, Vectors

Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]

SCORE_DECIMALS = 9
"""What a cosine is rounded to, so that the same two vectors have the same in any place."""


@dataclass(frozen=True)
class Hits:
    """Chunks by their vectors.

    Parameters
    ----------
    rows : array of shape (n_hits,)
        Rows of ``Index.chunks``.
    scores : array of shape (n_hits,)
        Cosine of the question with the chunk's best window.
    windows : array of shape (n_hits,)
        Which of the chunk's windows that is, from 0; of equal ones the first.
    """

    rows: Rows
    scores: Scores
    windows: Rows


class Index(Protocol):
    """Chunks of documents and the vectors of their windows."""

    @property
    def chunks(self) -> pd.DataFrame:
        """The table of chunks without its vectors, sorted by ``chunk_id``, on a plain index."""

    def allowed(self, constraints: Constraints) -> Mask:
        """Which chunks a question may be answered from, of shape (n_chunks,)."""

    def nearest(self, vector: Vectors, constraints: Constraints, count: int) -> Hits:
        """The ``count`` allowed chunks whose best windows are nearest, or as many as there are.

        Best first, equal ones in the order of the chunks. Nothing published after
        ``constraints.as_of`` is among them.

        Parameters
        ----------
        vector : array of shape (dimension,)
            Unit vector of a question.
        """

    def scores_of(self, vector: Vectors, rows: Rows) -> Hits:
        """The same scores for given chunks, in the order they are given in, without repetition."""


def allowed(table: pd.DataFrame, constraints: Constraints) -> Mask:
    """Which rows of a table of chunks or documents keep the constraints, bounds included."""
    published = table["published_at"]
    mask = np.ones(len(table), dtype=bool)
    for bound in (constraints.as_of, constraints.until):
        if bound is not None:
            mask &= (published <= bound).to_numpy()
    if constraints.since is not None:
        mask &= (published >= constraints.since).to_numpy()
    for column, wanted in (("source", constraints.sources), ("doc_type", constraints.doc_types)):
        if wanted:
            mask &= table[column].isin(wanted).to_numpy()
    return mask
