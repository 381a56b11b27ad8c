"""What stands beside each other in one row was known at one close."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlrisk.regime_forecast.table import joined

DAYS = pd.Series(pd.bdate_range("2020-01-01", periods=12), name="date")
REGIME = ["calm", "risk_off", "transition", "calm", "calm", "risk_off", "calm", *[None] * 5]


@pytest.fixture
def parts() -> tuple[pd.DataFrame, ...]:
    features = pd.DataFrame({"date": DAYS, "vix": np.arange(12.0), "prob_cluster_0_5d": 0.5})
    labels = pd.DataFrame(
        {
            "date": DAYS,
            "rv_5d": [0.02] * 7 + [np.nan] * 5,
            "regime_5d": pd.Series(REGIME, dtype="str"),
            "rv_calm_below": 0.01,
            "rv_risk_off_above": 0.03,
        }
    )
    forecasts = pd.DataFrame(
        {
            "date": DAYS[8:],
            "fold": 0,
            "var_5d_hat": 4e-4,
            "rv_5d_hat": [0.02, 0.021, 0.022, 0.023],
            "model_version": "v",
        }
    )
    contributions = pd.DataFrame({"date": DAYS[8:], "vix": 0.1, "baseline": -8.0})
    return features, labels, forecasts, contributions


def test_the_known_regime_is_the_label_of_five_sessions_before(
    parts: tuple[pd.DataFrame, ...],
) -> None:
    table = joined(*parts)
    assert table["date"].equals(parts[0]["date"])
    codes = [0.0, 2.0, 1.0, 0.0, 0.0, 2.0, 0.0]
    np.testing.assert_array_equal(table["regime_5d"], codes + [np.nan] * 5)
    np.testing.assert_array_equal(table["regime_known"], [np.nan] * 5 + codes)


def test_the_volatility_forecast_is_that_of_the_same_close(
    parts: tuple[pd.DataFrame, ...],
) -> None:
    table = joined(*parts).set_index("date")
    assert table.loc[DAYS[9], "rv_5d_hat"] == 0.021
    assert table.loc[DAYS[9], "part_vix"] == 0.1
    assert table.loc[DAYS[9], "vix"] == 9.0
    assert table.loc[: DAYS[7], ["rv_5d_hat", "var_5d_hat", "part_vix"]].isna().all(axis=None)
    assert all(dtype == np.float64 for dtype in table.dtypes)


def test_without_contributions_there_are_no_parts(parts: tuple[pd.DataFrame, ...]) -> None:
    table = joined(*parts[:3], None)
    assert not [name for name in table if str(name).startswith("part_")]
    assert table.drop(columns="date").equals(joined(*parts).drop(columns=["date", "part_vix"]))
