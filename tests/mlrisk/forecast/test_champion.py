"""Who is mixed, and who leads: weights over learners at each refit."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np
import pandas as pd

from mlrisk.evaluation.losses import known_losses
from mlrisk.forecast import champion, weights
from mlrisk.forecast.base import FloatArray
from mlrisk.forecast.roster import COMBINATIONS
from mlrisk.forecast.walks import Walks

NAMES = ("har", "har_vix", "late")
RULES = champion.rules(half_life=60, kept=0.5, min_scored=50, shrinkage=0.01)


def world(count: int = 210, every: int = 21) -> tuple[Walks, FloatArray]:
    """One poor learner, one good one, and one that begins after 105 sessions."""
    draw = np.random.default_rng(4)
    level = -7 + 0.5 * draw.normal(size=count)
    realized = np.exp(level) * draw.gamma(2.5, 1 / 2.5, count)
    variances = np.exp(level[:, np.newaxis] + draw.normal(size=(count, 3)) * [0.8, 0.1, 0.2])
    variances[:105, 2] = np.nan
    fold = np.arange(count) // every
    versions = np.full((count // every, 3), "v", dtype=object)
    versions[:5, 2] = ""
    dates = pd.bdate_range("2020-01-01", periods=count)
    return Walks(NAMES, dates, fold, variances, np.sqrt(variances), versions), realized


def given() -> dict[str, FloatArray]:
    walks, realized = world()
    return champion.combinations(walks, realized, known_losses, RULES, ["har_vix", "late"], 5)


def test_each_combination_of_the_roster_has_a_rule() -> None:
    assert tuple(RULES) == COMBINATIONS


def test_only_members_have_a_weight_and_only_while_they_are_there() -> None:
    for name, table in given().items():
        assert table.shape == (10, 3)
        assert (table[:, 0] == 0).all(), name
        assert (table[:5, 2] == 0).all(), name
        np.testing.assert_allclose(table.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(given()["combination_equal"][5:, 1:], 0.5)


def led(
    candidates: list[str], proven: Mapping[str, bool] | None = None
) -> tuple[FloatArray, FloatArray]:
    walks, realized = world()

    def proof(differences: Mapping[int, FloatArray]) -> list[int]:
        return [place for place in differences if (proven or {}).get(candidates[place])]

    rule = functools.partial(weights.leader, min_scored=50, proven=proof)
    return champion.champion(walks, realized, known_losses, given(), candidates, rule, 5)


def test_the_first_candidate_leads_with_its_own_weights() -> None:
    chosen, table = led(["combination_equal", "har_vix", "har"])
    assert chosen[:, 0].tolist() == [1] * 10
    np.testing.assert_array_equal(table, given()["combination_equal"])


def test_a_learner_that_has_proven_better_takes_over_once_it_has_been_scored() -> None:
    chosen, table = led(["har", "har_vix"], {"har_vix": True})
    # 50 losses are known at the refit of session 63, whose last known forecast is that of 58.
    assert chosen[:, 1].tolist() == [0, 0, 0] + [1] * 7
    assert table[0].tolist() == [1, 0, 0]
    assert table[-1].tolist() == [0, 1, 0]


def test_a_candidate_that_is_not_there_is_passed_over() -> None:
    chosen, table = led(["late", "har_vix"])
    assert chosen[:, 0].tolist() == [0] * 5 + [1] * 5
    assert table[0].tolist() == [0, 1, 0]
