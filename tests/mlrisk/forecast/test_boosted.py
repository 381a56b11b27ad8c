"""Boosters against the shap package, and what makes them reproducible."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shap

from mlrisk.evaluation.losses import qlike
from mlrisk.forecast import roster
from mlrisk.forecast.base import BASELINE
from mlrisk.forecast.boosted import Boosted, Xgboost
from mlrisk.forecast.columns import values_of
from mlrisk.forecast.trees import BLOCK, xgboost_matrix
from tests.mlrisk.conftest import SETTINGS

BOOSTERS = ["lightgbm", "xgboost"]


def fit(name: str, rows: pd.DataFrame, **changes: float) -> Boosted:
    model = roster.contender(name, SETTINGS[name] | changes)
    assert isinstance(model, Boosted)
    return model.fit(rows, rows["rv_5d"].to_numpy() ** 2)


@pytest.fixture
def rows(table: pd.DataFrame) -> pd.DataFrame:
    return table.dropna()


@pytest.mark.parametrize("name", BOOSTERS)
def test_contributions_equal_those_of_the_shap_package(name: str, rows: pd.DataFrame) -> None:
    model = fit(name, rows)
    explainer = shap.TreeExplainer(model.booster_)
    theirs = explainer.shap_values(rows[model.columns].to_numpy())
    ours = model.contributions(rows)[model.columns].to_numpy()
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", BOOSTERS)
def test_trees_lower_the_loss_they_are_scored_by(name: str, rows: pd.DataFrame) -> None:
    variance = rows["rv_5d"].to_numpy() ** 2
    constant = qlike(variance, np.full(len(rows), variance.mean())).mean()
    few = qlike(variance, fit(name, rows, n_estimators=2).predict(rows)).mean()
    many = qlike(variance, fit(name, rows, n_estimators=30).predict(rows)).mean()
    assert many < few < constant


@pytest.mark.parametrize("name", BOOSTERS)
def test_a_null_input_is_read_as_such(name: str, rows: pd.DataFrame) -> None:
    holed = rows.assign(vix=rows["vix"].where(np.arange(len(rows)) > 100))
    model = fit(name, holed)
    assert model.usable(holed).all()
    assert np.isfinite(model.predict(holed)).all()


@pytest.mark.parametrize("name", BOOSTERS)
def test_another_seed_is_another_model(name: str, rows: pd.DataFrame) -> None:
    assert fit(name, rows).version() != fit(name, rows, seed=2).version()


@pytest.mark.parametrize("count", [1, 2 * BLOCK + 3])
def test_trees_of_xgboost_are_added_up_in_double_precision(count: int, rows: pd.DataFrame) -> None:
    """Also over more than one block: as the library adds them, but for its single precision."""
    model = fit("xgboost", rows, n_estimators=count)
    assert isinstance(model, Xgboost)
    values = values_of(rows, model.columns)
    data = xgboost_matrix(values, np.zeros(len(rows)), columns=model.columns)
    theirs = model.booster_.predict(data, output_margin=True)
    ours = model._added(values)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
    assert (ours != theirs).any() == (count > 1)
    explained = model.contributions(rows)
    np.testing.assert_allclose(
        explained[model.columns],
        model.booster_.predict(data, pred_contribs=True)[:, :-1],
        rtol=0,
        atol=1e-6,
    )
    assert explained[BASELINE].nunique() == 1


@pytest.mark.parametrize("name", BOOSTERS)
def test_trees_start_from_the_mean(name: str, rows: pd.DataFrame) -> None:
    variance = rows["rv_5d"].to_numpy() ** 2
    model = fit(name, rows, learning_rate=1e-9)
    np.testing.assert_allclose(model.predict(rows), variance.mean(), rtol=2e-5)
