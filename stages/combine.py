"""Stage ``combine``: learners' walk-forwards -> combinations, and the champion of each refit."""

from __future__ import annotations

import functools
import json

import pandas as pd

from mlrisk import contracts, store
from mlrisk.evaluation.losses import known_losses
from mlrisk.evaluation.superiority import significantly_better
from mlrisk.forecast import champion, roster, walks, weights
from mlrisk.forecast.base import HORIZON, FloatArray
from mlrisk.params import Params, load_params
from mlrisk.params.forecasting import Combine
from mlrisk.params.sections import Backtest
from stages.run import run


class CombineParams(Params):
    backtest: Backtest
    combine: Combine


def main() -> None:
    params = load_params(CombineParams)
    tables = {name: store.read(contracts.backtest(name).forecasts) for name in roster.LEARNERS}
    learners = walks.Walks.of(tables)
    labels = store.read(contracts.LABELS_DAILY).set_index("date")["rv_5d"]
    realized = labels.reindex(learners.dates).to_numpy() ** 2

    settings, purge = params.combine, params.backtest.purge
    rules = champion.rules(
        settings.half_life, settings.kept, settings.min_scored, settings.shrinkage
    )
    given = champion.combinations(learners, realized, known_losses, rules, settings.members, purge)
    proven = functools.partial(significantly_better, horizon=HORIZON, level=settings.level)
    leader = functools.partial(weights.leader, min_scored=settings.min_scored, proven=proven)
    chosen, given[roster.CHAMPION] = champion.champion(
        learners, realized, known_losses, given, settings.candidates, leader, purge
    )
    for name, mixture in given.items():
        write(name, learners, mixture)
    now = walks.named(given[roster.CHAMPION][-1], learners.names)
    candidates = pd.Series(settings.candidates)
    led = pd.Series(chosen.sum(axis=0), index=candidates).astype(int)
    store.write_metrics(
        "champion",
        {
            "now": candidates[chosen[-1].argmax()] if now else None,
            "weights": now,
            "refits_led": led[led > 0].to_dict(),
        },
    )


def write(name: str, learners: walks.Walks, given: FloatArray) -> None:
    """One combination's folder; empty, with the reason, where nobody has a weight."""
    folder = contracts.backtest(name)
    used = walks.with_weight(learners, given)
    parts = {one: store.read(contracts.backtest(one).contributions) for one in used}
    reason = None if used else "none of its members has a forecast"
    store.write(
        folder.forecasts,
        walks.forecasts(learners, given) if used else folder.forecasts.empty(),
    )
    if used:
        store.write(folder.contributions, walks.contributions(learners, given, parts))
    store.write(folder.weights, walks.weight_table(learners, given))
    store.write_text(folder.status, json.dumps({"left_out_because": reason}) + "\n")


if __name__ == "__main__":
    run(main)
