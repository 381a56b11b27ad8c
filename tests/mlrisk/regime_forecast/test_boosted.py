"""Classifying trees against their libraries, and Shapley values by their definition."""

from __future__ import annotations

import json
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost

from mlrisk.forecast.base import FloatArray
from mlrisk.forecast.columns import values_of
from mlrisk.forecast.trees import BLOCK
from mlrisk.regime_forecast import roster
from mlrisk.regime_forecast.boosted import (
    BoostedClassifier,
    LightgbmClassifier,
    XgboostClassifier,
)
from tests.mlrisk.forecast.trees import Node, of_lightgbm, of_xgboost, shapley
from tests.mlrisk.regime_forecast.conftest import SETTINGS

NAMES = ["xgboost_classifier", "lightgbm_classifier"]


def fit(name: str, rows: pd.DataFrame, **changes: Any) -> BoostedClassifier:
    model = roster.contender(name, SETTINGS[name] | changes)
    assert isinstance(model, BoostedClassifier)
    return model.learn(rows)


def design(model: BoostedClassifier, rows: pd.DataFrame) -> FloatArray:
    """What its trees read."""
    return model._design(values_of(rows, model.reads))


@pytest.fixture
def rows(world: pd.DataFrame) -> pd.DataFrame:
    return world.dropna()


@pytest.mark.parametrize("rounds", [1, 2 * BLOCK + 3])
def test_xgboost_says_what_its_library_says(rounds: int, rows: pd.DataFrame) -> None:
    model = fit("xgboost_classifier", rows, n_estimators=rounds)
    assert isinstance(model, XgboostClassifier)
    start = np.tile(model.start_, (len(rows), 1))
    data = xgboost.DMatrix(design(model, rows), base_margin=start, feature_names=model.columns)
    np.testing.assert_allclose(model.predict_proba(rows), model.booster_.predict(data), atol=1e-6)
    theirs = model.booster_.predict(data, pred_contribs=True)
    parts = model.contributions(rows)
    assert parts is not None
    expected = (theirs[:, 2] - theirs[:, 0])[:, :-1]
    np.testing.assert_allclose(parts[model.columns], expected, rtol=0, atol=2e-6)


def test_lightgbm_starts_where_its_library_would(rows: pd.DataFrame) -> None:
    """From the regimes' shares, which the library finds itself where it is given no start."""
    model = fit("lightgbm_classifier", rows, subsample=1.0, colsample=1.0)
    assert isinstance(model, LightgbmClassifier)
    data = lightgbm.Dataset(
        design(model, rows), rows["regime_5d"], params={"max_bin": model.max_bin, "verbosity": -1}
    )
    settings = {
        "objective": "multiclass",
        "num_class": 3,
        "learning_rate": model.learning_rate,
        "num_leaves": model.num_leaves,
        "min_child_samples": model.min_child_samples,
        "reg_lambda": model.reg_lambda,
        "seed": 1,
        "deterministic": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    theirs = lightgbm.train(settings, data, model.n_estimators).predict(design(model, rows))
    np.testing.assert_allclose(model.predict_proba(rows), theirs, atol=1e-4)


def grown(model: BoostedClassifier, place: int) -> list[Node]:
    """Trees of one regime's margin."""
    if isinstance(model, LightgbmClassifier):
        dump = model.booster_.dump_model()
        trees = [of_lightgbm(tree["tree_structure"], model.columns) for tree in dump["tree_info"]]
    else:
        texts = model.booster_.get_dump(dump_format="json", with_stats=True)
        trees = [of_xgboost(json.loads(text)) for text in texts]
    return trees[place :: len(model.present_)]


@pytest.mark.parametrize("name", NAMES)
def test_contributions_are_shapley_values_by_definition(name: str, rows: pd.DataFrame) -> None:
    model = fit(name, rows, n_estimators=3, learning_rate=0.5)
    parts = model.contributions(rows)
    assert parts is not None
    read = pd.DataFrame(design(model, rows), columns=model.columns)
    for place in (0, 57, 203):
        row = read.iloc[place].to_dict()
        risk_off, calm = (shapley(grown(model, regime), row) for regime in (2, 0))
        for column in model.columns:
            expected = risk_off[column] - calm[column]
            assert parts[column].iloc[place] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_distances_to_the_threshold_have_no_level(name: str, rows: pd.DataFrame) -> None:
    """In a market where all volatilities are twice as large the forecast is the same."""
    distances = ["vol_5d", "vix"]
    model = fit(name, rows, columns=[*distances, "vix_term"])
    scaled = rows.assign(**{c: 2 * rows[c] for c in (*distances, "rv_risk_off_above")})
    np.testing.assert_array_equal(model.predict_proba(scaled), model.predict_proba(rows))
    twice = rows.assign(vix=2 * rows["vix"])
    assert (model.predict_proba(twice) != model.predict_proba(rows)).any()


@pytest.mark.parametrize("name", NAMES)
def test_a_null_input_is_read_as_such(name: str, rows: pd.DataFrame) -> None:
    holed = rows.assign(vix=rows["vix"].where(np.arange(len(rows)) > 100))
    model = fit(name, holed)
    assert model.usable(holed).all()
    assert np.isfinite(model.predict_proba(holed)).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_last_bits_of_the_thresholds_do_not_move_the_trees(
    name: str, rows: pd.DataFrame
) -> None:
    elsewhere = rows.assign(rv_risk_off_above=rows["rv_risk_off_above"] * (1 + 1e-14))
    assert fit(name, elsewhere).version() == fit(name, rows).version()
