"""Columns of tables as arrays, and where each reader's stand among those of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Columns:
    """Columns of several readers without repetition.

    Parameters
    ----------
    names : list of str
        In the order in which they are first read.
    places : list of array of int, shape (n_columns_of_the_reader,)
        Of each reader: where its columns stand in ``names``, in its own order.
    """

    names: list[str]
    places: list[IntArray]

    @classmethod
    def of(cls, readers: Iterable[Sequence[str]]) -> Self:
        """From the columns of each reader."""
        lists = [list(names) for names in readers]
        place_of = {name: place for place, name in enumerate(dict.fromkeys(chain(*lists)))}
        places = [np.array([place_of[name] for name in names], dtype=np.intp) for names in lists]
        return cls(list(place_of), places)


def values_of(table: pd.DataFrame, names: Sequence[str]) -> FloatArray:
    """Named columns of a table, shape (n_rows, n_names)."""
    return table[list(names)].to_numpy(dtype=np.float64)


def row_sums(values: FloatArray) -> FloatArray:
    """Sums over the last axis, added up from left to right.

    ``numpy.sum`` chooses the order by the layout of the array: a row alone and the same row of a
    table could differ in the last bit.
    """
    if not values.shape[-1]:
        return np.zeros(values.shape[:-1])
    return np.asarray(np.add.accumulate(values, axis=-1)[..., -1])
