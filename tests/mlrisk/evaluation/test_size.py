"""False alarms and power of every test, on worlds where the answer is known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy.stats import binom

from mlrisk.evaluation import bootstrap, multiple_comparison
from mlrisk.evaluation.efficiency import mincer_zarnowitz
from mlrisk.evaluation.superiority import diebold_mariano
from tests.mlrisk.evaluation import worlds

HORIZON = worlds.HORIZON


def shares(p_values: list[tuple[float, float]]) -> tuple[float, float]:
    """Per cent of each p-value that lie below 5 %."""
    robust, hln = (np.array(p_values) < 0.05).mean(axis=0) * 100
    return float(robust), float(hln)


def compared(
    differences: worlds.FloatArray, members: npt.NDArray[np.bool_] | None = None
) -> tuple[float, float]:
    results = [
        diebold_mariano(row, HORIZON, None if members is None else members[place])
        for place, row in enumerate(differences)
    ]
    return shares([(result.p_value, result.hln_p_value) for result in results])


def test_both_tests_hold_their_size_where_only_overlap_correlates_losses() -> None:
    shocks = np.random.default_rng(1).standard_normal((3_000, 1_000 + HORIZON - 1))
    overlapping = np.lib.stride_tricks.sliding_window_view(shocks, HORIZON, axis=1).sum(axis=2)
    robust, hln = compared(overlapping)
    assert robust == pytest.approx(5, abs=1.5)
    assert hln == pytest.approx(5, abs=1.5)


@pytest.mark.parametrize("count", [250, 2_500])
def test_forecasts_that_differ_for_weeks_want_the_long_run_variance(count: int) -> None:
    equal = worlds.losses(np.random.default_rng(2), 1_200, count, (0.5, 0.5))
    robust, hln = compared(equal[:, :, 1] - equal[:, :, 0])
    assert robust == pytest.approx(5, abs=1.5)
    assert hln > 8


def test_size_in_a_regime_that_comes_and_goes() -> None:
    rng = np.random.default_rng(3)
    equal = worlds.losses(rng, 1_000, 1_500, (0.5, 0.5))
    inside = worlds.autoregression(rng, (1_000, 1_500), 0.95) > 0.5
    assert 0.2 < inside.mean() < 0.4
    robust, _ = compared(equal[:, :, 1] - equal[:, :, 0], inside)
    assert robust == pytest.approx(5, abs=1.5)


def test_power_against_a_real_difference() -> None:
    noisier = worlds.losses(np.random.default_rng(4), 300, 2_500, (0.3, 0.7))
    differences = noisier[:, :, 1] - noisier[:, :, 0]
    results = [diebold_mariano(row, HORIZON) for row in differences]
    assert np.mean([result.p_value < 0.05 for result in results]) > 0.9
    assert np.mean([result.mean_difference > 0 for result in results]) > 0.99


def test_the_wald_test_passes_perfect_forecasts_and_finds_wrong_ones() -> None:
    realized, expected = worlds.perfect_forecasts(np.random.default_rng(5), 1_000, 1_000)
    pairs = list(zip(realized, expected, strict=True))
    p_values = [mincer_zarnowitz(y, h, HORIZON).p_value for y, h in pairs]
    assert np.mean(np.array(p_values) < 0.05) * 100 == pytest.approx(5, abs=1.5)
    for wrong in (lambda h: 0.7 * h, lambda h: h**1.3 * np.mean(h) / np.mean(h**1.3)):
        rejected = [mincer_zarnowitz(y, wrong(h), HORIZON).p_value < 0.05 for y, h in pairs[:200]]
        assert np.mean(rejected) > 0.8


def test_intervals_cover_what_they_say() -> None:
    equal = worlds.losses(np.random.default_rng(6), 100, 800, (0.5, 0.5))
    missed = 0
    for rows in equal:
        table = pd.DataFrame(rows, columns=["model", "rival"])
        interval = bootstrap.difference_intervals(
            table, "model", ["rival"], HORIZON, level=0.9, reps=150, seed=1
        )["rival"]
        missed += not interval.low <= 0 <= interval.high
    # What a true share of 10 % misses in all but one in a hundred such experiments.
    assert binom.ppf(0.005, 100, 0.1) <= missed <= binom.ppf(0.995, 100, 0.1)


def test_superior_predictive_ability_and_the_set_seldom_err_about_equals() -> None:
    """Where differences last for days; see ``multiple_comparison`` on those that last longer."""
    names = ["benchmark", "second", "third", "fourth"]
    equal = worlds.losses(np.random.default_rng(7), 60, 800, (0.3,) * 4, 0.5, shared=0)
    alarms = left_out = 0
    for rows in equal:
        table = pd.DataFrame(rows, columns=names)
        test = multiple_comparison.superior_predictive_ability(
            table, names[0], names, HORIZON, reps=150, seed=1
        )
        alarms += test.p_value < 0.1
        members = multiple_comparison.model_confidence_set(
            table, HORIZON, confidence=0.9, reps=150, seed=1
        )
        left_out += not all(member.included for member in members.values())
    most = binom.ppf(0.995, 60, 0.1)
    assert 1 <= alarms <= most
    assert 1 <= left_out <= most
