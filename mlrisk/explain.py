"""What drives a forecast: additive contributions in log variance, ranked and summarised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mlrisk.errors import MlriskError
from mlrisk.forecast.base import BASELINE, Additive, FloatArray

REFIT = "refit"
"""What a forecast moved by because the model was fitted anew, with the same features."""

SUM_TOLERANCE = 1e-6
"""Most that contributions may leave of a forecast in log variance: single precision, or the
rounding of what they are made of."""


class ServingError(MlriskError, ValueError):
    """A served forecast that is not the one that was evaluated."""


def _parts(contributions: pd.DataFrame) -> pd.DataFrame:
    return contributions.drop(columns=[BASELINE, "date"], errors="ignore")


def top_drivers(contributions: pd.DataFrame, count: int = 3, *, zeros: bool = True) -> pd.Series:
    """Names of the features with the largest absolute contributions, largest first.

    Ties, as between features that no tree has split on, go to the feature that comes first.

    Parameters
    ----------
    contributions : DataFrame of shape (n_rows, n_features + 1)
        As a learner gives it; ``baseline`` and ``date`` are no drivers.
    count : int
    zeros : bool
        Whether a feature without a contribution may be named.

    Returns
    -------
    Series of list of str, shape (n_rows,)
    """
    parts = _parts(contributions)
    names = largest(parts.to_numpy(), list(parts.columns), count, zeros=zeros)
    return pd.Series(names, index=contributions.index, dtype=object)


def largest(
    parts: FloatArray, names: Sequence[str], count: int = 3, *, zeros: bool = True
) -> list[list[str]]:
    """``top_drivers`` of an array, shape (n_rows, n_features)."""
    order = np.argsort(-np.abs(parts), axis=1, kind="stable")[:, :count]
    return [
        [names[place] for place in places if zeros or row[place] != 0]
        for places, row in zip(order.tolist(), parts, strict=True)
    ]


def leading(contributions: pd.DataFrame, names: Sequence[str]) -> dict[str, float]:
    """The named contributions of a single row; empty where there is no row.

    Parameters
    ----------
    contributions : DataFrame of at most one row
    names : sequence of str
        As ``top_drivers`` gives them.
    """
    if contributions.empty:
        return {}
    return {name: float(contributions[name].iloc[0]) for name in names}


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


def by_group(contributions: pd.DataFrame, groups: Mapping[str, str]) -> pd.DataFrame:
    """Contributions summed over the features of each group.

    Parameters
    ----------
    contributions : DataFrame of shape (n_rows, n_features + 1)
        As a learner gives it, with or without ``date``.
    groups : mapping of feature to group
        Of every feature there is.

    Returns
    -------
    DataFrame
        ``date`` where it was given, a column per group, and ``baseline``; each row has the sum that
        it had.
    """
    members: dict[str, list[str]] = {}
    for name in map(str, _parts(contributions)):
        members.setdefault(groups[name], []).append(name)
    columns = {group: contributions[names].sum(axis=1) for group, names in members.items()}
    kept = contributions[[name for name in ("date",) if name in contributions]]
    return kept.assign(**columns, **{BASELINE: contributions[BASELINE]})


def groups_over_time(contributions: pd.DataFrame, groups: Mapping[str, str]) -> pd.DataFrame:
    """Mean contribution of each group per calendar month.

    Parameters
    ----------
    contributions : DataFrame
        A walk-forward's, with ``date``: each row is explained by the fit it was forecast with.
    groups : mapping of feature to group

    Returns
    -------
    DataFrame
        Columns date (the month's first day), group, contribution; without the baseline.
    """
    table = by_group(contributions, groups).drop(columns=BASELINE)
    month = table["date"].dt.to_period("M").dt.to_timestamp()
    means = table.drop(columns="date").groupby(month).mean().reset_index()
    return means.melt("date", var_name="group", value_name="contribution")


def what_changed(model: Additive, features: pd.DataFrame, forecasts: pd.DataFrame) -> pd.DataFrame:
    r"""Why the last forecast is not the one before: an additive decomposition in log variance.

    .. math::
        \ln h_t - \ln h_{t-1} = \sum_j \left[ \phi_j(x_t) - \phi_j(x_{t-1}) \right]
        + \left[ \ln h_M(x_{t-1}) - \ln h_{t-1} \right]

    with the contributions :math:`\phi_j` of the served model *M* on both sessions, and a last part,
    ``refit``, that is what *M* says of the earlier session less what was published then. It is zero
    unless a refit lies between the two. Nothing is left over: what rounding leaves of the sum of
    the contributions is shared out by their size.

    Parameters
    ----------
    model : Additive
        The one that the last forecast was made with.
    features : DataFrame
        Rows of both sessions, among others, in order.
    forecasts : DataFrame
        As ``contracts.backtest`` describes them: what was published.

    Returns
    -------
    DataFrame
        Columns feature, before, now (its values), effect (in log variance) and effect_percent (of
        volatility, each effect alone), the largest effect first; no rows where there is but one
        forecast. A baseline that moves, as where a member has nothing to say, is listed as one.
    """
    columns = ["feature", "before", "now", "effect", "effect_percent"]
    published = forecasts.dropna(subset=["var_5d_hat"]).tail(2)
    rows = features[features["date"].isin(published["date"])]
    if len(published) < 2:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in columns})
    effect = _moves(model, rows)
    effect[REFIT] = _refit_effect(model, rows.iloc[[0]], published.iloc[0])
    effect = effect[effect.abs().sort_values(ascending=False, kind="stable").index]
    values = rows.reindex(columns=effect.index)
    return pd.DataFrame(
        {
            "feature": effect.index,
            "before": values.iloc[0].to_numpy(dtype=np.float64),
            "now": values.iloc[1].to_numpy(dtype=np.float64),
            "effect": effect.to_numpy(),
            "effect_percent": 100 * np.expm1(effect.to_numpy() / 2),
        }
    )


def _moves(model: Additive, rows: pd.DataFrame) -> pd.Series:
    """Change of each contribution between two rows; they sum to that of the log variance."""
    parts = model.contributions(rows)
    moves = parts.iloc[1] - parts.iloc[0]
    before, now = model.log_variance(rows)
    left_over = now - before - moves.sum()
    if abs(left_over) > SUM_TOLERANCE:
        raise ServingError(
            f"contributions of {type(model).__name__} leave {left_over:.2g} of the change in log "
            f"variance from {rows['date'].iloc[0]:%Y-%m-%d} to {rows['date'].iloc[1]:%Y-%m-%d} "
            f"unexplained, at most {SUM_TOLERANCE:g} may be: look at its `contributions`."
        )
    size = moves.abs().sum()
    if size > 0:
        moves += moves.abs() * (left_over / size)
    return moves if moves[BASELINE] else moves.drop(BASELINE)


def _refit_effect(model: Additive, row: pd.DataFrame, published: pd.Series) -> float:
    if model.version() == published["model_version"]:
        return 0.0  # and not the rounding of what was published
    return float(model.log_variance(row)[0] - np.log(published["var_5d_hat"]))


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


def with_intervals(predictions: pd.DataFrame, intervals: pd.DataFrame) -> pd.DataFrame:
    """The predictions with the intervals of their dates; null where there are none yet.

    Parameters
    ----------
    predictions : DataFrame
    intervals : DataFrame
        As ``contracts.INTERVALS_DAILY`` describes them.
    """
    bounds = intervals.drop(columns="pit").set_index("date").reindex(predictions["date"])
    place = predictions.columns.get_loc("top_drivers")
    values = bounds.reset_index(drop=True)
    table = predictions.reset_index(drop=True)
    return pd.concat([table.iloc[:, :place], values, table.iloc[:, place:]], axis=1)


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
