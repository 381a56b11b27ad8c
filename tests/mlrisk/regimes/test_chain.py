"""The filter against enumeration and hmmlearn; learning against chains that are known."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hmmlearn.hmm import GaussianHMM
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk.regimes import chain
from mlrisk.regimes.chain import Chain
from mlrisk.regimes.clustering import Clusters

THREE = Chain.of(
    np.array([0.5, 0.3, 0.2]),
    np.array([[0.9, 0.07, 0.03], [0.1, 0.8, 0.1], [0.01, 0.09, 0.9]]),
)


def by_enumeration(log_likelihood: np.ndarray, model: Chain) -> np.ndarray:
    """Probability of the last state: the weight of all paths that end in it."""
    weights = np.zeros(log_likelihood.shape[1])
    for path in product(range(len(weights)), repeat=len(log_likelihood)):
        weight = model.start[path[0]]
        for one, next_ in pairwise(path):
            weight *= model.transition[one, next_]
        said = log_likelihood[range(len(path)), path]
        weights[path[-1]] += weight * np.exp(np.nan_to_num(said).sum())
    return weights / weights.sum()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_filter_is_the_sum_over_all_paths(seed: int) -> None:
    rng = np.random.default_rng(seed)
    said = rng.normal(scale=3, size=(5, 3))
    said[rng.integers(5)] = np.nan
    found = chain.filtered(said, THREE)
    for at in range(len(said)):
        assert found[at] == pytest.approx(by_enumeration(said[: at + 1], THREE), abs=1e-12)


def test_filter_is_hmmlearns_posterior_of_the_last_session() -> None:
    rng = np.random.default_rng(2)
    clusters = Clusters.of(
        rng.normal(size=(3, 2)), np.tile(np.eye(2) * 0.8, (3, 1, 1)), np.full(3, 1 / 3)
    )
    model = GaussianHMM(3, covariance_type="full")
    model.startprob_, model.transmat_ = THREE.start, THREE.transition
    model.means_, model.covars_ = clusters.means, clusters.covariances
    values = rng.normal(size=(60, 2))
    found = chain.filtered(clusters.log_density(values), THREE)
    for last in (1, 7, 60):
        assert found[last - 1] == pytest.approx(model.predict_proba(values[:last])[-1], abs=1e-10)


def test_no_day_is_so_odd_that_a_probability_is_null() -> None:
    said = np.array([[0.0, -1e6, -1e6], [-1e6, 0.0, -2e6], [-1e300, -1e300, -1e299]])
    found = chain.filtered(said, THREE)
    assert np.isfinite(found).all()
    assert found.argmax(axis=1).tolist() == [0, 1, 2]


def test_five_sessions_on() -> None:
    now = np.array([[1.0, 0.0, 0.0], [0.2, 0.3, 0.5]])
    ahead = now
    for _ in range(5):
        ahead = ahead @ THREE.transition
    assert chain.propagated(now, THREE, 5) == pytest.approx(ahead)


@pytest.fixture(scope="module")
def path() -> np.ndarray:
    """3,000 states of ``THREE``."""
    rng = np.random.default_rng(8)
    states = [0]
    for _ in range(2999):
        states.append(int(rng.choice(3, p=THREE.transition[states[-1]])))
    return np.array(states)


def test_transitions_are_found_through_inputs(path: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    means = np.array([[-2.0], [0.0], [2.5]])
    clusters = Clusters.of(means, np.full((3, 1, 1), 0.25), np.full(3, 1 / 3))
    values = means[path] + 0.5 * rng.normal(size=(len(path), 1))
    found = chain.of_inputs(values, clusters, None, stickiness=0.0, evidence=1.0)
    assert found.transition == pytest.approx(THREE.transition, abs=0.03)
    assert found.transition.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-15)
    sticky = chain.of_inputs(values, clusters, None, stickiness=5000.0, evidence=1.0)
    assert (np.diag(sticky.transition) > 0.97).all()
    again = chain.of_inputs(values, clusters, found, stickiness=0.0, evidence=1.0)
    assert again.transition == pytest.approx(found.transition, abs=1e-4)


def test_less_evidence_changes_state_less_often(path: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    means = np.array([[-1.0], [0.0], [1.0]])
    clusters = Clusters.of(means, np.ones((3, 1, 1)), np.full(3, 1 / 3))
    values = means[path] + rng.normal(size=(len(path), 1))
    changes = []
    for evidence in (1.0, 0.2):
        model = chain.of_inputs(values, clusters, None, 100.0, evidence)
        found = chain.filtered(evidence * clusters.log_density(values), model)
        changes.append(np.count_nonzero(np.diff(found.argmax(axis=1))))
    assert changes[1] < changes[0] / 2


def test_transitions_and_emissions_are_found_through_numbers(path: np.ndarray) -> None:
    rng = np.random.default_rng(6)
    seen = np.where(rng.random(len(path)) < 0.1, rng.integers(3, size=len(path)), path)
    found = chain.of_ids(seen, 3, None, stickiness=0.0, evidence=1.0)
    assert found.emission is not None
    assert found.transition == pytest.approx(THREE.transition, abs=0.04)
    assert found.emission == pytest.approx(np.full((3, 3), 0.1 / 3) + 0.9 * np.eye(3), abs=0.04)


def test_every_state_has_a_way_out_even_if_it_was_never_left() -> None:
    for found in (
        chain.counted(np.zeros(200, dtype=np.int64), 3, 50.0),
        chain.of_ids(np.zeros(200, dtype=np.int64), 3, None, 50.0, 1.0),
    ):
        assert (found.transition > 1e-3).all()
        assert (found.start > 0).all()


def test_counted_transitions_hold_the_prior() -> None:
    found = chain.counted(np.array([0, 0, 1, 1, 1, 0]), 2, 10.0)
    assert found.transition == pytest.approx(
        np.array([[11 / 13, 2 / 13], [2 / 14, 12 / 14]]), rel=1e-5
    )


def test_what_is_learnt_is_rounded_before_it_is_used(path: np.ndarray) -> None:
    found = chain.of_ids(path, 3, None, 10.0, 1.0)
    # Rows are six digits over their sum, which is one but for those.
    assert found.transition == pytest.approx(np.round(found.transition, 6), abs=2e-6)
    nudged = Chain.of(found.start * (1 + 1e-13), found.transition * (1 - 1e-13))
    assert np.array_equal(nudged.transition, Chain.of(found.start, found.transition).transition)
