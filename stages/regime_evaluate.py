"""Stage ``regime_evaluate``: regime forecasts and published clusters -> figures, gate, plots."""

from __future__ import annotations

import json
from dataclasses import asdict

from mlrisk import contracts, store
from mlrisk.evaluation import discovery, regime_plots, regime_tests, regimes
from mlrisk.log import event
from mlrisk.params import Params, load_params
from mlrisk.params.forecasting import Evaluate
from mlrisk.params.regimes import RegimeEvaluate, RegimeModel, Regimes
from mlrisk.params.sections import Roles
from mlrisk.targets import HORIZON
from stages.run import run


class RegimeEvaluateParams(Params):
    roles: Roles
    evaluate: Evaluate
    regimes: Regimes
    regime_model: RegimeModel
    regime_evaluate: RegimeEvaluate


def main() -> None:
    params = load_params(RegimeEvaluateParams)
    settings, bounds = params.regime_evaluate, params.evaluate.bounds()
    served = params.regime_model.name, params.regime_model.calibration
    alarm = regimes.Alarm(settings.alarm, settings.reach)
    those = regimes.compared(
        store.read(contracts.REGIME_FORECASTS),
        store.read(contracts.LABELS_DAILY),
        settings.contenders,
        served,
        HORIZON,
        min_shared=settings.min_shared,
        reasons=_reasons(settings.contenders),
    )
    told = regimes.not_yet(served)
    if those is not None:
        contenders = regimes.all_figures(those, settings.bins, HORIZON, alarm)
        values = contenders[served[0]][served[1]]
        told = {
            **regimes.window(those),
            "model": {"name": served[0], "calibration": served[1], **values},
            "gate": asdict(regime_tests.gate(values, contenders, settings.gate_auc)),
            "superiority": regime_tests.superiority_of(
                those, served, settings.rivals, bounds, HORIZON
            ),
            "spans": regimes.over_spans(those, served, bounds, settings.bins),
            "contenders": contenders,
            "left_out": those.left_out,
        }

    features, refits = store.read(contracts.FEATURES_DAILY), store.read(contracts.REGIME_REFITS)
    clusters = discovery.published(store.read(contracts.REGIMES_DAILY))
    means = discovery.profile(clusters, features, discovery.inputs_of(refits))
    truth = store.read(contracts.TRUTH)
    logs = params.regimes.settings(params.roles.names())["log_columns"]
    seen = discovery.figures(clusters, refits, features, truth, logs)
    store.write_metrics("regimes", {**told, "discovery": seen})
    market = store.read(contracts.MARKET_DAILY)
    index = market.loc[market["symbol"] == params.roles.benchmark, ["date", "adj_close"]]
    store.write_plots(
        "regimes",
        {
            "ribbon": regime_plots.ribbon(clusters, index, HORIZON),
            "risk_off": regime_plots.probability_over_time(those, served, HORIZON),
            "reliability": regime_plots.reliability_diagram(those, served, settings.bins),
            "transition": regime_plots.transition(discovery.transition_matrix(refits)),
            "profile": regime_plots.profile(means),
        },
    )
    event("gate", model="/".join(served), **told["gate"])


def _reasons(contenders: list[str]) -> dict[str, str | None]:
    """Why each contender that was walked forward has no forecast; null where it has one."""
    statuses = {name: contracts.regime_backtest(name).status for name in contenders}
    return {
        name: json.loads(status.read_text(encoding="utf-8"))["left_out_because"]
        for name, status in statuses.items()
        if status.is_file()
    }


if __name__ == "__main__":
    run(main)
