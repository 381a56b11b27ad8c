"""Stage ``backtest@<contender>``: features and labels -> one contender's walk-forward forecasts."""

from __future__ import annotations

import argparse
import functools
import json
from pathlib import Path

import pandas as pd

from mlrisk import contracts, store
from mlrisk.evaluation import walkforward
from mlrisk.forecast import roster
from mlrisk.params import Params, load_params
from mlrisk.params.sections import Backtest, Forecast, Roles
from stages.run import progress, run, workers


class BacktestParams(Params):
    roles: Roles
    backtest: Backtest
    forecast: Forecast


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("contender", choices=list(roster.ROSTER))
    name = parser.parse_args().contender
    params = load_params(BacktestParams)
    features = store.read(contracts.FEATURES_DAILY)
    labels = store.read(contracts.LABELS_DAILY)
    build = functools.partial(roster.contender, name, params.forecast.settings(name, params.roles))

    folder = contracts.backtest(name)
    forecasts, contributions, reason = folder.forecasts.empty(), None, None
    summary = json.loads(Path("metrics/features.json").read_text(encoding="utf-8"))
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
        results = walkforward.walk_forward(
            build, rows, grid, params.backtest.min_train_rows, workers()
        )
        done = list(progress(results, total=len(grid), what=name))
        forecasts = pd.concat([fold.forecasts for fold in done])
        explained = [fold.contributions for fold in done if fold.contributions is not None]
        contributions = pd.concat(explained) if explained else None

    store.write(folder.forecasts, forecasts)
    if contributions is not None:
        store.write(folder.contributions, contributions)
    store.write_text(folder.status, json.dumps({"left_out_because": reason}) + "\n")


if __name__ == "__main__":
    run(main)
