"""Expanding-window walk-forward with a purge, on a grid of refits that never moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from mlrisk.errors import MlriskError
from mlrisk.log import event

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fold:
    """One refit and the sessions it forecasts from, as positions on the axis of sessions.

    Parameters
    ----------
    number : int
        Place on the refit grid.
    train_stop : int
        Rows ``[0, train_stop)`` may be trained on. The last of them is dated ``purge`` sessions
        before the first forecast, so that its label is known by then.
    start, stop : int
        Rows ``[start, stop)`` are forecast.
    """

    number: int
    train_stop: int
    start: int
    stop: int


class WalkForwardError(MlriskError, ValueError):
    """A walk that cannot begin where it is told to, or a fold that cannot be fitted."""


class TooFewRowsError(MlriskError, ValueError):
    """A training window that is too short to fit on."""


class Forecaster(Protocol):
    """What is walked forward; the contenders are such, of volatility and of regimes.

    ``labels`` are the columns that it learns from and that look ahead; ``published`` names what it
    forecasts, and ``forecast`` gives an array of shape (n_rows, n_published).
    """

    parallel: ClassVar[bool]
    sequential: ClassVar[bool]
    published: ClassVar[tuple[str, ...]]

    @property
    def labels(self) -> tuple[str, ...]: ...
    def get_params(self) -> dict[str, Any]: ...
    def usable(self, features: pd.DataFrame) -> npt.NDArray[np.bool_]: ...
    def learn(self, window: pd.DataFrame) -> Self: ...
    def forecast(self, features: pd.DataFrame) -> FloatArray: ...
    def contributions(self, features: pd.DataFrame) -> pd.DataFrame | None: ...
    def version(self) -> str: ...


def folds(sessions: pd.Series, first_forecast: date, refit_every: int, purge: int) -> list[Fold]:
    """The refit grid from ``first_forecast`` to the last session.

    The grid is anchored at its first date, so that a longer history adds folds and changes none:
    the fold that covers a date is the same in every later run.

    Parameters
    ----------
    sessions : Series of datetime64, shape (n_sessions,)
        Sorted, one per row of the features.
    first_forecast : date
        The session of the first forecast.
    refit_every : int
        Sessions that one fit forecasts from.
    purge : int
        Sessions between the last training label's date and the first forecast; at least the
        horizon.

    Raises
    ------
    WalkForwardError
        Where ``first_forecast`` is no session of the table, or too early to have any training row.
    """
    dates = pd.DatetimeIndex(sessions)
    first = int(dates.searchsorted(pd.Timestamp(first_forecast)))
    if first == len(dates) or dates[first] != pd.Timestamp(first_forecast):
        raise WalkForwardError(
            f"backtest.first_forecast {first_forecast} is no session of the features, which run "
            f"from {dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}; set it in conf/source"
        )
    if first <= purge:
        raise WalkForwardError(
            f"backtest.first_forecast {first_forecast} leaves no label to train on; the features "
            f"begin at {dates[0]:%Y-%m-%d} and the purge is {purge} sessions"
        )
    return [
        Fold(number, start - purge + 1, start, min(start + refit_every, len(dates)))
        for number, start in enumerate(range(first, len(dates), refit_every))
    ]


def training_window(
    model: Forecaster, table: pd.DataFrame, fold: Fold, min_train_rows: int
) -> pd.DataFrame:
    """Rows that the fold's fit may see: usable ones with a label known by its first forecast.

    Parameters
    ----------
    model : Forecaster
    table : DataFrame of shape (n_sessions, n_columns)
        Features and labels; null where a label is not known.
    fold : Fold
    min_train_rows : int

    Raises
    ------
    TooFewRowsError
        Where the window holds fewer usable rows than asked for.
    """
    window = table.iloc[: fold.train_stop]
    known = window[list(model.labels)].notna().all(axis=1).to_numpy()
    rows = window[model.usable(window) & known]
    if len(rows) < min_train_rows:
        raise TooFewRowsError(
            f"fold {fold.number} has {len(rows)} usable training rows, "
            f"backtest.min_train_rows asks for {min_train_rows}"
        )
    return rows


@dataclass(frozen=True)
class FoldForecasts:
    """What one fit says about the sessions of its fold.

    Parameters
    ----------
    fold : Fold
    forecasts : DataFrame
        Columns date, fold, what the model publishes and ``model_version``, a row per session of
        the fold; null where the model could not be fitted or the row not be used.
    contributions : DataFrame or None
        Parts of the rows that have a forecast; None for a model without any.
    """

    fold: Fold
    forecasts: pd.DataFrame
    contributions: pd.DataFrame | None


@dataclass(frozen=True, slots=True)
class Task:
    """All that the forecasts of one fold are computed from.

    It has slots and so no weak reference, which keeps joblib from scattering the table over the
    workers of a Dask cluster: what a worker held that died is lost, a task is sent again.

    Parameters
    ----------
    model : Forecaster
        Unfitted.
    rows : DataFrame of shape (fold.stop, n_columns)
        Features and labels from the first session to the last one of the fold. Labels that are
        not known at its first forecast are null: a task stays the same when sessions are appended.
    fold : Fold
    min_train_rows : int
    """

    model: Forecaster
    rows: pd.DataFrame
    fold: Fold
    min_train_rows: int


class Cache(Protocol):
    """Where the results of folds are kept from one run to the next."""

    def get(self, task: Task) -> FoldForecasts | None: ...
    def put(self, task: Task, result: FoldForecasts) -> None: ...


def task(model: Forecaster, table: pd.DataFrame, fold: Fold, min_train_rows: int) -> Task:
    """The fold's part of a table of features and labels, shape (n_sessions, n_columns)."""
    rows = table.iloc[: fold.stop]
    in_time = np.arange(fold.stop) < fold.train_stop
    known = {name: rows[name].where(in_time) for name in model.labels}
    return Task(model, rows.assign(**known), fold, min_train_rows)


