"""Stage ``backtest@<contender>``: features and labels -> one contender's walk-forward forecasts."""

from __future__ import annotations

import argparse
import functools
import json
import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pandas as pd

from mlrisk import contracts, store
from mlrisk.evaluation import cluster, walkforward
from mlrisk.evaluation.cache import FoldCache, fingerprint
from mlrisk.forecast import roster
from mlrisk.params import Params, load_params
from mlrisk.params.forecasting import Forecast
from mlrisk.params.sections import Backtest, ParamsError
from stages.run import progress, run, workers

CACHE = "MLRISK_CACHE"
CACHE_FOLDER = ".cache/mlrisk"
CACHE_BYTES = 500_000_000
SCHEDULER = "MLRISK_DASK_SCHEDULER"
CODE = ("mlrisk.forecast", "mlrisk.evaluation.walkforward", "mlrisk.rounding")
"""What a fold is computed with."""


class BacktestParams(Params):
    backtest: Backtest
    forecast: Forecast


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("contender", choices=list(roster.ROSTER))
    name = parser.parse_args().contender
    params = load_params(BacktestParams)
    features = store.read(contracts.FEATURES_DAILY)
    labels = store.read(contracts.LABELS_DAILY)
    summary = json.loads(Path("metrics/features.json").read_text(encoding="utf-8"))
    settings = params.forecast.settings(name, summary["names"])
    build = functools.partial(roster.contender, name, settings)

    folder = contracts.backtest(name)
    forecasts, contributions, reason = folder.forecasts.empty(), None, None
    given = [str(name) for name in features]
    lacking = roster.lacking(build().inputs, given, summary["not_given"])
    revised = [name for name in build().inputs if name in summary["not_point_in_time"]]
    if lacking:
        reason = f"the source gives no {', '.join(lacking)}"
    elif revised:
        reason = f"the source's history of {', '.join(revised)} holds later revisions"
    else:
        grid = walkforward.folds(features["date"], **params.backtest.grid())
        rows = features[["date", *build().inputs]].assign(rv_5d=labels["rv_5d"])
        cache = fold_cache()
        with backend(params.backtest) as patience:
            results = walkforward.walk_forward(
                build, rows, grid, params.backtest.min_train_rows, workers(), cache, patience
            )
            done = list(progress(results, total=len(grid), what=name))
        if cache:
            cache.trim(CACHE_BYTES)
        forecasts = pd.concat([fold.forecasts for fold in done])
        explained = [fold.contributions for fold in done if fold.contributions is not None]
        contributions = pd.concat(explained) if explained else None

    store.write(folder.forecasts, forecasts)
    if contributions is not None:
        store.write(folder.contributions, contributions)
    store.write_text(folder.status, json.dumps({"left_out_because": reason}) + "\n")


def fold_cache() -> FoldCache | None:
    """In the folder ``MLRISK_CACHE``, by default one of the repository; none where it is empty."""
    folder = os.environ.get(CACHE, CACHE_FOLDER)
    return FoldCache(Path(folder), fingerprint(CODE)) if folder else None


def backend(settings: Backtest) -> AbstractContextManager[float | None]:
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
    return cluster.connected(address, CODE)


if __name__ == "__main__":
    run(main)
