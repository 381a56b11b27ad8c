"""Pools of probabilities, their weights and the parts of their log-odds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn
from scipy.optimize import minimize

from mlrisk.forecast.base import BASELINE, FloatArray
from mlrisk.forecast.columns import Columns
from mlrisk.regime_forecast import pool, pool_weights
from mlrisk.regime_forecast.probabilities import published

PURGE = 5
EVERYBODY = np.array([True, True, True])


def draws(count: int, members: int, seed: int = 5) -> FloatArray:
    said = np.random.default_rng(seed).dirichlet([1, 1, 1], (count, members))
    return published(said.reshape(-1, 3)).reshape(said.shape)


def informed(count: int) -> tuple[FloatArray, FloatArray]:
    """Three members, each of whom sees the right log-odds with noise of their own."""
    rng = np.random.default_rng(4)
    right = rng.normal(size=(count, 1, 3)) * 1.5
    noise = rng.normal(size=(count, 3, 3)) * np.array([0.3, 0.8, 2.5])[:, np.newaxis]
    powers = np.exp(right + noise)
    said = published((powers / powers.sum(axis=2, keepdims=True)).reshape(-1, 3))
    chances = np.exp(right[:, 0]) / np.exp(right[:, 0]).sum(axis=1, keepdims=True)
    outcomes = (rng.random((count, 1)) > chances.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    return said.reshape(powers.shape), outcomes.astype(np.float64)


def test_the_geometric_pool_averages_log_odds() -> None:
    said, weights = draws(50, 3), np.array([0.5, 0.3, 0.2])
    mean = pool.pooled("geometric", weights, said)
    for above, below in ((2, 0), (1, 0)):
        odds = np.log(said[:, :, above] / said[:, :, below]) @ weights
        np.testing.assert_allclose(np.log(mean[:, above] / mean[:, below]), odds, atol=1e-4)


def test_the_linear_pool_averages_probabilities() -> None:
    said, weights = draws(50, 3), np.array([0.5, 0.3, 0.2])
    mean = pool.pooled("linear", weights, said)
    np.testing.assert_allclose(mean, np.einsum("imk,m->ik", said, weights), atol=2e-8)


@given(
    stn.arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 4), st.just(3)),
               elements=st.floats(0.0, 1.0)),
    st.sampled_from(sorted(pool.POOLS)),
)  # fmt: skip
def test_any_pool_is_whole_or_null(said: FloatArray, kind: str) -> None:
    totals = said.sum(axis=2, keepdims=True)
    said = np.where(totals > 0, said / np.where(totals > 0, totals, 1.0), np.nan)
    said = published(said.reshape(-1, 3)).reshape(said.shape)
    weights = np.arange(1.0, said.shape[1] + 1)
    mean = pool.pooled(kind, weights / weights.sum(), said)
    anybody = np.isfinite(said).all(axis=2).any(axis=1)
    assert np.isnan(mean[~anybody]).all()
    assert np.abs(mean[anybody].sum(axis=1) - 1).max(initial=0) < 1e-15
    assert ((mean[anybody] >= 0) & (mean[anybody] <= 1)).all()
    np.testing.assert_array_equal(published(mean), mean)
    nobody = (np.nan_to_num(said) == 0).all(axis=1)
    assert (mean[nobody & anybody[:, np.newaxis]] == 0).all(), "what all rule out is ruled out"


def test_nobody_has_a_veto_and_the_absent_leave_their_weight_to_the_others() -> None:
    said = np.array([[[1.0, 0.0, 0.0], [0.2, 0.3, 0.5]], [[np.nan] * 3, [0.2, 0.3, 0.5]]])
    mean = pool.pooled("geometric", np.array([0.5, 0.5]), said)
    assert (mean[0] > 0).all()
    np.testing.assert_array_equal(mean[1], said[1, 1])


def test_parts_add_up_to_the_log_odds_and_share_the_weights() -> None:
    said, weights = draws(40, 2), np.array([0.6, 0.4])
    odds = np.log(said[:, :, 2] / said[:, :, 0])
    rng = np.random.default_rng(1)
    tables = []
    told = Columns.of([["a", "b"], ["b", "c"]])
    for place, columns in enumerate((["a", "b"], ["b", "c"])):
        own = pd.DataFrame(rng.normal(size=(40, 2)), columns=columns)
        tables.append(own.assign(**{BASELINE: odds[:, place] - own.sum(axis=1)}))
    mean = pool.pooled("geometric", weights, said)
    cooled = published(mean**0.5 / (mean**0.5).sum(axis=1, keepdims=True))
    shares = pool.row_shares(weights, said)
    arrays = [table.to_numpy() for table in tables]
    mixed = pool.parts_of_log_odds(shares, arrays, told, np.full(40, 0.5), cooled)
    parts = pd.DataFrame(mixed, columns=[*told.names, BASELINE])
    np.testing.assert_allclose(parts.sum(axis=1), np.log(cooled[:, 2] / cooled[:, 0]), atol=1e-12)
    first, second = tables
    both = 0.5 * (0.6 * first["b"] + 0.4 * second["b"])
    np.testing.assert_allclose(parts["b"], both, rtol=1e-12)
    np.testing.assert_allclose(parts["c"], 0.5 * 0.4 * second["c"], rtol=1e-12)
    # The baseline is the members' own, but for the rounding of what is published.
    own_baseline = 0.5 * (0.6 * first[BASELINE] + 0.4 * second[BASELINE])
    np.testing.assert_allclose(parts[BASELINE], own_baseline, atol=1e-3)


def test_a_member_that_cannot_tell_its_parts_is_in_the_baseline() -> None:
    said = draws(10, 2)
    own = np.column_stack([np.ones(10), np.zeros(10)])
    mean = pool.pooled("geometric", np.array([0.5, 0.5]), said)
    shares = pool.row_shares(np.array([0.5, 0.5]), said)
    told = Columns.of([["a"], []])
    parts = pool.parts_of_log_odds(shares, [own, np.zeros((10, 1))], told, np.ones(10), mean)
    assert parts.shape == (10, 2)
    assert (parts[:, 0] == 0.5).all()
    np.testing.assert_allclose(parts.sum(axis=1), pool.log_odds(mean), atol=1e-12)


@pytest.mark.parametrize("kind", pool.POOLS)
def test_stacked_weights_have_the_least_log_loss(kind: str) -> None:
    said, outcomes = informed(1500)
    places = np.arange(len(outcomes)), outcomes.astype(int)

    def loss(free: FloatArray) -> float:
        weights = np.exp(free) / np.exp(free).sum()
        mean = pool.POOLS[kind](np.tile(weights, (len(said), 1)), said)
        return float(-np.log(mean[places]).mean())

    best = minimize(
        loss, np.zeros(3), method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-12}
    )
    wanted = np.exp(best.x) / np.exp(best.x).sum()
    found = pool_weights.stacked_weights(said, outcomes, EVERYBODY, kind, 250, 0.0)
    np.testing.assert_allclose(found, wanted, atol=2e-3)
    drawn = pool_weights.stacked_weights(said, outcomes, EVERYBODY, kind, 250, 1e3)
    np.testing.assert_allclose(drawn, 1 / 3, atol=1e-3)


def test_who_has_no_history_keeps_an_equal_share_and_who_is_absent_none() -> None:
    said, outcomes = informed(400)
    said[:300, 2] = np.nan
    found = pool_weights.stacked_weights(said, outcomes, EVERYBODY, "geometric", 250, 0.01)
    assert found[2] == pytest.approx(1 / 3)
    assert found.sum() == pytest.approx(1)
    assert found[0] > found[1]
    two = pool_weights.equal_weights(said, outcomes, np.array([True, False, True]))
    assert two.tolist() == [0.5, 0.0, 0.5]
    nobody = pool_weights.equal_weights(said, outcomes, np.array([False] * 3))
    assert nobody.tolist() == [0.0] * 3


@settings(max_examples=4)
@given(st.integers(150, 399))
@pytest.mark.parametrize("kind", pool.POOLS)
def test_the_future_changes_no_weight(kind: str, cut: int) -> None:
    said, outcomes = informed(400)
    starts: npt.NDArray[np.intp] = np.arange(0, 400, 21)
    present = np.ones((len(starts), 3), dtype=bool)
    rule = pool_weights.rule("stacked", kind, 100, 0.01)
    whole = pool_weights.walk(rule, said, outcomes, starts, present, PURGE)
    changed = np.where(np.arange(400)[:, None, None] < cut, said, said[:, ::-1])
    known = np.where(np.arange(400) + PURGE < cut, outcomes, np.nan)
    other = pool_weights.walk(rule, changed, known, starts, present, PURGE)
    before = starts < cut
    np.testing.assert_array_equal(other[before], whole[before])
    assert (whole[starts > 150] != whole[0]).any()
