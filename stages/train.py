"""Stage ``train``: the named model, as the fold of the refit grid that covers ``as_of``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from mlrisk import contracts, store
from mlrisk.evaluation import walkforward
from mlrisk.features.clusters import with_clusters
from mlrisk.forecast import card, roster
from mlrisk.forecast.base import Additive, Learner
from mlrisk.forecast.combine import Combination
from mlrisk.params import Params, load_params
from mlrisk.params.forecasting import Forecast, Model
from mlrisk.params.sections import Backtest
from stages.run import run


class TrainParams(Params):
    backtest: Backtest
    forecast: Forecast
    model: Model


def main() -> None:
    params = load_params(TrainParams)
    name = params.model.name
    features = with_clusters(
        store.read(contracts.FEATURES_DAILY), store.read(contracts.REGIMES_DAILY)
    )
    table = features.assign(rv_5d=store.read(contracts.LABELS_DAILY)["rv_5d"])
    metrics = read("forecast")["model"]

    model: Additive
    if name in roster.MIXED:
        given = store.read(contracts.backtest(name).weights)
        last = given[given["date"] == given["date"].max()]
        weights = dict(zip(last["learner"], last["weight"], strict=True))
        fits = {one: fit(one, table, params, {}) for one in weights}
        model = Combination({one: learner for one, (learner, _) in fits.items()}, weights)
        cards = {one: written for one, (_, written) in fits.items()}
        written = card.describe_combination(model, name, cards, metrics)
    else:
        model, written = fit(name, table, params, metrics)
    with store.replacing(Path(contracts.MODEL)) as folder:
        folder.mkdir()
        card.save(folder, model, written)


def fit(
    name: str, table: pd.DataFrame, params: TrainParams, metrics: dict[str, Any]
) -> tuple[Learner, dict[str, Any]]:
    """One learner fitted on the last fold's window, and its card."""
    model = roster.learner(name, params.forecast.settings(name, read("features")["names"]))
    fold = walkforward.folds(table["date"], **params.backtest.grid())[-1]
    window = walkforward.training_window(model, table, fold, params.backtest.min_train_rows)
    model.fit(window, window["rv_5d"].to_numpy() ** 2)
    return model, card.describe(model, name, window, metrics)


def read(metrics: str) -> dict[str, Any]:
    """What an earlier stage wrote."""
    values: dict[str, Any] = json.loads(Path(f"metrics/{metrics}.json").read_text(encoding="utf-8"))
    return values


if __name__ == "__main__":
    run(main)
