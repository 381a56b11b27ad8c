"""What clusters bring, against a general optimiser and against the truth it is drawn from."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from mlrisk.regime_forecast.base import one_hot
from mlrisk.regime_forecast.filtered import emissions

TRUTH = np.array([[0.8, 0.2, 0.0], [0.3, 0.5, 0.2], [0.05, 0.25, 0.7]])


def drawn(count: int, concentration: float) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of clusters, uncertain where concentration is large, and regimes."""
    rng = np.random.default_rng(3)
    clusters = rng.dirichlet(np.full(3, concentration), count)
    chances = (clusters @ TRUTH).cumsum(axis=1)
    regimes = (rng.uniform(size=(count, 1)) > chances).sum(axis=1)
    return clusters, one_hot(np.minimum(regimes, 2).astype(float))


def test_it_is_the_posterior_mode() -> None:
    clusters, regimes = drawn(600, 0.5)

    def loss(free: np.ndarray) -> float:
        powers = np.exp(free.reshape(3, 3))
        matrix = powers / powers.sum(axis=1, keepdims=True)
        likelihood = np.log((clusters @ matrix)[regimes > 0]).sum()
        return float(-likelihood - 2.0 * np.log(matrix).sum())

    found = minimize(loss, np.zeros(9), method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-8})
    theirs = np.exp(found.x.reshape(3, 3))
    theirs /= theirs.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(emissions(clusters, regimes, 2.0), theirs, atol=2e-5)


@pytest.mark.parametrize("concentration", [0.05, 1.0])
def test_uncertain_clusters_do_not_mix_what_each_brings(concentration: float) -> None:
    clusters, regimes = drawn(20_000, concentration)
    np.testing.assert_allclose(emissions(clusters, regimes, 1.0), TRUTH, atol=0.05)
    averaged = clusters.T @ regimes / clusters.sum(axis=0)[:, np.newaxis]
    assert (np.abs(averaged - TRUTH).max() > 0.15) == (concentration == 1.0)


def test_a_cluster_that_never_was_brings_any_regime() -> None:
    clusters, regimes = np.tile([1.0, 0.0], (30, 1)), np.tile([1.0, 0.0, 0.0], (30, 1))
    matrix = emissions(clusters, regimes, 1.0)
    np.testing.assert_allclose(matrix, [[31 / 33, 1 / 33, 1 / 33], [1 / 3, 1 / 3, 1 / 3]])
