"""Stage ``predict``: the named model's forecasts of every session, and the day's file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mlrisk import contracts, explain, store
from mlrisk.evaluation.compare import annualized_percent
from mlrisk.forecast import card
from mlrisk.log import event
from mlrisk.params import Params, load_params
from mlrisk.params.forecasting import Model
from mlrisk.params.sections import Day
from stages.run import run


class PredictParams(Params):
    as_of: Day
    model: Model


def main() -> None:
    params = load_params(PredictParams)
    as_of = pd.Timestamp(params.as_of)
    folder = contracts.backtest(params.model.name)
    walked = store.read(folder.forecasts).dropna()
    parts = store.read(folder.contributions)
    features = store.read(contracts.FEATURES_DAILY)
    model, description = card.load(Path(contracts.MODEL))

    walked_rows = explain.predictions(walked, parts)
    row = features[features["date"] == as_of]
    served = store.at_border(contracts.PREDICTIONS_DAILY, explain.serve(model, row))
    explain.require_same(served, walked_rows[walked_rows["date"] == as_of])

    intervals = store.read(contracts.INTERVALS_DAILY)
    predictions = explain.with_intervals(walked_rows, intervals)
    store.write(contracts.PREDICTIONS_DAILY, predictions)
    served = predictions[predictions["date"] == as_of]
    with store.replacing(Path("data/batch")) as batch:
        batch.mkdir()
        name = f"predictions_daily_{as_of:%Y%m%d}.parquet"
        store.write_one(contracts.PREDICTIONS_DAILY, served, batch / name)

    baseline = store.read(contracts.backtest("rv20").forecasts).set_index("date")
    published = served.iloc[0]
    drivers = explain.latest(parts[parts["date"] == as_of], row)
    prediction = {
        "date": as_of,
        "model": description["name"],
        "model_version": published["model_version"],
        "rv_5d_hat": published["rv_5d_hat"],
        "rv_5d_hat_annualized_percent": annualized_percent(published["rv_5d_hat"]),
        "var_5d_hat": published["var_5d_hat"],
        **{str(name): value for name, value in published.filter(regex="_(lo|hi)_").items()},
        "rv20_annualized_percent": annualized_percent(baseline.loc[as_of, "rv_5d_hat"]),
        "top_drivers": drivers.head(3).set_index("feature")["contribution"].to_dict(),
    }
    store.write_metrics("prediction", prediction)
    event(
        "prediction",
        date=f"{as_of:%Y-%m-%d}",
        model=description["name"],
        rv_5d_hat=published["rv_5d_hat"],
        top_drivers=published["top_drivers"],
    )


if __name__ == "__main__":
    run(main)
