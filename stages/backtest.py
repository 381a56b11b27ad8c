"""Stage ``backtest@<contender>``: features and labels -> one contender's walk-forward forecasts."""

from __future__ import annotations

import argparse
import functools
import json
from pathlib import Path

from mlrisk import contracts, store
from mlrisk.features.clusters import CLUSTERED, with_clusters
from mlrisk.forecast import roster
from mlrisk.params import Params, load_params
from mlrisk.params.forecasting import Forecast
from mlrisk.params.sections import Backtest
from stages import folds
from stages.run import run

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
    features = with_clusters(
        store.read(contracts.FEATURES_DAILY), store.read(contracts.REGIMES_DAILY)
    )
    labels = store.read(contracts.LABELS_DAILY)
    summary = json.loads(Path("metrics/features.json").read_text(encoding="utf-8"))
    settings = params.forecast.settings(name, summary["names"])
    build = functools.partial(roster.contender, name, settings)

    folder = contracts.backtest(name)
    forecasts, contributions, reason = folder.forecasts.empty(), None, None
    given = [str(name) for name in features]
    clusters = [column for column in build().inputs if CLUSTERED.fullmatch(column)]
    lacking = roster.lacking(build().inputs, given, [*summary["not_given"], *clusters])
    revised = [name for name in build().inputs if name in summary["not_point_in_time"]]
    if lacking:
        reason = f"the source gives no {', '.join(lacking)}"
    elif revised:
        reason = f"the source's history of {', '.join(revised)} holds later revisions"
    else:
        rows = features[["date", *build().inputs]].assign(rv_5d=labels["rv_5d"])
        forecasts, contributions = folds.walked(
            build, rows, params.backtest, params.backtest.min_train_rows, CODE, name
        )

    store.write(folder.forecasts, forecasts)
    if contributions is not None:
        store.write(folder.contributions, contributions)
    store.write_text(folder.status, json.dumps({"left_out_because": reason}) + "\n")


if __name__ == "__main__":
    run(main)
