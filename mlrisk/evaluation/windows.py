"""What is compared where: losses on common dates, and windows of years, spans and regimes.

A window is a mask over the dates of a table of losses; ``True`` is inside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from mlrisk.evaluation.long_run import BoolArray, InferenceError
from mlrisk.evaluation.losses import qlike


def loss_table(
    tables: Mapping[str, pd.DataFrame], names: Sequence[str] | None = None
) -> pd.DataFrame:
    """QLIKE of each contender on the dates that all of them have.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Columns date, rv_5d, var_5d_hat, as ``compare.joined`` gives them.
    names : sequence of str, optional
        Who is compared; all by default. One with a short history shortens the others.

    Returns
    -------
    DataFrame of shape (n_dates, n_contenders)
        Indexed by date, in its order.
    """
    chosen = list(tables) if names is None else list(names)
    absent = [name for name in chosen if name not in tables]
    if absent or not chosen:
        raise InferenceError(
            f"no forecasts of {', '.join(absent) or 'anyone'} to compare; there are those of "
            f"{', '.join(tables) or 'nobody'}"
        )
    columns = {
        name: pd.Series(
            qlike(tables[name]["rv_5d"].to_numpy() ** 2, tables[name]["var_5d_hat"].to_numpy()),
            index=pd.DatetimeIndex(tables[name]["date"]),
        )
        for name in chosen
    }
    losses = pd.concat(columns, axis=1, join="inner").sort_index()
    if losses.empty:
        raise InferenceError(f"{', '.join(chosen)} have no date in common")
    return losses


def years(dates: pd.DatetimeIndex) -> dict[str, BoolArray]:
    """Each calendar year of the forecast's date."""
    return {str(year): np.asarray(dates.year == year) for year in dates.year.unique()}


def spans(dates: pd.DatetimeIndex, bounds: Mapping[str, tuple[date, date]]) -> dict[str, BoolArray]:
    """Named spans of dates, both ends inside; those without any date are left out."""
    masks = {
        name: np.asarray((dates >= pd.Timestamp(first)) & (dates <= pd.Timestamp(last)))
        for name, (first, last) in bounds.items()
    }
    return {name: mask for name, mask in masks.items() if mask.any()}


def regimes(dates: pd.DatetimeIndex, labels: pd.DataFrame, horizon: int) -> dict[str, BoolArray]:
    """The regime that the sessions up to each date have turned out to be in, as known that day.

    Parameters
    ----------
    dates : DatetimeIndex of shape (n_dates,)
    labels : DataFrame
        Columns date, ``regime_5d``: a row for each session, in order.
    horizon : int
        Sessions a label looks ahead.

    Returns
    -------
    dict of str to array of bool
        In the order calm, transition, risk_off. Dates before the first label is known are in none.

    Warnings
    --------
    The label dated *t - h* covers sessions up to *t* and is known at *t*; the label dated *t* is
    not, and a window by it would pick dates by what came after them.
    """
    known = pd.Series(
        labels["regime_5d"].shift(horizon).to_numpy(), index=pd.DatetimeIndex(labels["date"])
    )
    absent = dates[~dates.isin(known.index)]
    if len(absent):
        raise InferenceError(
            f"{len(absent)} dates have losses and no row of labels, the first {absent[0]:%Y-%m-%d}"
        )
    regime = known.loc[dates]
    masks = {name: (regime == name).to_numpy() for name in ("calm", "transition", "risk_off")}
    return {name: mask for name, mask in masks.items() if mask.any()}
