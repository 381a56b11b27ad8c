"""Stage ``labels``: returns (and clusters) -> volatility and regime of the next five sessions."""

from __future__ import annotations

from mlrisk import contracts, store, targets
from mlrisk.params import Params, load_params
from mlrisk.params.sections import Labels, Roles
from stages.run import run


class LabelParams(Params):
    roles: Roles
    labels: Labels


def main() -> None:
    params = load_params(LabelParams)
    market = store.read(contracts.MARKET_DAILY)
    clusters = store.read(contracts.REGIMES_DAILY)
    labels = targets.build(market, clusters, params.roles.benchmark, **params.labels.model_dump())
    store.write_metrics("labels", {"labels_daily": store.write(contracts.LABELS_DAILY, labels)})


if __name__ == "__main__":
    run(main)
