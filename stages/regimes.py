"""Stage ``regimes``: features -> clusters as they could be published at each close."""

from __future__ import annotations

import json
from pathlib import Path

from mlrisk import contracts, store
from mlrisk.log import event
from mlrisk.params import Params, load_params
from mlrisk.params.regimes import Regimes
from mlrisk.regimes.discovery import discover
from stages.run import run


class RegimeParams(Params):
    regimes: Regimes


def main() -> None:
    params = load_params(RegimeParams)
    names = json.loads(Path("metrics/features.json").read_text(encoding="utf-8"))["names"]
    features = store.read(contracts.FEATURES_DAILY)
    found = discover(features, **params.regimes.settings(names))
    summary = {
        **found.summary,
        "regimes_daily": store.write(contracts.REGIMES_DAILY, found.daily),
        "regime_refits": store.write(contracts.REGIME_REFITS, found.refits),
    }
    store.write_metrics("clusters", summary)
    event("regimes", **found.summary)


if __name__ == "__main__":
    run(main)
