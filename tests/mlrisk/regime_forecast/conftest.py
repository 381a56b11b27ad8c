"""A small world of features, clusters, a volatility forecast and regimes for every contender."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlrisk import targets
from mlrisk.contracts import REGIMES
from mlrisk.regime_forecast.base import CODES
from tests.mlrisk.conftest import COLUMNS
from tests.mlrisk.conftest import SETTINGS as OF_VOLATILITY

BOOSTED = {"columns": COLUMNS, "relative": ["vol_5d", "vix"]}

SETTINGS: dict[str, dict[str, Any]] = {
    "persistence_hard": {},
    "persistence_soft": {"regimes": list(REGIMES), "smoothing": 1.0},
    "hmm_filter": {
        "columns": [f"prob_cluster_{cluster}_5d" for cluster in range(3)],
        "regimes": list(REGIMES),
        "smoothing": 1.0,
    },
    "multinomial_logit": {
        "log_columns": ["vol_5d", "vol_20d", "vix"],
        "columns": ["vix_term"],
        "alpha": 0.01,
        "regimes": list(REGIMES),
    },
    "har_vix_logit": {
        "log_columns": ["vol_5d", "vix"],
        "columns": [],
        "alpha": 0.001,
        "regimes": list(REGIMES),
    },
    "xgboost_classifier": OF_VOLATILITY["xgboost"] | BOOSTED,
    "lightgbm_classifier": OF_VOLATILITY["lightgbm"] | BOOSTED,
    "volatility_implied": {"regimes": list(REGIMES), "min_errors": 80, "parts": ["vix", "vol_5d"]},
}
"""Small settings of every contender on the roster."""


@pytest.fixture(scope="session")
def world(table: pd.DataFrame) -> pd.DataFrame:
    """400 sessions, as ``regime_forecast.table.joined`` gives them; regimes begin at the 60th."""
    rng = np.random.default_rng(5)
    rv = table["rv_5d"].to_numpy()
    low, high = targets.thresholds(rv, 0.5, 0.85, 60)
    code = pd.Series(targets.regimes(rv, low, high), dtype="str").map(CODES).astype(float)
    clusters = rng.dirichlet([1, 1, 1], len(table))
    parts = np.log(table[["vix", "vol_5d"]]) - np.log(table[["vix", "vol_5d"]]).median()
    log_variance = np.log(2e-4) + 0.8 * parts["vix"] + 0.3 * parts["vol_5d"]
    return table.assign(
        rv_calm_below=low,
        rv_risk_off_above=high,
        regime_known=code.shift(5),
        **{f"prob_cluster_{place}_5d": values for place, values in enumerate(clusters.T)},
        var_5d_hat=np.exp(log_variance),
        rv_5d_hat=0.95 * np.exp(log_variance / 2),
        part_vix=0.8 * parts["vix"],
        part_vol_5d=0.3 * parts["vol_5d"],
        regime_5d=code,
    )
