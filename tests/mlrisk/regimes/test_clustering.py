"""Clusters against scipy and scikit-learn, and what happens where there are none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from mlrisk.regimes import clustering
from mlrisk.regimes.clustering import Clusters, Method
from mlrisk.regimes.inputs import RegimeError, Scale

METHODS: tuple[Method, ...] = ("gmm", "kmeans", "minibatch_kmeans", "jump")
CENTRES = np.array([[-1.0, 1.0], [0.0, -1.0], [1.5, 0.5]])


@pytest.fixture(scope="module")
def ids() -> np.ndarray:
    return np.repeat([0, 1, 0, 2, 1, 2], 50)


@pytest.fixture(scope="module")
def values(ids: np.ndarray) -> np.ndarray:
    return CENTRES[ids] + 0.25 * np.random.default_rng(0).standard_normal((len(ids), 2))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_what_is_there(
    method: Method, values: np.ndarray, ids: np.ndarray
) -> None:
    found = clustering.first(values, method, 3, penalty=5.0, seed=1)
    assert adjusted_rand_score(found.assigned(values, method, 5.0), ids) > 0.9
    order = np.argsort(found.means[:, 0])
    assert found.means[order] == pytest.approx(CENTRES, abs=0.15)
    assert found.weights.sum() == pytest.approx(1, abs=1e-15)
    for fitted in (*found.means.ravel(), *found.covariances.ravel()):
        assert fitted == float(f"{fitted:.5e}")
    for number, count in enumerate(np.bincount(found.assigned(values, method, 5.0))):
        assert found.weights[number] == pytest.approx(count / len(ids), abs=0.02)
    again = clustering.refit(values, found, method, 5.0, 1)
    assert again.means == pytest.approx(found.means, abs=0.08)


def test_densities_and_responsibilities_are_those_of_the_libraries(values: np.ndarray) -> None:
    found = clustering.first(values, "gmm", 3, 0.0, 1)
    for number, density in enumerate(found.log_density(values).T):
        known = multivariate_normal(found.means[number], found.covariances[number])
        assert density == pytest.approx(known.logpdf(values))
    mixture = GaussianMixture(3)
    mixture.weights_, mixture.means_ = found.weights, found.means
    mixture.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(found.covariances))
    assert found.responsibilities(values) == pytest.approx(mixture.predict_proba(values), abs=1e-9)
    assert found.distances(values)[7, 2] == pytest.approx(
        np.linalg.norm(values[7] - found.means[2])
    )


def test_the_criterion_is_scikit_learns_and_finds_the_number(values: np.ndarray) -> None:
    scores = clustering.information_criteria(values, 1)
    assert list(scores) == [3, 4, 5]
    assert min(scores, key=scores.__getitem__) == 3
    found = clustering.first(values, "gmm", 3, 0.0, 1)
    parameters = 2 + 3 * 2 + 3 * 3
    joint = np.exp(found.log_density(values)) @ found.weights
    by_hand = parameters * np.log(len(values)) - 2 * np.log(joint).sum()
    assert scores[3] == pytest.approx(by_hand, abs=0.1)


def test_other_units_change_no_cluster(values: np.ndarray) -> None:
    found = clustering.first(values, "gmm", 3, 0.0, 1)
    old = Scale(np.array([3.0, -1.0]), np.array([2.0, 0.1]))
    new = Scale(np.array([2.0, 0.0]), np.array([0.5, 0.3]))
    moved = found.rescaled(old, new)
    there = new.standardised(old.restored(values))
    assert moved.responsibilities(there) == pytest.approx(found.responsibilities(values), abs=1e-9)
    back = moved.rescaled(new, old)
    assert back.means == pytest.approx(found.means)
    assert back.covariances == pytest.approx(found.covariances)


@pytest.mark.parametrize("method", METHODS)
def test_more_clusters_than_distinct_sessions_is_an_error(method: Method) -> None:
    values = np.resize([[0.0, 1.0], [1.0, 0.0]], (80, 2))
    with pytest.raises(
        RegimeError, match=r"3 clusters .* 80 sessions have 2 distinct.*conf/regimes"
    ):
        clustering.first(values, method, 3, 1.0, 1)
    assert clustering.information_criteria(values, 1) == {}


def test_a_first_cluster_without_sessions_is_an_error(values: np.ndarray) -> None:
    with pytest.raises(RegimeError, match=r"hold no session.*clusters or regimes.jump_penalty"):
        clustering.first(values, "jump", 3, penalty=1e9, seed=1)


def test_a_point_like_cluster_keeps_a_density() -> None:
    values = np.vstack([np.zeros((40, 2)), np.ones((40, 2)), [[5.0, 5.0]]])
    for method in METHODS:
        found = clustering.first(values, method, 3, 0.1, 1)
        assert np.isfinite(found.log_density(values)).all()
        assert (np.linalg.eigvalsh(found.covariances) >= clustering.FLOOR / 2).all()


def test_nulls_are_assigned_without_a_word(values: np.ndarray) -> None:
    found: Clusters = clustering.first(values, "gmm", 3, 0.0, 1)
    holed = np.vstack([values[:5], [[np.nan, 1.0]]])
    for method in METHODS:
        assert len(found.assigned(holed, method, 1.0)) == 6
    assert np.isnan(found.log_density(holed)[5]).all()
    assert np.isnan(found.distances(holed)[5]).all()
