"""What a fit makes of a path of sessions, under every method and smoothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from mlrisk.regimes import tracking
from mlrisk.regimes.tracking import Recipe
from tests.mlrisk.regimes.conftest import RECIPE

EVERY = [
    replace(RECIPE, method=method, smoothing=smoothing)
    for method, smoothing in product(("gmm", "kmeans", "jump"), ("hmm", "ids", "none"))
]


@pytest.fixture(scope="module")
def values(features: pd.DataFrame) -> np.ndarray:
    table = features.assign(vol=np.log(features["vol"]))
    return table.drop(columns="date").to_numpy()[4:]


@pytest.mark.parametrize("recipe", EVERY, ids=lambda recipe: f"{recipe.method}-{recipe.smoothing}")
def test_states_are_found_and_numbered_by_volatility(
    recipe: Recipe, values: np.ndarray, truth: np.ndarray
) -> None:
    fit = tracking.first(values, 3, recipe)
    track = tracking.track(fit, values, 5, recipe)
    assert adjusted_rand_score(track.ids, truth[4:]) > 0.8
    assert pd.Series(values[:, 0]).groupby(track.ids).mean().is_monotonic_increasing
    for said in (track.probabilities, track.ahead):
        assert ((said >= 0) & (said <= 1)).all()
        assert np.abs(said.sum(axis=1) - 1).max() < 1e-12
        assert np.array_equal(said, np.round(said, 8))
    assert np.array_equal(track.ids, track.probabilities.argmax(axis=1))


@pytest.mark.parametrize("recipe", EVERY, ids=lambda recipe: f"{recipe.method}-{recipe.smoothing}")
def test_a_session_without_its_inputs_is_a_step_of_the_chain(
    recipe: Recipe, values: np.ndarray
) -> None:
    fit = tracking.first(values, 3, recipe)
    holed = values.copy()
    holed[100:110, 1] = np.nan
    track = tracking.track(fit, holed, 5, recipe)
    assert np.isfinite(track.probabilities).all()
    assert np.isfinite(track.ahead).all()
    for at in range(100, 110):
        step = track.probabilities[at - 1] @ fit.chain.transition
        assert track.probabilities[at] == pytest.approx(step, abs=3e-8)
    # Five steps without news are what five steps ahead said.
    assert track.probabilities[104] == pytest.approx(track.ahead[99], abs=3e-8)
    assert np.isnan(track.distances[100:110]).all()
    if recipe.smoothing == "none" and recipe.method != "jump":
        whole = tracking.track(fit, values, 5, recipe)
        assert np.array_equal(track.probabilities[110:], whole.probabilities[110:])


def test_rounding_leaves_nothing_over() -> None:
    said = np.random.default_rng(0).dirichlet(np.ones(5), 2000)
    rounded = tracking.published(said)
    assert np.abs(rounded.sum(axis=1) - 1).max() < 1e-15
    assert rounded == pytest.approx(said, abs=3e-8)
    assert tracking.published(np.array([[1.0, 1e-12, 0.0]])).tolist() == [[1.0, 0.0, 0.0]]
