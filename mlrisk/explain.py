"""What drives a forecast: additive contributions in log variance, ranked and summarised."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlrisk.errors import MlriskError
from mlrisk.forecast.base import BASELINE, Learner


class ServingError(MlriskError, ValueError):
    """A served forecast that is not the one that was evaluated."""


def _parts(contributions: pd.DataFrame) -> pd.DataFrame:
    return contributions.drop(columns=[BASELINE, "date"], errors="ignore")


def top_drivers(contributions: pd.DataFrame, count: int = 3) -> pd.Series:
    """Names of the features with the largest absolute contributions, largest first.

    Ties, as between features that no tree has split on, go to the feature that comes first.

    Parameters
    ----------
    contributions : DataFrame of shape (n_rows, n_features + 1)
        As a learner gives it; ``baseline`` and ``date`` are no drivers.

    Returns
    -------
    Series of list of str, shape (n_rows,)
    """
    parts = _parts(contributions)
    order = np.argsort(-parts.abs().to_numpy(), axis=1, kind="stable")[:, :count]
    names = np.asarray(parts.columns, dtype=object)
    return pd.Series([names[row].tolist() for row in order], index=contributions.index)


def importance(contributions: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute contribution per feature, largest first; columns feature, importance."""
    mean = _parts(contributions).abs().mean()
    ranked = mean.sort_values(ascending=False, kind="stable")
    return pd.DataFrame({"feature": ranked.index, "importance": ranked.to_numpy()})


def summary(
    contributions: pd.DataFrame, features: pd.DataFrame, count: int = 12, rows: int = 300
) -> pd.DataFrame:
    """Data of a SHAP summary plot: contribution against the rank of the feature's value.

    Parameters
    ----------
    contributions : DataFrame of shape (n_rows, n_features + 1)
    features : DataFrame of shape (n_rows, n_columns)
        Values of the same rows.
    count : int
        The most important features are shown.
    rows : int
        Evenly spaced rows are shown, at most this many.

    Returns
    -------
    DataFrame
        Columns feature, date, contribution, value_rank (0 lowest to 1 highest of all rows; 0.5
        where the value is null).
    """
    chosen = importance(contributions)["feature"].head(count)
    step = max(1, -(-len(contributions) // rows))
    parts = [
        pd.DataFrame(
            {
                "feature": name,
                "date": features["date"].to_numpy(),
                "contribution": contributions[name].to_numpy(),
                "value_rank": features[name].rank(pct=True).fillna(0.5).to_numpy(),
            }
        ).iloc[::step]
        for name in chosen
    ]
    return pd.concat(parts, ignore_index=True)


def latest(contributions: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    """The last row's drivers, largest first; columns feature, value, contribution."""
    row = _parts(contributions).iloc[-1]
    order = row.abs().sort_values(ascending=False, kind="stable").index
    values = features.iloc[-1]
    return pd.DataFrame(
        {
            "feature": order,
            "value": [float(values[name]) for name in order],
            "contribution": row[order].to_numpy(),
        }
    )


def predictions(forecasts: pd.DataFrame, contributions: pd.DataFrame) -> pd.DataFrame:
    """A walk-forward's forecasts with the three largest drivers of each.

    Parameters
    ----------
    forecasts : DataFrame
        As ``contracts.backtest`` describes them, without nulls.
    contributions : DataFrame
        Of the same dates, in the same order.
    """
    drivers = top_drivers(contributions)
    drivers.index = pd.Index(contributions["date"])
    table = forecasts[["date", "rv_5d_hat", "var_5d_hat", "model_version"]].reset_index(drop=True)
    table.insert(3, "top_drivers", table["date"].map(drivers).astype(object))
    return table


def serve(model: Learner, row: pd.DataFrame) -> pd.DataFrame:
    """The served model's forecast from one row of features, as ``predictions`` gives it."""
    forecasts = pd.DataFrame(
        {
            "date": row["date"],
            "rv_5d_hat": model.predict_volatility(row),
            "var_5d_hat": model.predict(row),
            "model_version": model.version(),
        }
    )
    parts = model.contributions(row)
    parts.insert(0, "date", row["date"])
    return predictions(forecasts, parts)


def require_same(served: pd.DataFrame, walked: pd.DataFrame) -> None:
    """Raise unless the served forecast is the backtest's row, bit for bit.

    Both come from the same fold of the refit grid: a difference means that the model on disk was
    trained on other rows or settings than the ones it was evaluated with.
    """
    left, right = served.reset_index(drop=True), walked.reset_index(drop=True)
    if left.empty or not left.equals(right):
        raise ServingError(
            "the served forecast differs from the walk-forward's row of the same date:\n"
            f"served\n{left.to_string(index=False)}\nwalk-forward\n{right.to_string(index=False)}\n"
            "Run `dvc repro train` so that both come from one fold."
        )
