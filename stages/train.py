"""Stage ``train``: the named learner, as the fold of the refit grid that covers ``as_of``."""

from __future__ import annotations

import json
from pathlib import Path

from mlrisk import contracts, store
from mlrisk.evaluation import walkforward
from mlrisk.forecast import card, roster
from mlrisk.params import Params, load_params
from mlrisk.params.sections import Backtest, Forecast, Model, Roles
from stages.run import run


class TrainParams(Params):
    roles: Roles
    backtest: Backtest
    forecast: Forecast
    model: Model


def main() -> None:
    params = load_params(TrainParams)
    name = params.model.name
    features = store.read(contracts.FEATURES_DAILY)
    labels = store.read(contracts.LABELS_DAILY)
    metrics = json.loads(Path("metrics/forecast.json").read_text(encoding="utf-8"))

    model = roster.learner(name, params.forecast.settings(name, params.roles))
    grid = walkforward.folds(features["date"], **params.backtest.grid())
    window = walkforward.training_window(
        model, features.assign(rv_5d=labels["rv_5d"]), grid[-1], params.backtest.min_train_rows
    )
    model.fit(window, window["rv_5d"].to_numpy() ** 2)
    with store.replacing(Path(contracts.MODEL)) as folder:
        folder.mkdir()
        card.save(folder, model, card.describe(model, name, window, metrics["model"]))


if __name__ == "__main__":
    run(main)
