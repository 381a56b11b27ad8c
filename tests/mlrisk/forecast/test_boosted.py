"""Boosters against the shap package, and what makes them reproducible."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shap

from mlrisk.evaluation.losses import qlike
from mlrisk.forecast import roster
from mlrisk.forecast.boosted import Boosted
from tests.mlrisk.conftest import SETTINGS

BOOSTERS = ["lightgbm", "xgboost"]


def fit(name: str, rows: pd.DataFrame, **changes: int) -> Boosted:
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
    np.testing.assert_allclose(ours, theirs, atol=2e-6)


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
