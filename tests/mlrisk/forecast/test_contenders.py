"""Every contender: what it promises to the walk-forward, to the explanation and to the server."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlrisk.forecast import roster
from mlrisk.forecast.base import BASELINE, Learner, fitted
from mlrisk.forecast.naive import ScaledVolatility
from mlrisk.params.forecasting import Forecast, Model
from tests.mlrisk.conftest import SETTINGS

NAMES = list(roster.ROSTER)


def fit(name: str, table: pd.DataFrame) -> tuple[roster.Contender, pd.DataFrame]:
    model = roster.contender(name, SETTINGS[name])
    rows = table[model.usable(table) & table["rv_5d"].notna().to_numpy()]
    return model.fit(rows, rows["rv_5d"].to_numpy() ** 2), rows


def test_the_roster_the_settings_and_the_choices_name_the_same_contenders() -> None:
    assert list(Forecast.model_fields) == NAMES == list(SETTINGS)
    choices = Model.model_json_schema()["properties"]["name"]["enum"]
    assert tuple(choices) == (*roster.LEARNERS, *roster.MIXED)


def test_an_unknown_contender_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown contender 'garch'; there are rv20, ewma"):
        roster.contender("garch", {})


def test_a_baseline_cannot_be_served() -> None:
    with pytest.raises(ValueError, match="'rv20' cannot be served; there are har"):
        roster.learner("rv20", SETTINGS["rv20"])


@pytest.mark.parametrize("name", [name for name in NAMES if not roster.ROSTER[name].sequential])
def test_a_forecast_is_a_function_of_one_row(name: str, table: pd.DataFrame) -> None:
    model, rows = fit(name, table)
    together = model.predict(rows)
    alone = np.concatenate([model.predict(rows.iloc[[place]]) for place in range(0, 60, 7)])
    np.testing.assert_array_equal(alone, together[:60:7])
    assert (together > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_rows_give_the_same_version_and_other_rows_another(
    name: str, table: pd.DataFrame
) -> None:
    first, _ = fit(name, table)
    again, _ = fit(name, table)
    assert first.version() == again.version()
    other, _ = fit(name, table.iloc[:300])
    nothing_to_fit = isinstance(first, ScaledVolatility)
    assert nothing_to_fit == (first.version() == other.version())


@pytest.mark.parametrize("name", roster.LEARNERS)
def test_contributions_add_up_to_the_forecast(name: str, table: pd.DataFrame) -> None:
    model, rows = fit(name, table)
    assert isinstance(model, Learner)
    parts = model.contributions(rows)
    assert list(parts.columns) == [*model.inputs, BASELINE]
    np.testing.assert_allclose(parts.sum(axis=1), model.log_variance(rows), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", roster.LEARNERS)
def test_the_level_makes_the_forecast_unbiased_in_the_training_window(
    name: str, table: pd.DataFrame
) -> None:
    model, rows = fit(name, table)
    variance = rows["rv_5d"].to_numpy() ** 2
    assert np.mean(variance / model.predict(rows)) == pytest.approx(1, abs=1e-5)
    volatility = model.predict_volatility(rows)
    assert np.mean(volatility) == pytest.approx(np.mean(rows["rv_5d"]), rel=1e-5)
    # Jensen: the mean of a root is below the root of the mean.
    assert (volatility < np.sqrt(model.predict(rows))).all()


@pytest.mark.parametrize("name", roster.LEARNERS)
def test_a_saved_model_forecasts_the_same_bits(
    name: str, table: pd.DataFrame, tmp_path: Path
) -> None:
    model, rows = fit(name, table)
    assert isinstance(model, Learner)
    model.save(tmp_path)
    loaded = roster.learner(name, SETTINGS[name]).load(tmp_path)
    np.testing.assert_array_equal(loaded.predict(rows), model.predict(rows))
    np.testing.assert_array_equal(
        loaded.predict_volatility(rows.iloc[[-1]]), model.predict_volatility(rows.iloc[[-1]])
    )
    pd.testing.assert_frame_equal(loaded.contributions(rows), model.contributions(rows))
    assert loaded.version() == model.version()


def test_fitted_numbers_keep_six_digits() -> None:
    assert fitted(1.23456789) == 1.23457
    assert fitted(-0.000123456789) == -0.000123457


def test_an_input_of_a_fuller_source_is_lacking_and_a_misspelt_one_is_an_error() -> None:
    given, elsewhere = ["spx_vol_5d", "spx_vol_20d"], ["vix", "vix_term"]
    assert roster.lacking(["spx_vol_5d"], given, elsewhere) == []
    assert roster.lacking(["spx_vol_5d", "vix"], given, elsewhere) == ["vix"]
    with pytest.raises(roster.ContenderError, match=r"unknown feature 'spx_vol_5'; .*spx_vol_5d"):
        roster.lacking(["spx_vol_5"], given, elsewhere)
