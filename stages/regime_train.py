"""Stage ``regime_train``: the named regime model, as the fold of the grid that covers ``as_of``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from mlrisk import contracts, store
from mlrisk.evaluation import walkforward
from mlrisk.forecast.card import CARD
from mlrisk.params import Params, load_params
from mlrisk.params.forecasting import Model
from mlrisk.params.regimes import RegimeCombine, RegimeForecast, RegimeModel
from mlrisk.params.sections import Backtest, Labels
from mlrisk.regime_forecast import calibration, card, roster, served
from mlrisk.regime_forecast.base import RegimeContender
from stages.regime_backtest import read_table
from stages.run import run


class RegimeTrainParams(Params):
    backtest: Backtest
    labels: Labels
    model: Model
    regime_forecast: RegimeForecast
    regime_combine: RegimeCombine
    regime_model: RegimeModel


def main() -> None:
    params = load_params(RegimeTrainParams)
    chosen, settings = params.regime_model, params.regime_combine
    table = read_table(params.model.name)
    fold = walkforward.folds(table["date"], **params.backtest.grid())[-1]
    first, last_known = table["date"].iloc[fold.start], table["date"].iloc[fold.train_stop - 1]

    alone = chosen.name != roster.COMBINATION
    weights = served.weights_at(store.read(contracts.REGIME_WEIGHTS), first, settings.members)
    if alone:
        walked = store.read(contracts.regime_backtest(chosen.name).forecasts)
        weights = served.weight_alone(walked, chosen.name, first)
    fits = {name: fit(name, table, fold, params) for name in weights}
    calibrator = calibration.last_refit(
        store.read(contracts.REGIME_FORECASTS),
        store.read(contracts.LABELS_DAILY),
        chosen.name,
        chosen.calibration,
        last_known,
        settings.min_scored,
    )
    kind = served.ALONE if alone else settings.pool
    members = {name: member for name, (member, _) in fits.items()}
    model = served.RegimeModel(members, weights, kind, calibrator)
    volatility = json.loads((Path(contracts.MODEL) / CARD).read_text(encoding="utf-8"))
    written = card.describe(
        model,
        chosen.name,
        chosen.calibration,
        {name: own for name, (_, own) in fits.items()},
        {key: volatility[key] for key in ("name", "model_version")},
        read("regimes")["model"],
    )
    with store.replacing(Path(contracts.REGIME_MODEL)) as folder:
        folder.mkdir()
        card.save(folder, model, written)


def fit(
    name: str, table: pd.DataFrame, fold: walkforward.Fold, params: RegimeTrainParams
) -> tuple[RegimeContender, dict[str, Any]]:
    """One member fitted on the last fold's window, and what the card says of it."""
    settings = roster.settings(
        name,
        params.regime_forecast.leaf(name, read("features")["names"]),
        list(map(str, table)),
        classes=params.labels.classes,
        thresholds=params.labels.target == "quantiles",
    )
    model = roster.contender(name, settings)
    least = model.least_rows(params.backtest.min_train_rows)
    window = walkforward.training_window(model, table, fold, least)
    return model.learn(window), card.describe_member(model, window)


def read(metrics: str) -> dict[str, Any]:
    """What an earlier stage wrote."""
    values: dict[str, Any] = json.loads(Path(f"metrics/{metrics}.json").read_text(encoding="utf-8"))
    return values


if __name__ == "__main__":
    run(main)
