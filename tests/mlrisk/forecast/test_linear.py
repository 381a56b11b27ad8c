"""Log-linear models against an independent least squares and against the shap package."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shap

from mlrisk.evaluation.losses import qlike
from mlrisk.forecast.linear import LOG_FLOOR, GammaGlm, LogLinear


@pytest.fixture
def rows(table: pd.DataFrame) -> pd.DataFrame:
    return table.dropna()


def test_coefficients_equal_an_independent_least_squares(rows: pd.DataFrame) -> None:
    variance = rows["rv_5d"].to_numpy() ** 2
    model = LogLinear(["rv_1d", "vol_5d"], ["vix_term"]).fit(rows, variance)
    design = np.column_stack(
        [
            np.ones(len(rows)),
            np.log(np.maximum(rows["rv_1d"], LOG_FLOOR)),
            np.log(rows["vol_5d"]),
            rows["vix_term"],
        ]
    )
    expected = np.linalg.solve(design.T @ design, design.T @ np.log(variance))
    np.testing.assert_allclose(model.coefficients_, expected[1:], rtol=1e-5)
    log_forecast = design @ expected
    level = np.log(np.mean(variance / np.exp(log_forecast)))
    np.testing.assert_allclose(model.log_variance(rows), log_forecast + level, atol=2e-5)


def test_contributions_equal_those_of_the_shap_package(rows: pd.DataFrame) -> None:
    model = LogLinear(["rv_1d", "vol_5d", "vix"], []).fit(rows, rows["rv_5d"].to_numpy() ** 2)
    design = np.log(np.maximum(rows[model.log_columns].to_numpy(), LOG_FLOOR))
    background = shap.maskers.Independent(design, max_samples=len(design))
    explainer = shap.LinearExplainer((model.coefficients_, 0.0), background)
    ours = model.contributions(rows)[model.inputs].to_numpy()
    np.testing.assert_allclose(ours, explainer.shap_values(design), atol=1e-5)


def test_a_day_without_a_move_is_floored_at_one_basis_point(rows: pd.DataFrame) -> None:
    model = LogLinear(["rv_1d"], []).fit(rows, rows["rv_5d"].to_numpy() ** 2)
    still, tick = rows.iloc[[0]].assign(rv_1d=0.0), rows.iloc[[0]].assign(rv_1d=LOG_FLOOR)
    assert model.predict(still) == model.predict(tick)


def test_rows_with_a_null_input_are_not_usable(rows: pd.DataFrame) -> None:
    holed = rows.head(3).assign(vix=[20.0, np.nan, 21.0])
    assert LogLinear(["vix"], []).usable(holed).tolist() == [True, False, True]


def test_a_gamma_regression_is_where_the_gradient_of_qlike_is_zero(rows: pd.DataFrame) -> None:
    variance = rows["rv_5d"].to_numpy() ** 2
    model = GammaGlm(["vol_5d", "vix"], ["vix_term"], alpha=0.0).fit(rows, variance)
    design = np.log(np.maximum(rows[model.log_columns].to_numpy(), LOG_FLOOR))
    design = np.column_stack([np.ones(len(rows)), design, rows["vix_term"]])
    surprise = variance / model.predict(rows) - 1
    np.testing.assert_allclose(design.T @ surprise / len(rows), 0, atol=1e-4)


def test_a_gamma_regression_has_a_smaller_qlike_than_least_squares(rows: pd.DataFrame) -> None:
    variance = rows["rv_5d"].to_numpy() ** 2
    columns: tuple[list[str], list[str]] = (["vol_5d", "vix"], ["vix_term"])
    losses = [
        qlike(variance, model.fit(rows, variance).predict(rows)).mean()
        for model in (GammaGlm(*columns, alpha=0.0), LogLinear(*columns))
    ]
    assert losses[0] < losses[1]


def test_the_penalty_draws_slopes_towards_zero(rows: pd.DataFrame) -> None:
    variance = rows["rv_5d"].to_numpy() ** 2
    sizes = [
        np.abs(GammaGlm(["vol_5d", "vix"], [], alpha=a).fit(rows, variance).coefficients_).sum()
        for a in (0.0, 1.0, 1e4)
    ]
    assert sizes[0] > sizes[1] > sizes[2]
    assert sizes[2] < 1e-3
