"""Figures, the gate, and the data of the plots."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlrisk.evaluation import compare
from mlrisk.evaluation.losses import qlike


@pytest.fixture
def labels(table: pd.DataFrame) -> pd.DataFrame:
    return table[["date", "rv_5d"]]


@pytest.fixture
def forecasts(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    late = table.index >= 150

    def of(volatility: pd.Series) -> pd.DataFrame:
        return pd.DataFrame(
            {"date": table["date"], "var_5d_hat": volatility**2, "rv_5d_hat": volatility}
        )

    return {
        "rv20": of(table["vol_20d"] / 2),
        "vix": of(table["vix"] / 100 * np.sqrt(5 / 252)),
        "late": of((table["vol_5d"]).where(late)),
        "empty": of(table["vol_5d"]).iloc[:0],
    }


def test_each_contender_is_held_against_the_baseline_on_its_own_dates(
    labels: pd.DataFrame, forecasts: dict[str, pd.DataFrame]
) -> None:
    tables = compare.joined(labels, forecasts)
    assert "empty" not in tables
    known = labels["rv_5d"].notna().sum()
    assert len(tables["rv20"]) == len(tables["vix"]) == known
    assert len(tables["late"]) == known - 150
    alone = compare.joined(labels, {k: forecasts[k] for k in ("rv20", "vix")})
    pd.testing.assert_frame_equal(alone["vix"], tables["vix"])


def test_figures_are_relative_to_rv20_on_the_same_dates(
    labels: pd.DataFrame, forecasts: dict[str, pd.DataFrame]
) -> None:
    tables = compare.joined(labels, forecasts)
    late = tables["late"]
    values = compare.figures(late, floor=0.1)
    own = qlike(late["rv_5d"] ** 2, late["var_5d_hat"]).mean()
    base = qlike(late["rv_5d"] ** 2, late["var_5d_base"]).mean()
    assert values["qlike"] == pytest.approx(own)
    assert values["qlike_vs_rv20"] == pytest.approx(own / base - 1)
    assert values["reducible_share"] == pytest.approx((base - own) / (base - 0.1))
    assert compare.figures(tables["rv20"])["qlike_vs_rv20"] == 0


def test_the_reference_is_compared_on_the_dates_that_it_has(
    labels: pd.DataFrame, forecasts: dict[str, pd.DataFrame]
) -> None:
    tables = compare.joined(labels, forecasts)
    beside = compare.beside(tables, "late")
    vix, late = tables["vix"], tables["late"]
    shared = vix[vix["date"].isin(late["date"])]
    own = qlike(shared["rv_5d"] ** 2, shared["var_5d_hat"]).mean()
    other = qlike(late["rv_5d"] ** 2, late["var_5d_hat"]).mean()
    values = compare.figures(beside["vix"])
    assert values["qlike_vs_reference"] == pytest.approx(own / other - 1)
    assert compare.figures(beside["late"])["qlike_vs_reference"] == 0
    # Nothing else of a contender moves with the choice of a reference.
    plain = compare.figures(tables["vix"])
    assert {name for name in plain if plain[name] != values[name]} == {
        "qlike_vs_reference",
        "rmse_vs_reference",
    }
    early = beside["vix"][~vix["date"].isin(late["date"])]
    assert compare.figures(early)["rmse_vs_reference"] is None
    assert compare.beside(tables, "empty") == tables


def test_the_oracle_is_scored_where_the_truth_is_known(
    labels: pd.DataFrame, forecasts: dict[str, pd.DataFrame], table: pd.DataFrame
) -> None:
    joined = compare.joined(labels, forecasts)["rv20"]
    truth = pd.DataFrame({"date": table["date"], "var_5d_oracle": joined["rv_5d"] ** 2})
    assert compare.oracle_figures(joined, truth)["qlike"] == pytest.approx(0, abs=1e-12)
    assert compare.oracle_figures(joined, truth.iloc[:0]) == {}


@pytest.mark.parametrize(
    ("qlike_change", "rmse_change", "passed"),
    [(-0.05, 0.2, True), (0.2, -0.05, True), (-0.049, -0.049, False), (-0.5, -0.3, True)],
)
def test_the_gate_asks_for_either_loss(
    qlike_change: float, rmse_change: float, passed: bool
) -> None:
    values = {"qlike_vs_rv20": qlike_change, "rmse_vs_rv20": rmse_change}
    gate = compare.gate(values, "har", 0.05)
    assert gate.passed is passed
    assert len(gate.reasons) == 2
    assert "5% below is asked for" in gate.reasons[0]


def test_a_model_without_figures_says_why() -> None:
    with pytest.raises(ValueError, match=r"model=har_vix has no forecast .* gives no vix"):
        compare.named({"rv20": {}}, "har_vix", {"har_vix": "the source gives no vix"})


def test_loss_over_time_is_a_trailing_mean(
    labels: pd.DataFrame, forecasts: dict[str, pd.DataFrame]
) -> None:
    tables = compare.joined(labels, forecasts)
    rows = compare.loss_over_time({"vix": tables["vix"]}, window=50)
    last = tables["vix"].tail(50)
    expected = qlike(last["rv_5d"] ** 2, last["var_5d_hat"]).mean()
    assert rows["qlike"].iloc[-1] == pytest.approx(expected)
    assert rows["date"].dt.to_period("M").is_unique


def test_calibration_deciles_hold_equal_counts_and_their_means(
    labels: pd.DataFrame, forecasts: dict[str, pd.DataFrame]
) -> None:
    table = compare.joined(labels, forecasts)["vix"]
    rows = compare.calibration({"vix": table})
    lowest = table.nsmallest(len(table) // 10, "var_5d_hat")
    expected = np.sqrt((lowest["rv_5d"] ** 2).mean() * 252 / 5) * 100
    assert rows["decile"].tolist() == list(range(1, 11))
    assert rows["realized"].iloc[0] == pytest.approx(expected, rel=0.05)
    assert rows["forecast"].is_monotonic_increasing


def test_forecasts_in_the_plot_do_not_overlap(
    labels: pd.DataFrame, forecasts: dict[str, pd.DataFrame]
) -> None:
    table = compare.joined(labels, forecasts)["vix"]
    rows = compare.forecast_vs_realized(table)
    realized = rows[rows["series"] == "realized"]
    assert len(realized) == -(-len(table) // 5)
    assert realized["volatility"].iloc[0] == pytest.approx(
        table["rv_5d"].iloc[0] * np.sqrt(252 / 5) * 100
    )
