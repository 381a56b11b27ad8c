"""Regime probabilities beside the volatility forecast, walked and served."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlrisk import contracts, serving, store
from mlrisk.contracts import REGIMES
from mlrisk.forecast import roster as volatility_roster
from mlrisk.forecast.base import BASELINE, Additive
from mlrisk.regime_forecast import roster
from mlrisk.regime_forecast.calibrator import Temperature
from mlrisk.regime_forecast.implied import PART
from mlrisk.regime_forecast.served import RegimeModel
from tests.mlrisk.conftest import SETTINGS

DAYS = pd.Series(
    pd.to_datetime(["2020-01-02", "2020-01-03", "2020-01-06"]).astype("datetime64[us]")
)


def walked() -> tuple[pd.DataFrame, pd.DataFrame]:
    forecasts = pd.DataFrame({"date": DAYS, "fold": 0, "calm": [np.nan, 0.7, 0.2]})
    forecasts["transition"] = [np.nan, 0.2, 0.3]
    forecasts["risk_off"] = [np.nan, 0.1, 0.5]
    parts = pd.DataFrame({"date": DAYS[1:], "a": [0.1, 0.0], "b": [-0.5, 0.2], "c": [0.2, 0.0]})
    return forecasts.assign(model_version=["", "1", "1"]), parts.assign(baseline=-1.0)


def test_sessions_carry_their_probabilities_and_largest_parts() -> None:
    table = serving.predictions(*walked())
    assert list(table) == [
        "date", *serving.PROBABILITIES.values(), "regime_drivers", "regime_model_version",
    ]  # fmt: skip
    assert table["regime_drivers"].tolist() == [[], ["b", "c", "a"], ["b"]]
    assert table["regime_probs.risk_off"].tolist()[1:] == [0.1, 0.5]


def test_predictions_of_volatility_are_joined_by_date() -> None:
    later = [*DAYS[1:].tolist(), pd.Timestamp("2020-01-07")]
    bounds = {f"rv_5d_{bound}": 0.02 for bound in ("lo_80", "hi_80", "lo_90", "hi_90")}
    drivers = pd.Series([["vix"]] * 3, dtype=object)
    volatility = pd.DataFrame(
        {"date": later, "rv_5d_hat": 0.02, "var_5d_hat": 4e-4, **bounds, "top_drivers": drivers}
    ).assign(model_version="0f3a")
    table = serving.with_regimes(volatility, serving.predictions(*walked()))
    contracts.PREDICTIONS_DAILY.validate(
        table.astype({"date": "datetime64[us]", "model_version": "str"})
    )
    assert table["regime_probs.calm"].tolist()[:2] == [0.7, 0.2]
    assert np.isnan(table["regime_probs.calm"].iloc[2])
    assert table["regime_drivers"].tolist() == [["b", "c", "a"], ["b"], []]
    assert table["regime_model_version"].tolist() == ["1", "1", ""]


IMPLIED: dict[str, Any] = {"regimes": list(REGIMES), "min_errors": 80}


@pytest.fixture
def pair(table: pd.DataFrame) -> tuple[Additive, RegimeModel, pd.DataFrame]:
    """A volatility model, a regime model that reads its forecast, and the rows they know."""
    rows = table.dropna().reset_index(drop=True).assign(rv_calm_below=0.015, rv_risk_off_above=0.03)
    volatility = volatility_roster.learner("har_vix", SETTINGS["har_vix"])
    volatility.fit(rows, rows["rv_5d"].to_numpy() ** 2)
    # One feature of another day's champion: this volatility model has no part of it.
    settings = IMPLIED | {"parts": [*volatility.inputs, "skew_20d"]}
    member = roster.contender("volatility_implied", settings)
    known = serving.with_volatility(volatility, rows, member.reads)
    member.learn(known)
    outcomes = np.digitize(rows["rv_5d"], [0.015, 0.03]).astype(float)
    calibrator = Temperature().fit(member.forecast(known), outcomes)
    weights = {"volatility_implied": 1.0}
    model = RegimeModel({"volatility_implied": member}, weights, "geometric", calibrator)
    return volatility, model, rows


def test_one_row_gives_probabilities_and_drivers(
    pair: tuple[Additive, RegimeModel, pd.DataFrame],
) -> None:
    volatility, model, rows = pair
    together = model.forecast(serving.with_volatility(volatility, rows, model.reads))
    for place in (0, 57, 203):
        served = serving.serve(volatility, model, rows.iloc[[place]])
        found = served[list(serving.PROBABILITIES.values())].to_numpy()[0]
        np.testing.assert_array_equal(found, together[place])
        assert abs(found.sum() - 1) < 1e-15
        assert len(served["regime_drivers"].iloc[0]) == 3
        assert set(served["regime_drivers"].iloc[0]) <= set(volatility.inputs)
        assert served["regime_model_version"].tolist() == [model.version()]


def test_a_forecast_that_the_row_already_has_is_not_trusted(
    pair: tuple[Additive, RegimeModel, pd.DataFrame],
) -> None:
    volatility, model, rows = pair
    row = rows.iloc[[30]]
    stale = row.assign(**{"rv_5d_hat": 9.9, "var_5d_hat": 9.9, f"{PART}vix": 9.9})
    pd.testing.assert_frame_equal(
        serving.serve(volatility, model, stale), serving.serve(volatility, model, row)
    )


def test_the_joined_forecast_is_the_one_that_is_stored(
    pair: tuple[Additive, RegimeModel, pd.DataFrame],
) -> None:
    volatility, model, rows = pair
    folder = contracts.backtest("har_vix")
    made = serving.with_volatility(volatility, rows, model.reads)
    stored = store.at_border(
        folder.contributions, volatility.contributions(rows).drop(columns=BASELINE)
    )
    pd.testing.assert_frame_equal(made[[PART + name for name in stored]], stored.add_prefix(PART))
    assert made[f"{PART}skew_20d"].isna().all()


def test_a_row_without_thresholds_has_no_probabilities_and_no_drivers(
    pair: tuple[Additive, RegimeModel, pd.DataFrame],
) -> None:
    volatility, model, rows = pair
    served = serving.serve(volatility, model, rows.iloc[[3]].assign(rv_calm_below=np.nan))
    assert served[list(serving.PROBABILITIES.values())].isna().all(axis=None)
    assert served["regime_drivers"].tolist() == [[]]
