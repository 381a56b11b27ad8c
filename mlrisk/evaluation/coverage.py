"""Whether prediction intervals hold what they say: coverage, width, calibration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from mlrisk.evaluation import windows
from mlrisk.evaluation.compare import annualized_percent
from mlrisk.evaluation.long_run import BoolArray, FloatArray

WINDOW = 250
"""Sessions of the rolling coverage: about a year."""

PIT_BINS = 10
TERCILES = ("low", "middle", "high")
FAN_SESSIONS = 500


def covered(table: pd.DataFrame) -> BoolArray:
    """Whether the interval holds what came, bounds inside, shape (n_sessions,)."""
    return table["rv_5d"].between(table["low"], table["high"]).to_numpy()


def interval_score(table: pd.DataFrame, level: float) -> FloatArray:
    r"""Interval score, per session; smaller is better.

    .. math:: S = (u - l) + \tfrac{2}{\alpha} (l - y)^+ + \tfrac{2}{\alpha} (y - u)^+

    Least on average for the quantiles :math:`\alpha / 2` and :math:`1 - \alpha / 2` (Gneiting and
    Raftery 2007, JASA 102(477), section 6.2), so that it is not quite fair to an interval whose
    tails differ by design.

    Parameters
    ----------
    table : DataFrame
        Columns ``rv_5d``, low, high, without nulls.
    level : float
        Coverage asked for.
    """
    low, high, rv = (table[name].to_numpy() for name in ("low", "high", "rv_5d"))
    outside = np.maximum(low - rv, 0) + np.maximum(rv - high, 0)
    return high - low + 2 / (1 - level) * outside


def figures(
    table: pd.DataFrame, level: float, bounds: Mapping[str, tuple[date, date]]
) -> dict[str, Any]:
    """Coverage of one level, overall and in windows, and width.

    Parameters
    ----------
    table : DataFrame
        Columns date, ``rv_5d``, ``rv_5d_hat``, low, high, in the order of time, without nulls.
    level : float
        Coverage asked for.
    bounds : mapping of str to (date, date)
        First and last date of each span.

    Returns
    -------
    dict
        ``below`` and ``above`` are the shares of what came that lie under and over the interval;
        widths are in units of a five-session move; a tercile is one of the forecast.
    """
    inside = covered(table)
    dates = pd.DatetimeIndex(table["date"])
    return {
        "n_obs": len(table),
        **headline(table, level),
        "below": mean((table["rv_5d"] < table["low"]).to_numpy()),
        "above": mean((table["rv_5d"] > table["high"]).to_numpy()),
        "by_span": {
            name: mean(inside[members]) for name, members in windows.spans(dates, bounds).items()
        },
        "by_year": {name: mean(inside[members]) for name, members in windows.years(dates).items()},
    }


def headline(table: pd.DataFrame, level: float) -> dict[str, Any]:
    """What any kind of interval is judged by: coverage overall and where it is hard, and width."""
    inside = covered(table)
    return {
        "coverage": mean(inside),
        "by_tercile": {
            name: mean(inside[members]) for name, members in terciles(table["rv_5d_hat"]).items()
        },
        "worst_rolling": worst_rolling(pd.DatetimeIndex(table["date"]), inside),
        "mean_width": mean((table["high"] - table["low"]).to_numpy()),
        "interval_score": mean(interval_score(table, level)),
    }


def rival_figures(table: pd.DataFrame, rival: pd.DataFrame, level: float) -> dict[str, Any]:
    """Another kind of interval on the same dates.

    Parameters
    ----------
    table, rival : DataFrame of the same dates
        As for ``figures``.
    level : float

    Returns
    -------
    dict
        ``width_ratio`` and ``score_ratio`` are those of the table over the rival's: below one, the
        table is narrower and better.
    """
    own, theirs = headline(table, level), headline(rival, level)
    return {
        **theirs,
        "width_ratio": own["mean_width"] / theirs["mean_width"],
        "score_ratio": own["interval_score"] / theirs["interval_score"],
    }


def terciles(forecast: pd.Series) -> dict[str, BoolArray]:
    """Thirds of the sessions by the size of their forecast."""
    order = forecast.rank(method="first").to_numpy() - 1
    third = (order * len(TERCILES) // max(len(order), 1)).astype(int)
    masks = {name: np.asarray(third == place) for place, name in enumerate(TERCILES)}
    return {name: mask for name, mask in masks.items() if mask.any()}


def rolling_coverage(inside: BoolArray, window: int = WINDOW) -> FloatArray:
    """Share covered of the last ``window`` sessions, shape (n_sessions - window + 1,)."""
    if len(inside) < window:
        return np.empty(0)
    return np.lib.stride_tricks.sliding_window_view(inside, window).mean(axis=1)


def worst_rolling(
    dates: pd.DatetimeIndex, inside: BoolArray, window: int = WINDOW
) -> dict[str, Any] | None:
    """Least coverage of any ``window`` sessions, and the last date of the first such.

    None where there are fewer sessions.
    """
    shares = rolling_coverage(inside, window)
    if not len(shares):
        return None
    place = int(shares.argmin())
    return {
        "window": window,
        "coverage": float(shares[place]),
        "end_date": dates[place + window - 1],
    }


def uniformity(pit: FloatArray, horizon: int, bins: int = PIT_BINS) -> dict[str, Any]:
    """Whether probability integral transforms are uniform, on origins that do not overlap.

    Parameters
    ----------
    pit : array of shape (n_sessions,)
        Of every session, without nulls.
    horizon : int
        Sessions each looks ahead: every ``horizon``-th is used.
    bins : int
        Of equal width, for the chi-square test.

    Notes
    -----
    Origins that do not overlap are still not quite independent: where forecasts are off for months
    the p-values are too small.
    """
    origins = pit[::horizon]
    if len(origins) < 5 * bins:
        return {"n_obs": len(origins)}
    counts = histogram(origins, bins)
    distance = stats.kstest(origins, "uniform")
    chi_square = stats.chisquare(counts)
    return {
        "n_obs": len(origins),
        "mean": mean(origins),
        "std": float(np.std(origins)),
        "ks_statistic": float(distance.statistic),
        "ks_p_value": float(distance.pvalue),
        "chi_square": float(chi_square.statistic),
        "chi_square_p_value": float(chi_square.pvalue),
        "histogram": counts.tolist(),
    }


def histogram(pit: FloatArray, bins: int = PIT_BINS) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Transforms per bin of equal width, the lower edge inside."""
    return np.bincount(np.minimum((pit * bins).astype(int), bins - 1), minlength=bins)


