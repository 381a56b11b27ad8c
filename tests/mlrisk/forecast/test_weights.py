"""Weights of a combination: what each rule does, and that it sees the past alone."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.evaluation.losses import known_losses
from mlrisk.forecast import weights
from mlrisk.forecast.base import FloatArray
from mlrisk.forecast.weights import Past


def by_mean(differences: Mapping[int, FloatArray]) -> list[int]:
    """A proof that is had easily."""
    return [place for place, values in differences.items() if values.mean() > 0.02]


RULES: dict[str, weights.Rule] = {
    "equal": weights.equal_weights,
    "discounted": functools.partial(weights.discounted_weights, half_life=60),
    "trimmed": functools.partial(weights.trimmed_weights, kept=0.5),
    "stacked": functools.partial(weights.stacked_weights, min_scored=50, shrinkage=0.01),
    "leader": functools.partial(weights.leader, min_scored=50, proven=by_mean),
}


def world(seed: int, noise: tuple[float, ...] = (0.1, 0.3, 0.6), count: int = 300) -> Past:
    """Members that know the log variance up to noise of their own; the last one begins late."""
    draw = np.random.default_rng(seed)
    log_variance = -7 + 0.5 * draw.normal(size=count)
    realized = np.exp(log_variance) * draw.gamma(2.5, 1 / 2.5, count)
    errors = draw.normal(size=(count, len(noise))) * noise
    variances = np.exp(log_variance[:, np.newaxis] + errors)
    variances[:100, -1] = np.nan
    return past(variances, realized)


def past(variances: FloatArray, realized: FloatArray) -> Past:
    return Past(variances, realized, known_losses(realized, variances))


@pytest.mark.parametrize("name", RULES)
@given(
    seed=st.integers(0, 1000),
    stop=st.integers(0, 300),
    present=st.lists(st.booleans(), min_size=3, max_size=3),
)
def test_weights_are_shares_of_those_present(
    name: str, seed: int, stop: int, present: list[bool]
) -> None:
    there = np.array(present)
    given_ = RULES[name](world(seed).until(stop), there)
    assert (given_ >= 0).all()
    assert (given_[~there] == 0).all()
    assert given_.sum() == pytest.approx(1.0 if there.any() else 0.0)


@pytest.mark.parametrize("name", RULES)
@given(seed=st.integers(0, 100), cut=st.integers(0, 299))
def test_no_weight_knows_what_came_later(name: str, seed: int, cut: int) -> None:
    whole = world(seed)
    starts, present = np.arange(0, 300, 21), np.ones((15, 3), dtype=bool)
    other = world(seed + 1)
    # Up to the cut forecasts are known, and what was realised after forecasts five sessions older.
    variances, realized = other.variances.copy(), other.realized.copy()
    variances[: cut + 1] = whole.variances[: cut + 1]
    realized[: max(cut - 5, -1) + 1] = whole.realized[: max(cut - 5, -1) + 1]
    first = weights.walk(RULES[name], whole, starts, present, purge=5)
    second = weights.walk(RULES[name], past(variances, realized), starts, present, purge=5)
    decided = starts <= cut
    np.testing.assert_array_equal(first[decided], second[decided])


def test_the_last_loss_a_refit_may_use_is_five_sessions_old() -> None:
    seen: list[int] = []

    def rule(known: Past, present: np.ndarray) -> FloatArray:
        seen.append(len(known.losses))
        return weights.equal_weights(known, present)

    weights.walk(rule, world(1), np.array([0, 3, 21]), np.ones((3, 3), dtype=bool), purge=5)
    # The forecast of session 16 is realised by the close of session 21.
    assert seen == [0, 0, 17]


def test_members_are_compared_on_the_dates_they_share() -> None:
    losses = np.array([[4.0, np.nan], [4.0, np.nan], [1.0, 1.0], [1.0, 1.0]])
    np.testing.assert_allclose(weights.relative_losses(losses, np.inf), [10 / 10, 1.0])
    assert weights.relative_losses(losses[:2], np.inf)[1] == 1.0


def test_a_loss_counts_half_after_the_half_life() -> None:
    losses = np.array([[3.0, 1.0], [1.0, 3.0]])
    own = (0.25 * 3 + 0.5 * 1) / (0.25 * 2 + 0.5 * 2)
    assert weights.relative_losses(losses, 1.0)[0] == pytest.approx(own)


def test_the_better_member_gets_more() -> None:
    known, everyone = world(3), np.ones(3, dtype=bool)
    for name in ("discounted", "stacked"):
        given_ = RULES[name](known, everyone)
        assert given_[0] > given_[1] > given_[2] >= 0, name
    assert RULES["trimmed"](known, everyone).tolist() == [0.5, 0.5, 0]


def test_stacked_weights_are_the_best_on_a_grid() -> None:
    known, everyone = world(5, noise=(0.4, 0.5), count=400), np.ones(2, dtype=bool)
    known = past(np.where(np.isnan(known.variances), 1e-3, known.variances), known.realized)
    rule = functools.partial(weights.stacked_weights, min_scored=50, shrinkage=0.0)
    grid = np.linspace(0, 1, 1001)
    logs = np.log(known.variances)
    mixed = np.exp(logs[:, [0]] * grid + logs[:, [1]] * (1 - grid))
    best = grid[known_losses(known.realized, mixed).mean(axis=0).argmin()]
    assert rule(known, everyone)[0] == pytest.approx(best, abs=2e-3)


def test_strong_shrinkage_is_an_equal_weight() -> None:
    rule = functools.partial(weights.stacked_weights, min_scored=50, shrinkage=1e4)
    np.testing.assert_allclose(rule(world(7), np.ones(3, dtype=bool)), 1 / 3, atol=1e-3)


def test_who_has_too_few_losses_keeps_an_equal_share_and_cannot_lead() -> None:
    known, everyone = world(9, noise=(0.3, 0.6, 0.01)).until(120), np.ones(3, dtype=bool)
    assert RULES["stacked"](known, everyone)[2] == pytest.approx(1 / 3)
    assert RULES["leader"](known, everyone).tolist() == [1, 0, 0]


def test_the_first_candidate_leads_unless_another_is_proven_better() -> None:
    known, everyone = world(3, noise=(0.6, 0.3, 0.1)), np.ones(3, dtype=bool)
    asked: list[dict[int, FloatArray]] = []

    def nobody(differences: Mapping[int, FloatArray]) -> list[int]:
        asked.append(dict(differences))
        return []

    rule = functools.partial(weights.leader, min_scored=50, proven=nobody)
    assert rule(known, everyone).tolist() == [1, 0, 0]
    assert {place: len(values) for place, values in asked[0].items()} == {1: 300, 2: 200}
    np.testing.assert_array_equal(asked[0][1], known.losses[:, 0] - known.losses[:, 1])
    assert RULES["leader"](known, everyone).tolist() == [0, 0, 1]


def test_the_first_candidate_leads_while_there_is_nothing_to_go_by() -> None:
    nothing = world(1).until(0)
    assert RULES["leader"](nothing, np.array([False, True, True])).tolist() == [0, 1, 0]
