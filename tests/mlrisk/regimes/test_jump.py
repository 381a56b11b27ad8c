"""The jump model against every path there is."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.regimes import jump


def cost(losses: np.ndarray, path: tuple[int, ...], penalty: float) -> float:
    jumps = sum(one != next_ for one, next_ in pairwise(path))
    return float(sum(losses[at, state] for at, state in enumerate(path)) + penalty * jumps)


def cheapest(losses: np.ndarray, penalty: float) -> tuple[int, ...]:
    paths = product(range(losses.shape[1]), repeat=len(losses))
    return min(paths, key=lambda path: cost(losses, path, penalty))


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3, 1.0, 9.0]))
def test_the_dynamic_programme_finds_the_cheapest_of_all_paths(seed: int, penalty: float) -> None:
    losses = np.random.default_rng(seed).exponential(size=(6, 3))
    assert jump.path(losses, penalty).tolist() == list(cheapest(losses, penalty))
    online = [cheapest(losses[: at + 1], penalty)[-1] for at in range(len(losses))]
    assert jump.online(losses, penalty).tolist() == online


def test_losses_are_half_squared_distances_and_nothing_without_inputs() -> None:
    values = np.array([[0.0, 3.0], [np.nan, 1.0]])
    found = jump.losses(values, np.array([[0.0, 0.0], [4.0, 3.0]]))
    assert found.tolist() == [[4.5, 8.0], [0.0, 0.0]]


def test_each_round_lowers_the_objective() -> None:
    rng = np.random.default_rng(4)
    values = np.repeat([0.0, 2.0, 0.0, 2.0], 30)[:, np.newaxis] + rng.normal(size=(120, 2))
    start = np.array([[0.5, -1.0], [1.0, 1.0]])
    spent = []
    for rounds in range(1, 6):
        centroids, states = jump.fit(values, start, 3.0, rounds)
        spent.append(cost(jump.losses(values, centroids), tuple(states), 3.0))
    assert all(later <= earlier for earlier, later in pairwise(spent))
    assert spent[-1] < spent[0]
    assert np.flatnonzero(np.diff(states)) == pytest.approx([29, 59, 89], abs=3)


def test_a_cluster_that_nobody_is_in_keeps_its_centroid() -> None:
    values = np.zeros((10, 1))
    centroids, states = jump.fit(values, np.array([[0.1], [50.0]]), 1.0, 5)
    assert centroids.tolist() == [[0.0], [50.0]]
    assert set(states) == {0}