def forecast_fold(task: Task) -> FoldForecasts:
    """Fit on the fold's window, then forecast its sessions.

    Raises
    ------
    WalkForwardError
        Where the model cannot be fitted; names the fold.
    """
    model, table, fold = task.model, task.rows, task.fold
    rows = table.iloc[fold.start : fold.stop]
    forecasts = pd.DataFrame(
        {
            "date": rows["date"],
            "fold": fold.number,
            **dict.fromkeys(model.published, np.nan),
            "model_version": "",
        }
    )
    try:
        window = training_window(model, table, fold, task.min_train_rows)
    except TooFewRowsError:
        return FoldForecasts(fold, forecasts, None)
    try:
        model.learn(window)
    except MlriskError as error:
        raise WalkForwardError(
            f"fold {fold.number}, first forecast {rows['date'].iloc[0]:%Y-%m-%d}: {error}"
        ) from None
    forecasts["model_version"] = model.version()
    usable = model.usable(rows)
    known = rows[usable]
    if known.empty:
        return FoldForecasts(fold, forecasts, None)
    path = table[model.usable(table)] if model.sequential else known
    forecasts.loc[usable, list(model.published)] = model.forecast(path)[-len(known) :]
    parts = model.contributions(known)
    if parts is not None:
        parts.insert(0, "date", known["date"])
    return FoldForecasts(fold, forecasts, parts)


def _elsewhere(task: Task) -> FoldForecasts:
    """``forecast_fold`` on one thread, so that sums are added in one order on any machine."""
    with threadpool_limits(1):
        return forecast_fold(task)


def walk_forward(
    build: Callable[[], Forecaster],
    table: pd.DataFrame,
    grid: Sequence[Fold],
    min_train_rows: int,
    workers: int,
    cache: Cache | None = None,
    patience: float | None = None,
) -> Iterator[FoldForecasts]:
    """Each fold's forecasts, in the order of the grid, as they become ready.

    The folds do not know of each other, so the result depends neither on ``workers`` nor on what
    the cache remembers. Models that are slow to fit run wherever ``joblib.parallel_config`` says,
    by default in processes of this machine; the others run in this process.

    Parameters
    ----------
    build : callable
        Gives an unfitted model; called once per fold.
    table : DataFrame of shape (n_sessions, n_columns)
        Features and labels; null where a label is not known.
    grid : sequence of Fold
    min_train_rows : int
    workers : int
        Processes on this machine.
    cache : Cache, optional
        Folds it remembers are not computed again.
    patience : float, optional
        Seconds after which the wait for a fold ends in a ``TimeoutError``.
    """
    tasks = [task(build(), table, fold, min_train_rows) for fold in grid]
    kept = [cache.get(each) if cache else None for each in tasks]
    missing = [each for each, result in zip(tasks, kept, strict=True) if result is None]
    event("folds", kept=len(tasks) - len(missing), missing=len(missing))
    if build().parallel and len(missing) > 1:
        # A fold takes far longer than to hand it over: one at a time.
        pool = Parallel(workers, return_as="generator", batch_size=1, timeout=patience)
        computed = pool(delayed(_elsewhere)(each) for each in missing)
    else:
        computed = (forecast_fold(each) for each in missing)
    for each, result in zip(tasks, kept, strict=True):
        if result is not None:
            yield result
            continue
        fresh: FoldForecasts = next(computed)
        if cache:
            cache.put(each, fresh)
        yield fresh
