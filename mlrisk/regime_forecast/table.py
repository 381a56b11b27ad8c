"""All that is known at each close, side by side, and the labels that come of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlrisk.forecast.base import BASELINE, HORIZON
from mlrisk.regime_forecast.base import CODES, REGIME, REGIME_KNOWN, THRESHOLDS
from mlrisk.regime_forecast.implied import PART, VARIANCE, VOLATILITY


def joined(
    features: pd.DataFrame,
    labels: pd.DataFrame,
    forecasts: pd.DataFrame,
    contributions: pd.DataFrame | None,
    horizon: int = HORIZON,
) -> pd.DataFrame:
    """Features, regimes and the volatility forecast of the same close.

    Parameters
    ----------
    features : DataFrame of shape (n_sessions, n_columns)
        Columns of ``contracts.FEATURES_DAILY``, with or without those of clusters.
    labels : DataFrame
        Columns of ``contracts.LABELS_DAILY``.
    forecasts, contributions : DataFrame
        A volatility model's walk-forward, as ``contracts.backtest`` describes it.
    horizon : int
        Sessions after which a label is known.

    Returns
    -------
    DataFrame of shape (n_sessions, n_columns + ...)
        Beside the features: ``rv_calm_below``, ``rv_risk_off_above``; ``regime_known``, the number
        of the regime dated ``horizon`` sessions before; ``rv_5d_hat``, ``var_5d_hat`` and
        ``part_{feature}``, null before the first forecast; and the labels ``rv_5d`` and
        ``regime_5d``, a number too.

    Warnings
    --------
    The labels dated *t* are known at *t* + ``horizon``; everything else is known at *t*.
    """
    dates = features["date"]
    known = labels.set_index("date").reindex(dates)
    forecast = forecasts.set_index("date")[[VOLATILITY, VARIANCE]].reindex(dates)
    codes = known[REGIME].map(CODES).astype(np.float64)
    columns = [
        features.set_index("date"),
        known[list(THRESHOLDS)],
        codes.shift(horizon).rename(REGIME_KNOWN),
        forecast,
        known["rv_5d"],
        codes,
    ]
    if contributions is not None:
        parts = contributions.set_index("date").drop(columns=BASELINE).add_prefix(PART)
        columns.insert(4, parts.reindex(dates))
    return pd.concat(columns, axis=1).reset_index()
