"""The multinomial logit against a direct optimisation of what it says it minimises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp

from mlrisk.contracts import REGIMES
from mlrisk.regime_forecast.base import REGIME, WindowError
from mlrisk.regime_forecast.logit import MultinomialLogit, restated
from tests.mlrisk.regime_forecast.conftest import SETTINGS


def fit(rows: pd.DataFrame, **changes: Any) -> MultinomialLogit:
    model = MultinomialLogit(**SETTINGS["multinomial_logit"] | changes)
    return model.learn(rows)


@pytest.fixture
def rows(world: pd.DataFrame) -> pd.DataFrame:
    """With labels by the last thresholds, so that those the model is fitted to are known."""
    return restated(world.dropna(), REGIMES)


@pytest.mark.parametrize("alpha", [0.001, 0.1])
def test_it_minimises_the_penalised_log_loss(alpha: float, rows: pd.DataFrame) -> None:
    settings = SETTINGS["multinomial_logit"]
    design = np.column_stack(
        [np.log(rows[settings["log_columns"]]), rows[settings["columns"]].to_numpy()]
    )
    design = (design - design.mean(axis=0)) / design.std(axis=0)
    came = rows["regime_5d"].to_numpy().astype(int)

    def log_chances(free: np.ndarray) -> np.ndarray:
        slopes, intercepts = free[:12].reshape(4, 3), free[12:]
        margins = design @ slopes + intercepts
        return margins - logsumexp(margins, axis=1, keepdims=True)

    def loss(free: np.ndarray) -> float:
        fitted = log_chances(free)[np.arange(len(rows)), came]
        return float(-fitted.mean() + alpha / 2 * (free[:12] ** 2).sum())

    found = minimize(loss, np.zeros(15), method="BFGS", options={"gtol": 1e-7})
    said = fit(rows, alpha=alpha).predict_proba(rows)
    np.testing.assert_allclose(said, np.exp(log_chances(found.x)), atol=3e-5)


def test_a_heavy_penalty_leaves_how_often_each_regime_was(rows: pd.DataFrame) -> None:
    said = fit(rows, alpha=1e6).predict_proba(rows)
    shares = rows["regime_5d"].value_counts(normalize=True).sort_index()
    np.testing.assert_allclose(said, np.tile(shares, (len(rows), 1)), atol=1e-5)


def test_at_the_mean_of_the_inputs_nothing_drives_it(rows: pd.DataFrame) -> None:
    model = fit(rows)
    at_mean = pd.DataFrame([model.means_], columns=model.inputs)
    at_mean[model.log_columns] = np.exp(at_mean[model.log_columns])
    parts = model.contributions(at_mean.reindex(columns=model.reads))
    assert parts is not None
    np.testing.assert_allclose(parts[model.inputs], 0, atol=1e-12)


def test_a_line_that_parts_the_regimes_has_finite_slopes(rows: pd.DataFrame) -> None:
    parted = rows.assign(regime_5d=(rows["vix"] > rows["vix"].median()) * 2.0)
    model = fit(parted, alpha=0.0001, regimes=[])
    assert np.isfinite(model.slopes_).all()
    right = model.predict_proba(parted).argmax(axis=1) == parted["regime_5d"]
    assert right.mean() > 0.98


class TestRestated:
    """The window as today's thresholds have it."""

    def test_rows_before_there_were_thresholds_have_labels_too(self, world: pd.DataFrame) -> None:
        window = world[world["rv_5d"].notna()]
        assert window[REGIME].isna().sum() > 50
        found = restated(window, REGIMES)
        low, high = window[["rv_calm_below", "rv_risk_off_above"]].iloc[-1]
        for volatility, code in zip(found["rv_5d"], found[REGIME], strict=True):
            assert code == (0 if volatility < low else 2 if volatility > high else 1)
        assert set(found[REGIME]) == {0, 1, 2}

    def test_of_two_regimes_calm_is_what_is_not_risk_off(self, world: pd.DataFrame) -> None:
        window = world[world["rv_5d"].notna()]
        two, three = restated(window, ["calm", "risk_off"]), restated(window, REGIMES)
        assert set(two[REGIME]) == {0, 2}
        assert (two[REGIME] == 2).equals(three[REGIME] == 2)

    def test_the_last_ones_that_are_known_count(self, world: pd.DataFrame) -> None:
        window = world[world["rv_5d"].notna()]
        later = window.copy()
        later.loc[later.index[-3:], "rv_calm_below"] = np.nan
        pd.testing.assert_series_equal(
            restated(later, REGIMES)[REGIME],
            restated(window[:-3].reindex(window.index).assign(rv_5d=window["rv_5d"]), REGIMES)[
                REGIME
            ],
        )

    def test_without_any_it_says_what_to_do(self, world: pd.DataFrame) -> None:
        window = world.assign(rv_risk_off_above=np.nan)
        with pytest.raises(WindowError, match=r"none of 400 training rows .*labels.min_history"):
            restated(window, REGIMES)

    def test_a_threshold_may_be_an_input_too(self, world: pd.DataFrame) -> None:
        inputs = ["vix", "rv_risk_off_above"]
        model = MultinomialLogit(inputs, [], 0.01, list(REGIMES))
        assert model.reads == [*inputs, "rv_calm_below"]
        window = world[world["rv_5d"].notna() & model.usable(world)]
        assert model.learn(window[[*model.reads, *model.labels]]).version()

    def test_labels_that_are_clusters_are_what_they_are(self, rows: pd.DataFrame) -> None:
        shifted = rows.assign(**{REGIME: (rows[REGIME] + 1) % 3})
        as_given, anew = (fit(shifted, regimes=names) for names in ([], list(REGIMES)))
        assert as_given.version() != anew.version() == fit(rows).version()
        assert as_given.labels == (REGIME,)
        assert anew.labels == ("rv_5d",)
