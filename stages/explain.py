"""Stage ``explain``: the served model's exact contributions -> the data of the SHAP plots."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mlrisk import contracts, explain, store
from mlrisk.forecast import card
from mlrisk.params import Params, load_params
from mlrisk.params.sections import Backtest, Day
from stages.run import run


class ExplainParams(Params):
    as_of: Day
    backtest: Backtest


def main() -> None:
    params = load_params(ExplainParams)
    model, _ = card.load(Path(contracts.MODEL))
    features = store.read(contracts.FEATURES_DAILY)
    since = features["date"] >= pd.Timestamp(params.backtest.first_forecast)
    rows = features[since & model.usable(features)]
    parts = model.contributions(rows)
    store.write_plots(
        "explain",
        {
            "feature_importance": explain.importance(parts),
            "shap_summary": explain.summary(parts, rows),
            "latest_drivers": explain.latest(parts, rows),
        },
    )


if __name__ == "__main__":
    run(main)
