"""Where a forecast is good: its figures per calendar year, span of years and regime."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from mlrisk.evaluation import compare, windows
from mlrisk.evaluation.long_run import BoolArray

Bounds = Mapping[str, tuple[date, date]]
"""First and last date of each named span."""

FIGURES = (
    "n_obs",
    "qlike",
    "qlike_vs_rv20",
    "qlike_vs_reference",
    "rmse",
    "rmse_vs_rv20",
    "rmse_vs_reference",
    "bias",
)


def masks(
    dates: pd.DatetimeIndex,
    labels: pd.DataFrame,
    bounds: Bounds,
    horizon: int,
) -> dict[str, dict[str, BoolArray]]:
    """The windows of some dates: ``years``, ``spans`` and ``regimes``, each by name.

    Parameters
    ----------
    dates : DatetimeIndex of shape (n_dates,)
    labels : DataFrame
        Columns date, ``regime_5d``: a row for each session.
    bounds : mapping of str to (date, date)
        First and last date of each span.
    horizon : int
        Sessions a label looks ahead: a regime counts from the session on which it is known.
    """
    return {
        "years": windows.years(dates),
        "spans": windows.spans(dates, bounds),
        "regimes": windows.regimes(dates, labels, horizon),
    }


def figures(
    tables: Mapping[str, pd.DataFrame],
    labels: pd.DataFrame,
    bounds: Bounds,
    horizon: int,
) -> dict[str, dict[str, dict[str, dict[str, Any]]]]:
    """Losses and bias of each contender in each window, on the contender's own dates.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        As ``compare.beside`` gives them.
    labels, bounds, horizon
        As for ``masks``.

    Returns
    -------
    dict
        By kind of window, window and contender; a contender without a date in a window is not
        there.
    """
    found: dict[str, dict[str, dict[str, dict[str, Any]]]] = {
        "years": {},
        "spans": {},
        "regimes": {},
    }
    for name, table in tables.items():
        dates = pd.DatetimeIndex(table["date"])
        for kind, named in masks(dates, labels, bounds, horizon).items():
            for window, members in named.items():
                values = compare.figures(table[members])
                kept = {figure: values[figure] for figure in FIGURES}
                found[kind].setdefault(window, {})[name] = kept
    return {
        kind: {window: named[window] for window in _in_order(kind, named)}
        for kind, named in found.items()
    }


def _in_order(kind: str, named: Iterable[str]) -> list[str]:
    # A contender with a shorter history than another's must not move the years.
    return sorted(named) if kind == "years" else list(named)


def headlines(
    figures: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> dict[str, dict[str, dict[str, Any]]]:
    """The losses of each window without the rest, which is too much to be read at once."""
    kept = [figure for figure in FIGURES if figure.startswith(("n_obs", "qlike", "rmse"))]
    return {
        window: {
            name: {figure: values[figure] for figure in kept} for name, values in contenders.items()
        }
        for window, contenders in figures.items()
    }


def together(
    figures: Mapping[str, Mapping[str, Mapping[str, Any]]],
    tests: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> dict[str, dict[str, dict[str, Any]]]:
    """Figures and tests of each window side by side, by kind of window and window."""
    return {
        kind: {
            window: {"contenders": contenders, **tests.get(kind, {}).get(window, {})}
            for window, contenders in windows_of_kind.items()
        }
        for kind, windows_of_kind in figures.items()
    }


def years_won(
    tables: Mapping[str, pd.DataFrame], model: str, rivals: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """In how many calendar years the model has the smaller QLIKE, on the dates that both have.

    Returns
    -------
    dict of str to dict
        Per rival ``won``, ``of`` and ``not_won``, the years themselves. A tie is not won.
    """
    counts = {}
    for rival in rivals:
        losses = windows.loss_table(tables, [model, rival])
        means = losses.groupby(pd.DatetimeIndex(losses.index).year).mean()
        better = means[model] < means[rival]
        counts[rival] = {
            "won": int(better.sum()),
            "of": len(better),
            "not_won": [int(year) for year in better.index[~better]],
        }
    return counts


def bias_by_regime(
    regimes: Mapping[str, Mapping[str, Mapping[str, Any]]], names: Iterable[str]
) -> dict[str, dict[str, float | None]]:
    """Mean of ``rv_5d_hat`` less realised in annualised points, per regime as known at *t*.

    Parameters
    ----------
    regimes : mapping
        Part ``regimes`` of ``figures``.
    names : iterable of str
        Contenders to be shown.
    """
    return {
        regime: {
            name: float(compare.annualized_percent(contenders[name]["bias"]))
            for name in names
            if name in contenders
        }
        for regime, contenders in regimes.items()
    }
