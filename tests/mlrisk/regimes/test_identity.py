"""Clusters keep their numbers when a fit gives them others."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.regimes.identity import matched


@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
def test_no_other_pairing_moves_less(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    before, means = rng.normal(size=(2, count, 3))
    order, moved = matched(before, means)
    assert sorted(order) == list(range(count))
    assert moved == pytest.approx(np.linalg.norm(before - means[order], axis=1))
    each = [
        np.linalg.norm(before - means[list(p)], axis=1).sum() for p in permutations(range(count))
    ]
    assert moved.sum() == pytest.approx(min(each))


def test_a_relabelled_fit_gets_its_old_numbers() -> None:
    before = np.array([[-1.0, 0.5], [0.0, 0.0], [3.0, -2.0]])
    order, moved = matched(before, before[[2, 0, 1]] + 0.01)
    assert order.tolist() == [1, 2, 0]
    assert moved == pytest.approx(np.full(3, 0.01 * 2**0.5))
