"""Superior predictive ability and the confidence set: who wins, who stays, and invariances."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk.evaluation.bootstrap import block_length
from mlrisk.evaluation.long_run import InferenceError
from mlrisk.evaluation.multiple_comparison import (
    Membership,
    model_confidence_set,
    superior_predictive_ability,
    with_the_sample,
)
from mlrisk.evaluation.superiority import diebold_mariano
from tests.mlrisk.evaluation import worlds

HORIZON = worlds.HORIZON
DRAWS = {"reps": 200, "seed": 3}


@pytest.fixture(scope="module")
def losses() -> pd.DataFrame:
    noises = (0.2, 0.25, 0.6, 1.2)
    rows = worlds.losses(np.random.default_rng(5), 1, 2_000, noises, shared=0.1)[0]
    return pd.DataFrame(rows, columns=["best", "near", "worse", "bad"])


def test_a_worse_benchmark_is_found_out_and_the_best_is_not(losses: pd.DataFrame) -> None:
    worse = superior_predictive_ability(losses, "worse", list(losses), HORIZON, **DRAWS)
    assert worse.best_rival in {"best", "near"}
    assert worse.p_value < 0.05
    best = superior_predictive_ability(losses, "best", list(losses), HORIZON, **DRAWS)
    assert best.p_value > 0.1
    assert best.n_obs == 2_000


def test_the_statistic_is_that_of_the_best_comparison(losses: pd.DataFrame) -> None:
    result = superior_predictive_ability(losses, "worse", list(losses), HORIZON, **DRAWS)
    others = {
        name: diebold_mariano((losses["worse"] - losses[name]).to_numpy(), HORIZON).statistic
        for name in ("best", "near", "bad")
    }
    assert result.best_rival == max(others, key=others.__getitem__)
    assert result.statistic == pytest.approx(max(others.values()))


def test_bounds_lie_around_the_consistent_p_value(losses: pd.DataFrame) -> None:
    for name in losses:
        result = superior_predictive_ability(losses, name, list(losses), HORIZON, **DRAWS)
        assert result.p_value_lower <= result.p_value <= result.p_value_upper


def test_a_noisy_rival_drowns_nobody(losses: pd.DataFrame) -> None:
    """Were means not divided by their errors, the wild rival's would be all the test sees."""
    noise = 200 * np.random.default_rng(1).standard_normal(2_000)
    wild = losses.assign(wild=losses["worse"] + noise - noise.mean() + 1)
    result = superior_predictive_ability(wild, "worse", list(wild), HORIZON, **DRAWS)
    assert result.best_rival in {"best", "near"}
    assert result.p_value < 0.05


def test_the_set_keeps_the_best_and_drops_the_clearly_worse(losses: pd.DataFrame) -> None:
    members = model_confidence_set(losses, HORIZON, confidence=0.9, **DRAWS)
    assert list(members) == list(losses)
    assert members["best"].included
    assert not members["worse"].included
    assert not members["bad"].included
    assert max(member.p_value for member in members.values()) == 1
    assert all(member.included == (member.p_value > 0.1) for member in members.values())


def test_a_set_of_higher_confidence_holds_that_of_lower(losses: pd.DataFrame) -> None:
    kept = [
        {
            name
            for name, member in model_confidence_set(
                losses, HORIZON, confidence=confidence, **DRAWS
            ).items()
            if member.included
        }
        for confidence in (0.5, 0.9, 0.999)
    ]
    assert kept[0] <= kept[1] <= kept[2]


@settings(max_examples=6)
@given(order=st.permutations(range(4)), scale=st.sampled_from([0.25, 1.0, 64.0]))
def test_order_and_scale_of_contenders(
    losses: pd.DataFrame, order: list[int], scale: float
) -> None:
    turned = losses.iloc[:, order] * scale
    expected = model_confidence_set(losses, HORIZON, confidence=0.9, **DRAWS)
    assert model_confidence_set(turned, HORIZON, confidence=0.9, **DRAWS) == expected
    one = superior_predictive_ability(losses, "near", list(losses), HORIZON, **DRAWS)
    other = superior_predictive_ability(turned, "near", list(turned), HORIZON, **DRAWS)
    assert (other.p_value, other.best_rival) == (one.p_value, one.best_rival)
    assert other.statistic == pytest.approx(one.statistic, rel=1e-9)


def test_the_same_forecast_under_two_names(losses: pd.DataFrame) -> None:
    twins = losses.assign(twin=losses["best"], other=losses["bad"])
    members = model_confidence_set(twins, HORIZON, confidence=0.9, **DRAWS)
    assert members["twin"] == members["best"]
    assert members["other"] == members["bad"]
    alone = twins[["best", "twin"]]
    same = Membership(1.0, True)
    assert model_confidence_set(alone, HORIZON, confidence=0.9, **DRAWS) == {
        "best": same,
        "twin": same,
    }
    result = superior_predictive_ability(alone, "best", ["twin"], HORIZON, **DRAWS)
    assert (result.statistic, result.p_value, result.block_length) == (0, 1, HORIZON)


def test_a_p_value_counts_the_sample_as_a_draw() -> None:
    assert with_the_sample(0.0, 999) == pytest.approx(1 / 1000)
    assert with_the_sample(1.0, 999) == 1


def test_blocks_are_those_of_the_differences(losses: pd.DataFrame) -> None:
    result = superior_predictive_ability(losses, "worse", ["best"], HORIZON, **DRAWS)
    gain = (losses["worse"] - losses["best"]).to_numpy()
    assert result.block_length == block_length(gain[:, None], HORIZON)


def test_errors_say_what_is_wrong(losses: pd.DataFrame) -> None:
    with pytest.raises(InferenceError, match="best has no rival to be compared with"):
        superior_predictive_ability(losses, "best", ["best"], HORIZON, **DRAWS)
    shifted = losses.assign(near=losses["best"] + 0.5)
    with pytest.raises(InferenceError, match=r"from that of best by -0\.5 in every session"):
        superior_predictive_ability(shifted, "best", ["near"], HORIZON, **DRAWS)
    with pytest.raises(InferenceError, match=r"another contender by -?0\.5 in every session"):
        model_confidence_set(shifted, HORIZON, confidence=0.9, **DRAWS)
    with pytest.raises(InferenceError, match="confidence is 90"):
        model_confidence_set(losses, HORIZON, confidence=90, **DRAWS)
    holed = losses.assign(near=losses["near"].where(losses.index != 9))
    with pytest.raises(InferenceError, match=r"the losses of near\[9\] is nan"):
        model_confidence_set(holed, HORIZON, confidence=0.9, **DRAWS)
