"""Coverage, width and calibration of intervals, against figures worked out by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from mlrisk.calendar import sessions
from mlrisk.evaluation import coverage

DAYS = sessions("2019-12-20", "2022-12-30")


def table_of(inside: list[bool], width: float = 0.02) -> pd.DataFrame:
    """Intervals from 0.01 on; what is outside lies 0.005 above, forecasts rise."""
    count = len(inside)
    return pd.DataFrame(
        {
            "date": DAYS[:count],
            "rv_5d": np.where(inside, 0.01 + width / 2, 0.01 + width + 0.005),
            "rv_5d_hat": np.linspace(0.01, 0.02, count),
            "low": 0.01,
            "high": 0.01 + width,
        }
    )


def test_figures_worked_out_by_hand() -> None:
    table = table_of([True, True, False, True, True, True, True, True, False])
    spans = {"old": (date(2019, 1, 1), date(2019, 12, 31)), "none": (date(1990, 1, 1),) * 2}
    got = coverage.figures(table, 0.9, spans)
    assert got["n_obs"] == 9
    assert got["coverage"] == pytest.approx(7 / 9)
    assert got["below"] == 0
    assert got["above"] == pytest.approx(2 / 9)
    assert got["by_tercile"] == pytest.approx({"low": 2 / 3, "middle": 1, "high": 2 / 3})
    # 2019-12-20, 23, 24, 26, 27, 30, 31 and two of January.
    assert got["by_year"] == pytest.approx({"2019": 6 / 7, "2020": 1 / 2})
    assert got["by_span"] == pytest.approx({"old": 6 / 7})
    assert got["worst_rolling"] is None
    assert got["mean_width"] == pytest.approx(0.02)
    assert got["interval_score"] == pytest.approx(0.02 + 2 / 0.1 * 0.005 * 2 / 9)


def test_what_lies_below_costs_as_much_as_what_lies_above() -> None:
    table = pd.DataFrame({"rv_5d": [1.0, 2, 3.5], "low": 2.0, "high": 3.0})
    np.testing.assert_allclose(coverage.interval_score(table, 0.8), [11, 1, 6])


def test_bounds_are_inside() -> None:
    table = pd.DataFrame({"rv_5d": [1.0, 2.0, 2.1], "low": 1.0, "high": 2.0})
    assert coverage.covered(table).tolist() == [True, True, False]


def test_the_interval_score_is_least_for_the_quantiles() -> None:
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"rv_5d": np.exp(rng.normal(size=50_000))})
    low, high = np.exp([-1.6448536, 1.6448536])

    def score(lower: float, upper: float) -> float:
        shown = table.assign(low=lower, high=upper)
        return float(coverage.interval_score(shown, 0.9).mean())

    best = score(low, high)
    assert best < min(score(low * 0.8, high), score(low, high * 0.9), score(low, high * 1.1))


def test_the_worst_window_is_named_by_its_last_date() -> None:
    inside = np.ones(600, dtype=bool)
    inside[200:250] = False
    worst = coverage.worst_rolling(pd.DatetimeIndex(DAYS[:600]), inside)
    assert worst == {"window": 250, "coverage": 0.8, "end_date": DAYS[249]}
    assert coverage.worst_rolling(pd.DatetimeIndex(DAYS[:249]), inside[:249]) is None


def test_a_rival_is_held_against_the_table() -> None:
    table = table_of([True] * 90 + [False] * 10)
    wide = table_of([True] * 90 + [False] * 10).assign(low=0.0, high=0.04)
    got = coverage.rival_figures(table, wide, 0.9)
    assert got["coverage"] == 1
    assert got["by_tercile"] == {"low": 1, "middle": 1, "high": 1}
    assert got["width_ratio"] == pytest.approx(0.5)
    assert got["interval_score"] == pytest.approx(0.04)
    assert got["score_ratio"] == pytest.approx((0.02 + 20 * 0.005 * 0.1) / 0.04)


def test_terciles_are_thirds_by_the_size_of_the_forecast() -> None:
    masks = coverage.terciles(pd.Series([5.0, 1, 3, 4, 2, 6]))
    assert {name: np.flatnonzero(mask).tolist() for name, mask in masks.items()} == {
        "low": [1, 4], "middle": [2, 3], "high": [0, 5],
    }  # fmt: skip
    assert coverage.terciles(pd.Series(dtype=float)) == {}


def test_uniform_transforms_pass_and_others_do_not() -> None:
    rng = np.random.default_rng(3)
    pit = rng.uniform(size=5_000)
    got = coverage.uniformity(pit, 5)
    assert got["n_obs"] == 1_000
    assert sum(got["histogram"]) == 1_000
    assert min(got["ks_p_value"], got["chi_square_p_value"]) > 0.05
    narrow = coverage.uniformity(0.5 + 0.8 * (pit - 0.5), 5)
    assert max(narrow["ks_p_value"], narrow["chi_square_p_value"]) < 1e-6
    assert narrow["std"] < got["std"]


def test_false_alarms_are_as_many_as_the_tests_say() -> None:
    rng = np.random.default_rng(4)
    found = [coverage.uniformity(rng.uniform(size=1_000), 5) for _ in range(400)]
    for name in ("ks_p_value", "chi_square_p_value"):
        assert np.mean([one[name] < 0.05 for one in found]) == pytest.approx(0.05, abs=0.03)


def test_too_few_origins_are_counted_and_not_tested() -> None:
    assert coverage.uniformity(np.full(100, 0.5), 5) == {"n_obs": 20}


def test_a_histogram_holds_both_ends() -> None:
    counts = coverage.histogram(np.array([0.0, 0.05, 0.1, 0.99, 1.0]), 10)
    assert counts.tolist() == [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]


def test_the_density_of_transforms_has_mean_one() -> None:
    shown = coverage.pit_histogram(np.random.default_rng(5).uniform(size=700), 5)
    assert shown["pit"].tolist() == pytest.approx([0.05 + 0.1 * k for k in range(10)])
    assert shown["density"].mean() == pytest.approx(1)


def test_coverage_over_time_is_that_of_the_last_sessions_of_each_month() -> None:
    table = table_of([True] * 300 + [False] * 50)
    shown = coverage.coverage_over_time({"90 %": table, "short": table[:100]})
    assert set(shown["series"]) == {"90 %"}
    assert shown["date"].is_monotonic_increasing
    assert shown["date"].dt.to_period("M").is_unique
    assert shown["coverage"].iloc[0] == 100
    assert shown["coverage"].iloc[-1] == pytest.approx(100 * 200 / 250)
    assert shown["date"].iloc[-1] == DAYS[349]


def test_the_fan_has_the_forecast_once_and_two_lines_a_level() -> None:
    table = table_of([True] * 60)
    shown = coverage.fan({"80 %": table, "90 %": table}, every=5, sessions=20)
    assert shown["series"].value_counts().to_dict() == dict.fromkeys(
        ["realized", "forecast", "80 % low", "80 % high", "90 % low", "90 % high"], 4
    )
    assert shown["date"].min() == DAYS[40]
    low = shown.loc[shown["series"] == "90 % low", "volatility"]
    assert low.tolist() == pytest.approx([100 * 0.01 * np.sqrt(252 / 5)] * 4)


def test_no_intervals_give_no_figures_and_no_lines() -> None:
    empty = table_of([])
    got = coverage.figures(empty, 0.9, {})
    assert got["n_obs"] == 0
    assert np.isnan(got["coverage"])
    assert coverage.coverage_over_time({"90 %": empty}).empty
    assert coverage.fan({"90 %": empty}, 5).empty
