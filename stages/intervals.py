"""Stage ``intervals``: the named model's forecasts and labels -> intervals, and what they hold."""

from __future__ import annotations

from mlrisk import contracts, store
from mlrisk.evaluation import coverage
from mlrisk.forecast import intervals, split_conformal
from mlrisk.log import event
from mlrisk.params import Params, load_params
from mlrisk.params.forecasting import Evaluate, Intervals, Model
from mlrisk.targets import HORIZON
from stages.run import run


class IntervalParams(Params):
    model: Model
    evaluate: Evaluate
    intervals: Intervals


def main() -> None:
    params = load_params(IntervalParams)
    settings, bounds = params.intervals, params.evaluate.bounds()
    labels = store.read(contracts.LABELS_DAILY)
    forecasts = store.read(contracts.backtest(params.model.name).forecasts)
    built = intervals.build(forecasts, labels, **settings.model_dump())
    store.write(contracts.INTERVALS_DAILY, built)

    rows = intervals.aligned(forecasts, labels).assign(pit=built["pit"])
    pairs = rows["rv_5d_hat"].to_numpy(), rows["rv_5d"].to_numpy()
    levels, tables = {}, {}
    for name, level in intervals.LEVELS.items():
        low, high = built[f"rv_5d_lo_{name}"], built[f"rv_5d_hi_{name}"]
        known = low.notna() & rows["rv_5d"].notna()
        table = rows.assign(low=low, high=high)[known]
        rivals = {}
        for rival, method in split_conformal.RIVALS.items():
            lower, upper = method(*pairs, level, settings.min_scores)
            theirs = rows.assign(low=lower, high=upper)[known]
            rivals[rival] = coverage.rival_figures(table, theirs, level)
        levels[name] = {**coverage.figures(table, level, bounds), "against": rivals}
        tables[f"{name} %"] = table

    pit = rows["pit"].dropna().to_numpy()
    store.write_metrics(
        "intervals",
        {
            "model": params.model.name,
            "levels": levels,
            "pit": coverage.uniformity(pit, HORIZON),
        },
    )
    store.write_plots(
        "intervals",
        {
            "coverage_over_time": coverage.coverage_over_time(tables),
            "pit_histogram": coverage.pit_histogram(pit, HORIZON),
            "fan": coverage.fan(tables, HORIZON),
        },
    )
    event(
        "intervals",
        model=params.model.name,
        **{f"coverage_{name}": values["coverage"] for name, values in levels.items()},
    )


if __name__ == "__main__":
    run(main)
