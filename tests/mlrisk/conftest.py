"""A small world of features and labels that every contender can be fitted on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlrisk.calendar import sessions

COLUMNS = ["rv_1d", "vol_5d", "vol_20d", "vix", "vix_term"]

HAR = ["rv_1d", "vol_5d", "vol_20d"]
FROM_LINEAR: dict[str, Any] = {
    "base_log_columns": ["rv_1d", "vol_5d", "vol_20d", "vix"],
    "base_columns": [],
    "increasing": ["vol_5d", "vol_20d", "vix"],
    "decreasing": ["vix_term"],
}
DRAWN = {"log_columns": HAR, "columns": ["vix_term"], "size": 2, "count": 20, "seed": 1}

SETTINGS: dict[str, dict[str, Any]] = {
    "rv20": {"column": "vol_20d", "window": 20},
    "ewma": {"column": "vol_5d", "window": 5},
    "gjr_garch": {"column": "ret_1d"},
    "har": {"log_columns": HAR, "columns": []},
    "vix_only": {"log_columns": ["vix"], "columns": []},
    "har_vix": {"log_columns": [*HAR, "vix"], "columns": ["vix_term"]},
    "range_vix": {"log_columns": ["vol_5d", "vix"], "columns": ["vix_term"]},
    "har_vix9d": {"log_columns": [*HAR, "vix", "vix_term"], "columns": []},
    "range_vix9d": {"log_columns": ["vol_5d", "vix", "vix_term"], "columns": []},
    "gamma_glm": {"log_columns": ["vol_5d", "vix"], "columns": ["vix_term"], "alpha": 1e-4},
    "subset": {"kept": ["vix"], **DRAWN},
    "subset_vix9d": {"kept": ["vix", "rv_1d"], **DRAWN, "log_columns": HAR[1:]},
    "lightgbm": {
        "columns": COLUMNS,
        "n_estimators": 8,
        "learning_rate": 0.1,
        "num_leaves": 4,
        "min_child_samples": 20,
        "subsample": 0.8,
        "colsample": 0.8,
        "reg_lambda": 1.0,
        "max_bin": 31,
        "seed": 1,
    },
    "xgboost": {
        "columns": COLUMNS,
        "n_estimators": 8,
        "learning_rate": 0.1,
        "max_depth": 2,
        "min_child_weight": 5.0,
        "subsample": 0.8,
        "colsample": 0.8,
        "reg_lambda": 1.0,
        "max_bin": 32,
        "seed": 1,
    },
}
"""Small settings of every contender on the roster."""

for _name in ("lightgbm", "xgboost"):
    SETTINGS[f"{_name}_linear"] = SETTINGS[_name] | FROM_LINEAR


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    """Features and ``rv_5d`` of 400 sessions of a volatility that comes and goes."""
    rng = np.random.default_rng(11)
    count = 400
    log_vol = np.empty(count + 30)
    log_vol[0] = np.log(0.01)
    for day in range(1, len(log_vol)):
        log_vol[day] = 0.97 * log_vol[day - 1] + 0.03 * np.log(0.01) + 0.12 * rng.normal()
    ret = np.exp(log_vol) * rng.standard_t(6, len(log_vol)) / np.sqrt(1.5)
    squares = pd.Series(ret**2)
    frame = pd.DataFrame(
        {
            "ret_1d": ret,
            "rv_1d": np.abs(ret),
            "vol_5d": np.sqrt(squares.rolling(5).sum()),
            "vol_20d": np.sqrt(squares.rolling(20).sum()),
            "vix": 100 * np.sqrt(252) * np.exp(log_vol + 0.1 * rng.normal(size=len(log_vol))),
            "vix_term": np.exp(0.05 * rng.normal(size=len(log_vol))),
            "rv_5d": np.sqrt(squares.rolling(5).sum().shift(-5)),
        }
    ).iloc[25 : 25 + count]
    frame.insert(0, "date", sessions("2015-01-02", "2018-01-01")[:count])
    return frame.reset_index(drop=True)
