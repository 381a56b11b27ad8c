"""Stage ``evaluate``: every backtest -> losses, tests, the gate, and the data of the plots."""

from __future__ import annotations

import json
from dataclasses import asdict

from mlrisk import contracts, store
from mlrisk.evaluation import by_window, compare, inference
from mlrisk.evaluation.losses import GAUSSIAN_FLOOR
from mlrisk.log import event
from mlrisk.params import Params, load_params
from mlrisk.params.forecasting import Evaluate, Model
from mlrisk.targets import HORIZON
from stages.run import run


class EvaluateParams(Params):
    model: Model
    evaluate: Evaluate


def main() -> None:
    params = load_params(EvaluateParams)
    settings, model = params.evaluate, params.model.name
    reference, bounds = settings.reference, settings.bounds()
    resampling = inference.Resampling(**settings.resampling.model_dump())
    labels = store.read(contracts.LABELS_DAILY)
    truth = store.read(contracts.TRUTH)
    folders = {name: contracts.backtest(name) for name in settings.contenders}
    forecasts = {name: store.read(folder.forecasts) for name, folder in folders.items()}
    reasons = {
        name: json.loads(folder.status.read_text(encoding="utf-8"))["left_out_because"]
        for name, folder in folders.items()
    }
    tables = compare.beside(compare.joined(labels, forecasts), reference)
    baseline = tables[compare.BASELINE]

    oracle = compare.oracle_figures(baseline, truth)
    floor = oracle.get("qlike", GAUSSIAN_FLOOR)
    contenders = {name: compare.figures(table, floor) for name, table in tables.items()}
    values = compare.named(contenders, model, reasons)
    gate = compare.gate(values, model, settings.gate_improvement)
    local = compare.gate(values, model, settings.local_improvement)

    who = inference.field_of(tables, model, settings.rivals, reasons)
    lowest = inference.floor_losses(baseline, truth)
    of_session = GAUSSIAN_FLOOR if lowest is None else lowest
    figures = by_window.figures(tables, labels, bounds, HORIZON)
    tests = inference.over_windows(tables, who, labels, bounds, of_session, HORIZON, resampling)
    store.write_metrics(
        "forecast",
        {
            "n_obs": len(baseline),
            "window_start": baseline["date"].iloc[0],
            "window_end": baseline["date"].iloc[-1],
            "reference": reference,
            "contenders": contenders,
            "left_out": {name: reason for name, reason in reasons.items() if reason},
            "oracle": oracle,
            "model": {"name": model, **values},
            "gate": {**asdict(gate), "local": asdict(local)},
            "superiority": inference.tests_of_superiority(
                tables, who, reference, of_session, HORIZON, resampling
            ),
            "efficiency": inference.efficiency_of(tables, HORIZON),
            "bias_by_regime": by_window.bias_by_regime(figures["regimes"], [model, *who.rivals]),
            "windows": {
                "spans": by_window.headlines(figures["spans"]),
                "years_won": by_window.years_won(tables, model, who.rivals),
            },
        },
    )
    store.write_metrics("forecast_by_window", by_window.together(figures, tests))
    shown = {other: tables[other] for other in [model, *who.rivals]}
    store.write_plots(
        "evaluate",
        {
            "forecast_vs_realized": compare.forecast_vs_realized(tables[model]),
            "loss_over_time": compare.loss_over_time(shown),
            "calibration": compare.calibration(shown),
            "cumulative_difference": inference.cumulative(
                tables, who, reference, HORIZON, resampling.level
            ),
        },
    )
    event("gate", model=model, **asdict(gate), local=local.passed)


if __name__ == "__main__":
    run(main)
