"""Columns of several readers, and sums that do not hang on the layout of an array."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlrisk.forecast.columns import Columns, row_sums, values_of


@given(st.lists(st.lists(st.sampled_from("abcdefg"), unique=True)))
def test_each_reader_finds_its_columns_again(readers: list[list[str]]) -> None:
    columns = Columns.of(readers)
    assert sorted(columns.names) == sorted({name for names in readers for name in names})
    table = pd.DataFrame([range(len(columns.names))], columns=columns.names, dtype=float)
    values = values_of(table, columns.names)
    for names, places in zip(readers, columns.places, strict=True):
        assert [columns.names[place] for place in places] == names
        np.testing.assert_array_equal(values[:, places], values_of(table, names))


def test_names_are_in_the_order_in_which_they_are_first_read() -> None:
    assert Columns.of([["b", "a"], [], ["c", "a"]]).names == ["b", "a", "c"]


@given(arrays(np.float64, st.tuples(st.integers(1, 9), st.integers(0, 20)),
              elements=st.floats(-1e3, 1e3)))  # fmt: skip
def test_a_row_alone_has_the_sum_that_it_has_in_any_table(values: np.ndarray) -> None:
    expected = [sum(row, start=0.0) for row in values.tolist()]
    for table in (values, np.asfortranarray(values), values[:, np.newaxis][:, 0]):
        np.testing.assert_array_equal(row_sums(table), expected)
    alone = [row_sums(values[[place]])[0] for place in range(len(values))]
    np.testing.assert_array_equal(alone, expected)
