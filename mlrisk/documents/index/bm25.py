"""BM25 whose statistics are those of what was published by a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

Mask = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """How often each word stands in each text.

    Parameters
    ----------
    places : mapping of word to column
    table : sparse array of shape (n_texts, n_words)
    """

    places: Mapping[str, int]
    table: sparse.csr_array

    @classmethod
    def of(cls, texts: Iterable[Iterable[str]]) -> Counts:
        """Count the words of texts, each given as its words."""
        places: dict[str, int] = {}
        columns: list[int] = []
        ends = [0]
        for words in texts:
            columns += [places.setdefault(word, len(places)) for word in words]
            ends.append(len(columns))
        shape = (len(ends) - 1, len(places))
        table = sparse.csr_array((np.ones(len(columns)), columns, ends), shape=shape)
        table.sum_duplicates()
        return cls(places, table)

    def together(self, owner: npt.NDArray[np.intp], size: int) -> Counts:
        """Counts of ``size`` longer texts, where text i is a part of text ``owner[i]``."""
        shape = (size, len(owner))
        parts = sparse.csr_array((np.ones(len(owner)), (owner, np.arange(len(owner)))), shape=shape)
        return Counts(self.places, sparse.csr_array(parts @ self.table))


@dataclass(frozen=True)
class Bm25:
    r"""Word counts of texts, saturated; how rare a word is, is counted when a question is asked.

    .. math:: s(q, d) = \sum_{w \in q} \ln\Bigl(1 + \frac{N - n_w + 1/2}{n_w + 1/2}\Bigr)
        \frac{f_{w,d} (k_1 + 1)}{f_{w,d} + k_1 (1 - b + b |d| / \ell)}

    after Robertson and Zaragoza (2009), Foundations and Trends in Information Retrieval 3(4),
    with the inverse document frequency of Lucene. ``N`` and ``n_w`` count the texts that were
    known, so that what is published later moves no score of today; ``l``, the length that is
    not punished, is a constant for the same reason.

    Parameters
    ----------
    places : mapping of word to column
    saturated : sparse array of shape (n_texts, n_words)
    """

    places: Mapping[str, int]
    saturated: sparse.csc_array

    @classmethod
    def of(cls, counts: Counts, length: float, k1: float = 1.2, b: float = 0.75) -> Bm25:
        """Saturate counted words.

        Parameters
        ----------
        counts : Counts
        length : float
            Words of a text that is neither short nor long.
        """
        table = counts.table
        damping = k1 * (1 - b + b * table.sum(axis=1) / length)
        rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
        data = table.data * (k1 + 1) / (table.data + damping[rows])
        saturated = sparse.csr_array((data, table.indices, table.indptr), shape=table.shape)
        return cls(counts.places, saturated.tocsc())

    def scores(self, weights: Mapping[str, float], known: Mask) -> Scores:
        """Scores of all texts for weighted words.

        Parameters
        ----------
        weights : mapping of word to weight
            1 for a word of the question.
        known : array of shape (n_texts,)
            Which texts had been published: those that are counted.
        """
        total = np.zeros(self.saturated.shape[0])
        size = int(known.sum())
        for word in sorted(weights):
            place = self.places.get(word)
            if place is None:
                continue
            begin, end = self.saturated.indptr[place : place + 2]
            rows = self.saturated.indices[begin:end]
            number = int(known[rows].sum())
            rarity = np.log1p((size - number + 0.5) / (number + 0.5))
            total[rows] += weights[word] * rarity * self.saturated.data[begin:end]
        return total
