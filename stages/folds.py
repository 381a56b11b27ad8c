"""A walk-forward as a stage runs it: folds remembered on disk, computed here or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pandas as pd

from mlrisk.evaluation import cluster, walkforward
from mlrisk.evaluation.cache import FoldCache, fingerprint
from mlrisk.params.sections import Backtest, ParamsError
from stages.run import progress, workers

CACHE = "MLRISK_CACHE"
CACHE_FOLDER = ".cache/mlrisk"
CACHE_BYTES = 500_000_000
SCHEDULER = "MLRISK_DASK_SCHEDULER"


def walked(
    build: Callable[[], walkforward.Forecaster],
    rows: pd.DataFrame,
    settings: Backtest,
    min_train_rows: int,
    code: tuple[str, ...],
    what: str,
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Forecasts and contributions of a walk-forward over the refit grid.

    Parameters
    ----------
    build : callable
        Gives an unfitted model.
    rows : DataFrame of shape (n_sessions, n_columns)
        Date, features and labels.
    settings : Backtest
    min_train_rows : int
    code : tuple of str
        Modules that a fold is computed with.
    what : str
        Shown beside the progress.
    """
    grid = walkforward.folds(rows["date"], **settings.grid())
    cache = fold_cache(code)
    with backend(settings, code) as patience:
        results = walkforward.walk_forward(
            build, rows, grid, min_train_rows, workers(), cache, patience
        )
        done = list(progress(results, total=len(grid), what=what))
    if cache:
        cache.trim(CACHE_BYTES)
    explained = [fold.contributions for fold in done if fold.contributions is not None]
    forecasts = pd.concat([fold.forecasts for fold in done])
    return forecasts, pd.concat(explained) if explained else None


def fold_cache(code: tuple[str, ...]) -> FoldCache | None:
    """In the folder ``MLRISK_CACHE``, by default one of the repository; none where it is empty."""
    folder = os.environ.get(CACHE, CACHE_FOLDER)
    return FoldCache(Path(folder), fingerprint(code)) if folder else None


def backend(settings: Backtest, code: tuple[str, ...]) -> AbstractContextManager[float | None]:
    """Where the folds are computed; gives the seconds to wait for one.

    Raises
    ------
    ParamsError
        Where a cluster is asked for and none is named: its address belongs to a machine, and not
        to an experiment.
    """
    if settings.backend == "local":
        return nullcontext()
    address = os.environ.get(SCHEDULER)
    if not address:
        raise ParamsError(
            f"backtest.backend=dask needs the environment variable {SCHEDULER}, the scheduler's "
            "address such as tcp://10.0.0.5:8786; docs/scale.md says how"
        )
    return cluster.connected(address, code)
