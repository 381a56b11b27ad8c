"""Labels: what the next five sessions bring, and how it compares with all that was known.

A label dated *t* looks at the sessions *t+1..t+5*, so it is itself known only at *t+5*.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

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
    benchmark: str,
    *,
    calm_below: float,
    risk_off_above: float,
    min_history: int,
) -> pd.DataFrame:
    """Realised volatility and regime of the next five sessions.

    Parameters
    ----------
    market : DataFrame
        Columns of ``contracts.MARKET_DAILY``.
    benchmark : str
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
    regime = regimes(rv, calm_below, risk_off_above, min_history)
    return pd.DataFrame(
        {
            "date": rows["date"].to_numpy(),
            f"rv_{HORIZON}d": rv,
            f"regime_{HORIZON}d": pd.Series(regime, dtype="str"),
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


def regimes(
    rv: FloatArray,
    calm_below: float,
    risk_off_above: float,
    min_history: int,
    horizon: int = HORIZON,
) -> list[str | None]:
    """``calm``, ``transition`` or ``risk_off`` by expanding quantiles of what was known.

    The label at *t* holds ``rv[t]``, which lies ahead, against quantiles of ``rv[0..t-h]``, which
    are the values known at *t*: below the lower one is calm, above the upper one risk-off.

    Parameters
    ----------
    rv : array of shape (n_sessions,)
        As from ``realized_volatility``; nulls count neither as history nor as a label.
    calm_below, risk_off_above : float
        Quantiles, linearly interpolated between order statistics (Hyndman and Fan 1996, type 7).
    min_history : int
        Known values before the first label.
    horizon : int
        Sessions ``rv`` looks ahead.

    Returns
    -------
    list of n_sessions labels
        None before ``min_history`` and where ``rv`` is null.

    Warnings
    --------
    The thresholds at *t* use labels dated *t - h* or before; the label itself is known at *t + h*.
    """
    labels: list[str | None] = []
    known: list[float] = []
    values = rv.tolist()
    for at, value in enumerate(values):
        if at >= horizon and not np.isnan(values[at - horizon]):
            insort(known, values[at - horizon])
        if np.isnan(value) or len(known) < min_history:
            labels.append(None)
        elif value < quantile(known, calm_below):
            labels.append("calm")
        elif value > quantile(known, risk_off_above):
            labels.append("risk_off")
        else:
            labels.append("transition")
    return labels


def quantile(ordered: Sequence[float], share: float) -> float:
    """Quantile of sorted values, linearly interpolated between order statistics."""
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
