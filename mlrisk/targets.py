"""Labels: what the next five sessions bring, and how it compares with all that was known.

A label dated *t* looks at the sessions *t+1..t+5*, so it is itself known only at *t+5*.
"""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from mlrisk.errors import MlriskError

FloatArray = npt.NDArray[np.float64]

HORIZON = 5
"""Sessions a label looks ahead."""


class TargetError(MlriskError, ValueError):
    """Labels that cannot be computed; names what is missing and what to do."""


def build(
    market: pd.DataFrame,
    clusters: pd.DataFrame,
    benchmark: str,
    *,
    target: Literal["quantiles", "clusters"],
    classes: Literal[2, 3],
    calm_below: float,
    risk_off_above: float,
    min_history: int,
) -> pd.DataFrame:
    """Realised volatility and regime of the next five sessions.

    Parameters
    ----------
    market : DataFrame
        Columns of ``contracts.MARKET_DAILY``.
    clusters : DataFrame
        Columns of ``contracts.REGIMES_DAILY``; only read where they are the target.
    benchmark : str
    target : {"quantiles", "clusters"}
        Whether a regime is where the realised volatility ahead lies among those known, or the
        cluster that was published five sessions on.
    classes : {2, 3}
        With two, transition counts as calm: what is not risk-off.
    calm_below, risk_off_above : float
        Quantiles of the realised volatilities known at each date.
    min_history : int
        Known values that the quantiles want.

    Returns
    -------
    DataFrame
        Columns of ``contracts.LABELS_DAILY``, a row for each session of the benchmark.
    """
    rows = market[market["symbol"] == benchmark]
    if rows.empty:
        raise TargetError(
            f"benchmark {benchmark!r} has no rows in market_daily. Set roles.benchmark in "
            "conf/roles to a symbol of the source, and run `dvc repro`."
        )
    rv = realized_volatility(rows["ret"].to_numpy())
    if target == "clusters":
        regime = regimes_of_clusters(rows["date"], clusters)
        low, high = np.full((2, len(rv)), np.nan)
    else:
        low, high = thresholds(rv, calm_below, risk_off_above, min_history)
        regime = regimes(rv, low, high)
    if classes == 2:
        regime = ["calm" if label == "transition" else label for label in regime]
    return pd.DataFrame(
        {
            "date": rows["date"].to_numpy(),
            f"rv_{HORIZON}d": rv,
            f"regime_{HORIZON}d": pd.Series(regime, dtype="str"),
            "rv_calm_below": low,
            "rv_risk_off_above": high,
        }
    )


def realized_volatility(ret: FloatArray, horizon: int = HORIZON) -> FloatArray:
    r"""Realised volatility of the sessions ahead.

    .. math:: rv_t = \sqrt{\sum_{i=1}^{h} r_{t+i}^2}

    Parameters
    ----------
    ret : array of shape (n_sessions,)
        Daily log returns.
    horizon : int
        Sessions ahead, *h*.

    Returns
    -------
    array of shape (n_sessions,)
        In units of an *h*-session move; null for the last *h* sessions, where a return ahead is
        null, and where all of them are exactly zero: that is a market that stood still (or rows
        carried forward), of which no loss on variances is defined.

    Warnings
    --------
    The value at *t* is known at *t + h* and not before.
    """
    rv = np.full(len(ret), np.nan)
    if len(ret) > horizon:
        squares = sliding_window_view(ret[1:] * ret[1:], horizon)
        # Term by term: a fixed order gives the same bits on every processor.
        total = np.zeros(len(squares))
        for ahead in range(horizon):
            total += squares[:, ahead]
        rv[: len(total)] = np.sqrt(np.where(total > 0, total, np.nan))
    return rv


def thresholds(
    rv: FloatArray,
    calm_below: float,
    risk_off_above: float,
    min_history: int,
    horizon: int = HORIZON,
) -> tuple[FloatArray, FloatArray]:
    """Expanding quantiles of the realised volatilities known at each session.

    Parameters
    ----------
    rv : array of shape (n_sessions,)
        As from ``realized_volatility``; nulls do not count.
    calm_below, risk_off_above : float
        Quantiles, linearly interpolated between order statistics (Hyndman and Fan 1996, type 7).
    min_history : int
        Known values before the first threshold.
    horizon : int
        Sessions ``rv`` looks ahead.

    Returns
    -------
    tuple of two arrays of shape (n_sessions,)
        In units of ``rv``; null before ``min_history``.

    Warnings
    --------
    The thresholds at *t* use ``rv[0..t-h]``, the values known at *t*.
    """
    low, high = np.full((2, len(rv)), np.nan)
    known: list[float] = []
    for at in range(len(rv)):
        if at >= horizon and not np.isnan(rv[at - horizon]):
            insort(known, float(rv[at - horizon]))
        if len(known) >= min_history:
            low[at], high[at] = quantile(known, calm_below), quantile(known, risk_off_above)
    return low, high


def regimes(rv: FloatArray, low: FloatArray, high: FloatArray) -> list[str | None]:
    """``calm`` below the lower threshold, ``risk_off`` above the upper one, else ``transition``.

    Parameters
    ----------
    rv, low, high : array of shape (n_sessions,)
        As from ``realized_volatility`` and ``thresholds``.

    Returns
    -------
    list of n_sessions labels
        None where one of the three is null.

    Warnings
    --------
    The label at *t* holds ``rv[t]``, which lies ahead: it is known at *t + h*.
    """
    labels: list[str | None] = []
    for value, below, above in zip(rv, low, high, strict=True):
        if np.isnan(value) or np.isnan(below):
            labels.append(None)
        else:
            labels.append(
                "calm" if value < below else "risk_off" if value > above else "transition"
            )
    return labels


def regimes_of_clusters(
    dates: pd.Series, clusters: pd.DataFrame, horizon: int = HORIZON
) -> list[str | None]:
    """The cluster that is published ``horizon`` sessions on, as a regime.

    Clusters are numbered by volatility on the first fit and keep their numbers: the first is calm,
    the last risk-off, those between are transition.

    Parameters
    ----------
    dates : Series of datetime64, shape (n_sessions,)
    clusters : DataFrame
        Columns of ``contracts.REGIMES_DAILY``.
    horizon : int

    Returns
    -------
    list of n_sessions labels
        None for the last ``horizon`` sessions and where no cluster was published.

    Raises
    ------
    TargetError
        Where there are no clusters.
    """
    count = sum(re.fullmatch(r"prob_cluster_\d+", str(name)) is not None for name in clusters)
    if count < 2:
        raise TargetError(
            "labels.target=clusters needs the clusters of data/regimes_daily, which has "
            f"{count}; metrics/clusters.json says why. Set labels.target=quantiles in conf/labels."
        )
    published = clusters.set_index("date")["regime_cluster_id"].reindex(dates).to_numpy()
    ahead = np.append(published[horizon:], np.full(min(horizon, len(published)), np.nan))
    names = ["calm", *["transition"] * (count - 2), "risk_off"]
    return [None if np.isnan(cluster) else names[int(cluster)] for cluster in ahead]


def quantile(ordered: Sequence[float], share: float) -> float:
    """Quantile of sorted values, linearly interpolated between order statistics."""
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
