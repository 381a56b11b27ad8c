"""Stage ``combine``: learners' walk-forwards -> combinations, and the champion of each refit."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping

import numpy as np
import pandas as pd

from mlrisk import contracts, store
from mlrisk.evaluation.losses import known_losses
from mlrisk.evaluation.superiority import diebold_mariano, holm
from mlrisk.forecast import combine, roster, walks, weights
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

    given = combinations(learners, realized, params)
    chosen, given[roster.CHAMPION] = champion(learners, given, realized, params)
    for name, mixture in given.items():
        write(name, learners, mixture)
    now = walks.named(given[roster.CHAMPION][-1], learners.names)
    candidates = pd.Series(params.combine.candidates)
    led = pd.Series(chosen.sum(axis=0), index=candidates).astype(int)
    store.write_metrics(
        "champion",
        {
            "now": candidates[chosen[-1].argmax()] if now else None,
            "weights": now,
            "refits_led": led[led > 0].to_dict(),
        },
    )


def combinations(
    learners: walks.Walks, realized: FloatArray, params: CombineParams
) -> dict[str, FloatArray]:
    """Weights of each combination, shape (n_folds, n_learners)."""
    settings = params.combine
    rules: dict[str, weights.Rule] = {
        "combination_equal": weights.equal_weights,
        "combination_discounted": functools.partial(
            weights.discounted_weights, half_life=settings.half_life
        ),
        "combination_trimmed": functools.partial(weights.trimmed_weights, kept=settings.kept),
        "combination_stacked": functools.partial(
            weights.stacked_weights,
            min_scored=settings.min_scored,
            shrinkage=settings.shrinkage,
        ),
    }
    members = np.isin(learners.names, settings.members)
    past = past_of(np.where(members, learners.variances, np.nan), realized)
    present = learners.present & members
    purge = params.backtest.purge
    return {
        name: weights.walk(rule, past, learners.starts, present, purge)
        for name, rule in rules.items()
    }


def champion(
    learners: walks.Walks,
    given: dict[str, FloatArray],
    realized: FloatArray,
    params: CombineParams,
) -> tuple[FloatArray, FloatArray]:
    """Which candidate led at each refit, shape (n_folds, n_candidates), and its weights."""
    settings = params.combine
    each = dict(zip(learners.names, np.eye(len(learners.names)), strict=True))
    alone = {name: learners.present * one for name, one in each.items()}
    candidates = [{**given, **alone}[name] for name in settings.candidates]
    variances = [combine.mixed(table[learners.fold], learners.variances) for table in candidates]
    proven = functools.partial(significant, level=settings.level)
    chosen = weights.walk(
        functools.partial(weights.leader, min_scored=settings.min_scored, proven=proven),
        past_of(np.column_stack(variances), realized),
        learners.starts,
        np.column_stack([table.any(axis=1) for table in candidates]),
        params.backtest.purge,
    )
    return chosen, np.einsum("kc,ckl->kl", chosen, np.stack(candidates))


def significant(differences: Mapping[int, FloatArray], level: float) -> list[int]:
    """Challengers whose smaller loss is no chance, adjusted for how many there are after Holm."""
    tests = {place: diebold_mariano(values, HORIZON) for place, values in differences.items()}
    p_values = holm({str(place): test.p_value for place, test in tests.items()})
    return [
        place
        for place, test in tests.items()
        if test.statistic > 0 and p_values[str(place)] < level
    ]


def past_of(variances: FloatArray, realized: FloatArray) -> weights.Past:
    return weights.Past(variances, realized, known_losses(realized, variances))


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