def coverage_over_time(tables: Mapping[str, pd.DataFrame], window: int = WINDOW) -> pd.DataFrame:
    """Coverage of the last ``window`` sessions at the last date of each month, in per cent.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        As for ``figures``, by the name of the line.

    Returns
    -------
    DataFrame
        Columns date, series, coverage.
    """
    parts = [
        pd.DataFrame(
            {
                "date": table["date"].to_numpy()[window - 1 :],
                "series": name,
                "coverage": 100 * rolling_coverage(covered(table), window),
            }
        )
        for name, table in tables.items()
        if len(table) >= window
    ]
    if not parts:
        return pd.DataFrame(columns=["date", "series", "coverage"])
    months = [rows.groupby(rows["date"].dt.to_period("M")).tail(1) for rows in parts]
    return pd.concat(months, ignore_index=True)


def pit_histogram(pit: FloatArray, horizon: int, bins: int = PIT_BINS) -> pd.DataFrame:
    """Density of the transforms on origins that do not overlap; one everywhere if calibrated.

    Returns
    -------
    DataFrame
        Columns ``pit`` (the middle of the bin), ``density``.
    """
    origins = pit[::horizon]
    middles = (np.arange(bins) + 0.5) / bins
    return pd.DataFrame(
        {"pit": middles, "density": histogram(origins, bins) * bins / max(len(origins), 1)}
    )


def fan(
    tables: Mapping[str, pd.DataFrame], every: int, sessions: int = FAN_SESSIONS
) -> pd.DataFrame:
    """The last intervals around the forecast, and what came, so spaced that none overlap.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        As for ``figures``, by the name of the level.
    every : int
        Sessions from one origin to the next.
    sessions : int
        How far back.

    Returns
    -------
    DataFrame
        Columns date, series, volatility (annualised, in per cent).
    """
    lines: list[tuple[str, pd.DataFrame, str]] = []
    for place, (name, table) in enumerate(tables.items()):
        rows = table.iloc[-sessions:].iloc[::every]
        if not place:
            lines += [("realized", rows, "rv_5d"), ("forecast", rows, "rv_5d_hat")]
        lines += [(f"{name} {bound}", rows, bound) for bound in ("low", "high")]
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "date": rows["date"],
                    "series": series,
                    "volatility": annualized_percent(rows[column]),
                }
            )
            for series, rows, column in lines
        ],
        ignore_index=True,
    )


def mean(values: FloatArray | BoolArray) -> float:
    """Mean of a column; null for none."""
    return float(np.mean(values)) if len(values) else float("nan")
