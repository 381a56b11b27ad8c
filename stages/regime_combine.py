"""Stage ``regime_combine``: regime walk-forwards -> their pool, and each of them calibrated."""

from __future__ import annotations

import json
from pathlib import Path

from mlrisk import contracts, store
from mlrisk.params import Params, load_params
from mlrisk.params.regimes import RegimeCombine, RegimeModel
from mlrisk.params.sections import Backtest
from mlrisk.regime_forecast import calibration, pool_weights, roster, served, walks
from stages.run import run


class RegimeCombineParams(Params):
    backtest: Backtest
    regime_combine: RegimeCombine
    regime_model: RegimeModel


def main() -> None:
    params = load_params(RegimeCombineParams)
    settings, model, purge = params.regime_combine, params.regime_model, params.backtest.purge
    folders = {name: contracts.regime_backtest(name) for name in roster.ROSTER}
    walked = walks.Walks.of({name: store.read(one.forecasts) for name, one in folders.items()})
    known = walks.outcomes_at(store.read(contracts.LABELS_DAILY), walked.dates)

    members = walked.among(settings.members)
    weights = pool_weights.walk(
        pool_weights.rule(settings.weights, settings.pool, settings.min_scored, settings.shrinkage),
        members.probabilities,
        known,
        members.starts,
        members.present,
        purge,
    )
    combination = served.Mixture(settings.pool, members.names, weights)
    said = {**walked.each(), roster.COMBINATION: combination.probabilities(walked)}
    fits = {
        (name, kind): calibration.refits(
            kind, said[name], known, walked.starts, purge, settings.min_scored
        )
        for name in said
        for kind in calibration.KINDS
    }
    rows = {key: calibration.walked(fit, said[key[0]], walked.starts) for key, fit in fits.items()}
    store.write(contracts.REGIME_FORECASTS, walks.forecast_table(walked.dates, rows))
    store.write(contracts.REGIME_WEIGHTS, walks.weight_table(members, weights))

    key = model.name, model.calibration
    alone = model.name != roster.COMBINATION
    mixture = served.Mixture.alone(model.name, walked) if alone else combination
    parts = {
        name: store.read(folders[name].contributions)
        for name in mixture.members
        if Path(folders[name].contributions.path).is_dir()
    }
    folder = contracts.REGIME_SERVED
    store.write(folder.forecasts, served.forecasts(walked, mixture, fits[key], rows[key]))
    store.write(
        folder.contributions,
        served.contributions(walked, mixture, fits[key], rows[key], parts),
    )
    reason = None if mixture.weights.any() else "none of its members has a forecast"
    store.write_text(folder.status, json.dumps({"left_out_because": reason}) + "\n")
    store.write_metrics(
        "regime_pool",
        {
            "weights": walks.named(weights[-1], members.names),
            "served": model.model_dump(),
            "inverse_temperature": calibration.slopes(fits[key])[-1],
        },
    )


if __name__ == "__main__":
    run(main)
