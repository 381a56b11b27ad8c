"""Stage ``explain``: the served model's exact contributions -> the data of the SHAP plots."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from mlrisk import contracts, explain, store
from mlrisk.features.clusters import with_clusters
from mlrisk.features.groups import groups
from mlrisk.forecast import card
from mlrisk.params import Params, load_params
from mlrisk.params.forecasting import Model
from mlrisk.params.sections import Backtest
from stages.run import run


class ExplainParams(Params):
    backtest: Backtest
    model: Model


def main() -> None:
    params = load_params(ExplainParams)
    model, _ = card.load(Path(contracts.MODEL))
    features = with_clusters(
        store.read(contracts.FEATURES_DAILY), store.read(contracts.REGIMES_DAILY)
    )
    since = features["date"] >= pd.Timestamp(params.backtest.first_forecast)
    rows = features[since & model.usable(features)]
    parts = model.contributions(rows)
    walked = contracts.backtest(params.model.name)
    by_fold = store.read(walked.contributions)
    names = json.loads(Path("metrics/features.json").read_text(encoding="utf-8"))["names"]
    kinds = groups(features.columns.drop("date"), names["benchmark"])
    store.write_plots(
        "explain",
        {
            "feature_importance": explain.importance(parts),
            "shap_summary": explain.summary(parts, rows),
            "latest_drivers": explain.latest(parts, rows),
            "groups_over_time": explain.groups_over_time(by_fold, kinds),
            "what_changed": explain.what_changed(model, rows, store.read(walked.forecasts)),
        },
    )


if __name__ == "__main__":
    run(main)
