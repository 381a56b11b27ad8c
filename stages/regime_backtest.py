"""Stage ``regime_backtest``: what is known at each close -> walks of every regime contender."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pandas as pd

from mlrisk import contracts, store
from mlrisk.features.clusters import with_clusters
from mlrisk.params import Params, load_params
from mlrisk.params.forecasting import Model
from mlrisk.params.regimes import RegimeForecast
from mlrisk.params.sections import Backtest, Labels
from mlrisk.regime_forecast import roster
from mlrisk.regime_forecast.table import joined
from stages import folds
from stages.run import run

CODE = (
    "mlrisk.contracts.curated",
    "mlrisk.evaluation.walkforward",
    "mlrisk.forecast",
    "mlrisk.regime_forecast",
    "mlrisk.rounding",
)
"""What a fold is computed with."""


class RegimeBacktestParams(Params):
    backtest: Backtest
    labels: Labels
    model: Model
    regime_forecast: RegimeForecast


def main() -> None:
    params = load_params(RegimeBacktestParams)
    summary = json.loads(Path("metrics/features.json").read_text(encoding="utf-8"))
    table = read_table(params.model.name)
    for name in roster.ROSTER:
        settings = roster.settings(
            name,
            params.regime_forecast.leaf(name, summary["names"]),
            [str(column) for column in table],
            classes=params.labels.classes,
            thresholds=params.labels.target == "quantiles",
        )
        walk(name, settings, table, params.backtest, summary)


def read_table(model: str) -> pd.DataFrame:
    """What every contender reads: all that is known at each close, and the labels."""
    features = with_clusters(
        store.read(contracts.FEATURES_DAILY), store.read(contracts.REGIMES_DAILY)
    )
    volatility = contracts.backtest(model)
    explained = Path(volatility.contributions.path).is_dir()
    return joined(
        features,
        store.read(contracts.LABELS_DAILY),
        store.read(volatility.forecasts),
        store.read(volatility.contributions) if explained else None,
    )


def walk(
    name: str,
    settings: dict[str, Any],
    table: pd.DataFrame,
    grid: Backtest,
    summary: dict[str, Any],
) -> None:
    """One contender's folder; empty, with the reason, where it lacks its inputs."""
    folder = contracts.regime_backtest(name)
    build = functools.partial(roster.contender, name, settings)
    model = build()
    forecasts, contributions = folder.forecasts.empty(), None
    reason = roster.left_out_because(
        model, table, summary["not_given"], summary["not_point_in_time"]
    )
    if reason is None:
        rows = table[["date", *model.reads, *model.labels]]
        least = model.least_rows(grid.min_train_rows)
        forecasts, contributions = folds.walked(build, rows, grid, least, CODE, name)
    store.write(folder.forecasts, forecasts)
    if contributions is not None:
        store.write(folder.contributions, contributions)
    store.write_text(folder.status, json.dumps({"left_out_because": reason}) + "\n")


if __name__ == "__main__":
    run(main)
