"""How well the words of chunks and of their windows match a question's, as of a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.documents.index.bm25 import Bm25, Counts
from mlrisk.documents.retrieve.words import content

Mask = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]

WINDOW_WORDS = 14.0
"""Words that say something in a sentence that is neither short nor long."""
CHUNK_WORDS = 360.0


@dataclass(frozen=True)
class Lexical:
    """BM25 over whole chunks and over their windows.

    Parameters
    ----------
    chunks, windows : Bm25
    owner : array of shape (n_windows,)
        The chunk of each window, ascending.
    """

    chunks: Bm25
    windows: Bm25
    owner: npt.NDArray[np.intp]

    @classmethod
    def of(cls, chunks: pd.DataFrame) -> Lexical:
        """Count the words of a table of chunks (``text_chunk``, ``start``, ``windows``)."""
        texts: list[list[str]] = []
        owner: list[int] = []
        columns = zip(chunks["text_chunk"], chunks["start"], chunks["windows"], strict=True)
        for row, (text, start, windows) in enumerate(columns):
            for begin, end in np.asarray(windows).reshape(-1, 2) - start:
                texts.append(content(text[begin:end]))
                owner.append(row)
        owners = np.array(owner, dtype=np.intp)
        windows_of = Counts.of(texts)
        chunks_of = windows_of.together(owners, len(chunks))
        return cls(Bm25.of(chunks_of, CHUNK_WORDS), Bm25.of(windows_of, WINDOW_WORDS), owners)

    def scores(self, weights: Mapping[str, float], known: Mask) -> tuple[Scores, Scores]:
        """Scores of each chunk as a whole and by its best window, both of shape (n_chunks,)."""
        whole = self.chunks.scores(weights, known)
        best = np.zeros(len(whole))
        if len(self.owner):
            np.maximum.at(best, self.owner, self.windows.scores(weights, known[self.owner]))
        return whole, best
