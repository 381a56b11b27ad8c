"""Stage ``evaluate``: every backtest -> losses, the gate, and the data of the plots."""

from __future__ import annotations

import json

from mlrisk import contracts, store
from mlrisk.evaluation import compare
from mlrisk.evaluation.losses import GAUSSIAN_FLOOR
from mlrisk.params import Params, load_params
from mlrisk.params.sections import Evaluate, Model
from stages.run import run


class EvaluateParams(Params):
    model: Model
    evaluate: Evaluate


def main() -> None:
    params = load_params(EvaluateParams)
    labels = store.read(contracts.LABELS_DAILY)
    truth = store.read(contracts.TRUTH)
    folders = {name: contracts.backtest(name) for name in params.evaluate.contenders}
    forecasts = {name: store.read(folder.forecasts) for name, folder in folders.items()}
    reasons = {
        name: json.loads(folder.status.read_text(encoding="utf-8"))["left_out_because"]
        for name, folder in folders.items()
    }
    tables = compare.joined(labels, forecasts)
    baseline = tables[compare.BASELINE]

    oracle = compare.oracle_figures(baseline, truth)
    floor = oracle.get("qlike", GAUSSIAN_FLOOR)
    contenders = {name: compare.figures(table, floor) for name, table in tables.items()}
    model = compare.named(contenders, params.model.name, reasons)
    gate = compare.gate(model, params.model.name, params.evaluate.gate_improvement)
    store.write_metrics(
        "forecast",
        {
            "n_obs": len(baseline),
            "window_start": baseline["date"].iloc[0],
            "window_end": baseline["date"].iloc[-1],
            "contenders": contenders,
            "left_out": {name: reason for name, reason in reasons.items() if reason},
            "oracle": oracle,
            "model": {"name": params.model.name, **model},
            "gate": {"passed": gate.passed, "reasons": gate.reasons},
        },
    )
    by_year = {name: compare.figures_by_year(table) for name, table in tables.items()}
    store.write_metrics("forecast_by_year", by_year)
    store.write_plots(
        "evaluate",
        {
            "forecast_vs_realized": compare.forecast_vs_realized(tables[params.model.name]),
            "loss_over_time": compare.loss_over_time(tables),
            "calibration": compare.calibration(tables),
        },
    )


if __name__ == "__main__":
    run(main)
