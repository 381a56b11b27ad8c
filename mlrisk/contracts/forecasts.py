"""What is forecast: walk-forwards, intervals, published predictions, the served model."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from mlrisk.contracts.columns import DAY, adds_up, positive, probability, schema, wide
from mlrisk.contracts.curated import REGIMES
from mlrisk.dataset import Dataset

_FORECASTS = schema(
    {
        "date": DAY,
        "fold": pa.Column("int64", pa.Check.ge(0, error="must not be negative")),
        "var_5d_hat": pa.Column(
            float, positive("a variance forecast; null before enough history"), nullable=True
        ),
        "rv_5d_hat": pa.Column(
            float, positive("a volatility forecast; null before enough history"), nullable=True
        ),
        "model_version": pa.Column(str),
    }
)


_WEIGHTS = schema(
    {
        "date": DAY,
        "learner": pa.Column(str),
        "weight": pa.Column(float, positive("those without a weight have no row")),
    }
)


@dataclass(frozen=True)
class BacktestFolder:
    """What ``backtest@<contender>`` writes, and ``combine`` for what is made of others.

    Parameters
    ----------
    forecasts : Dataset
        Out-of-sample forecasts; empty where the source lacks the contender's inputs.
    contributions : Dataset
        Per forecast and feature the part it has in log variance; ``baseline`` is the rest. Only
        contenders that may be served have it.
    weights : Dataset
        Of a combination: each learner's weight from the first session of each refit on.
    status : Path
        JSON: why the contender was left out, or null.
    """

    forecasts: Dataset
    contributions: Dataset
    weights: Dataset
    status: Path


def backtest(contender: str) -> BacktestFolder:
    """The folder of one contender's walk-forward."""
    path = f"data/backtest/{contender}"
    return BacktestFolder(
        forecasts=Dataset(f"{path}/forecasts", _FORECASTS, key=("date",)),
        contributions=Dataset(f"{path}/contributions", wide(), key=("date",)),
        weights=Dataset(f"{path}/weights", _WEIGHTS, key=("date", "learner")),
        status=Path(path) / "status.json",
    )


_BOUND = pa.Column(float, positive("a bound of rv_5d; null before enough history"), nullable=True)


def _nested(table: pd.DataFrame) -> pd.Series:
    bounds = [f"rv_5d_{bound}" for bound in ("lo_90", "lo_80", "hi_80", "hi_90")]
    whole = table[bounds].isna().sum(axis=1).isin([0, len(bounds)])
    disordered = [table[below] > table[above] for below, above in pairwise(bounds)]
    return whole & ~pd.concat(disordered, axis=1).any(axis=1)


_BOUNDS = {f"rv_5d_{bound}": _BOUND for bound in ("lo_80", "hi_80", "lo_90", "hi_90")}
_NESTED = pa.Check(
    _nested,
    error="rv_5d_lo_90 <= rv_5d_lo_80 <= rv_5d_hi_80 <= rv_5d_hi_90, all null or none",
)

INTERVALS_DAILY = Dataset(
    path="data/intervals_daily",
    schema=schema(
        {
            "date": DAY,
            **_BOUNDS,
            "pit": pa.Column(
                float,
                pa.Check(lambda values: (values > 0) & (values < 1), error="must be within (0, 1)"),
                nullable=True,
            ),
        },
        [_NESTED],
    ),
    key=("date",),
    decimals={"pit": 8},
)
"""Prediction intervals of the named model; null before enough errors of it are known. ``pit`` is
the predictive distribution at what came, known five sessions after ``date``."""

REGIME_PROBS = tuple(f"regime_probs.{name}" for name in REGIMES)
"""Columns of the probabilities of the regimes, in the order of volatility."""

_DRIVERS = pa.Column(
    object,
    pa.Check(
        lambda cells: cells.map(
            lambda cell: isinstance(cell, list) and all(isinstance(x, str) for x in cell)
        ),
        error="must be a list of names",
    ),
)

PREDICTIONS_DAILY = Dataset(
    path="data/predictions_daily",
    schema=schema(
        {
            "date": DAY,
            "rv_5d_hat": pa.Column(float, positive("five-session volatility")),
            "var_5d_hat": pa.Column(float, positive("five-session variance")),
            **_BOUNDS,
            **{name: pa.Column(float, probability(), nullable=True) for name in REGIME_PROBS},
            "top_drivers": _DRIVERS,
            "regime_drivers": _DRIVERS,
            "model_version": pa.Column(str),
            "regime_model_version": pa.Column(str),
        },
        [
            _NESTED,
            pa.Check(
                lambda table: adds_up(table, list(REGIME_PROBS)),
                error="regime_probs.calm, regime_probs.transition and regime_probs.risk_off must "
                "add up to one, or all be null",
            ),
        ],
    ),
    key=("date",),
    decimals=dict.fromkeys(REGIME_PROBS, 8),
)
"""The named models' forecasts at the close of each session: volatility with 80 % and 90 %
intervals, null before enough errors are known, and the probabilities of the regimes, null before
there are any; the three largest drivers of each, and what they were made with."""

MODEL = "models/volatility"
"""Folder of the served model: its libraries' native files, in a folder per member for a
combination, and ``model.json``."""
