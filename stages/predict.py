"""Stage ``predict``: the named models' forecasts of every session, and the day's file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mlrisk import contracts, explain, serving, store
from mlrisk.evaluation.compare import annualized_percent
from mlrisk.features.clusters import with_clusters
from mlrisk.forecast import card
from mlrisk.log import event
from mlrisk.params import Params, load_params
from mlrisk.params.forecasting import Model
from mlrisk.params.sections import Day
from mlrisk.regime_forecast import card as regime_card
from mlrisk.regime_forecast.table import joined
from stages.run import run


class PredictParams(Params):
    as_of: Day
    model: Model


def main() -> None:
    params = load_params(PredictParams)
    as_of = pd.Timestamp(params.as_of)
    folder, regime_folder = contracts.backtest(params.model.name), contracts.REGIME_SERVED
    walked, parts = store.read(folder.forecasts), store.read(folder.contributions)
    features = with_clusters(
        store.read(contracts.FEATURES_DAILY), store.read(contracts.REGIMES_DAILY)
    )
    table = joined(features, store.read(contracts.LABELS_DAILY), walked, parts)
    row = table[table["date"] == as_of]
    model, description = card.load(Path(contracts.MODEL))
    walked_rows = explain.predictions(walked.dropna(), parts)
    regime_parts = store.read(regime_folder.contributions)
    regimes = serving.predictions(store.read(regime_folder.forecasts), regime_parts)
    intervals = store.read(contracts.INTERVALS_DAILY)
    predictions = serving.with_regimes(explain.with_intervals(walked_rows, intervals), regimes)

    regime_model, regime_description = regime_card.load(Path(contracts.REGIME_MODEL))
    pair = serving.Served(model, regime_model)
    forecast = pair.forecast(dict(zip(pair.reads, row[pair.reads].iloc[0], strict=True)))
    served = forecast.table(row["date"])
    explain.require_same(served, of_day(predictions, as_of)[served.columns])

    store.write(contracts.PREDICTIONS_DAILY, predictions)
    with store.replacing(Path("data/batch")) as batch:
        batch.mkdir()
        name = f"predictions_daily_{as_of:%Y%m%d}.parquet"
        store.write_one(contracts.PREDICTIONS_DAILY, of_day(predictions, as_of), batch / name)

    baseline = store.read(contracts.backtest("rv20").forecasts).set_index("date")
    published = of_day(predictions, as_of).iloc[0]
    prediction = {
        "date": as_of,
        "model": description["name"],
        "model_version": published["model_version"],
        "rv_5d_hat": published["rv_5d_hat"],
        "rv_5d_hat_annualized_percent": annualized_percent(published["rv_5d_hat"]),
        "var_5d_hat": published["var_5d_hat"],
        **{str(name): value for name, value in published.filter(regex="_(lo|hi)_").items()},
        "rv20_annualized_percent": annualized_percent(baseline.loc[as_of, "rv_5d_hat"]),
        "top_drivers": explain.leading(of_day(parts, as_of), published["top_drivers"]),
        "regime_model": regime_description["name"],
        "regime_calibration": regime_description["calibration"],
        "regime_model_version": published["regime_model_version"],
        "regime_probs": {name: published[column] for name, column in serving.PROBABILITIES.items()},
        "regime_drivers": explain.leading(of_day(regime_parts, as_of), published["regime_drivers"]),
    }
    store.write_metrics("prediction", prediction)
    event(
        "prediction",
        date=f"{as_of:%Y-%m-%d}",
        model=description["name"],
        rv_5d_hat=published["rv_5d_hat"],
        top_drivers=published["top_drivers"],
        **prediction["regime_probs"],
    )


def of_day(table: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """The rows of one session."""
    return table[table["date"] == day]


if __name__ == "__main__":
    run(main)
