"""Stage ``features``: curated rows -> every feature the source can give."""

from __future__ import annotations

from mlrisk import contracts, store
from mlrisk.features import catalogue, macro, table
from mlrisk.params import Params, load_params
from mlrisk.params.sections import Roles
from stages.run import run


class FeatureParams(Params):
    roles: Roles


def main() -> None:
    roles = load_params(FeatureParams).roles
    vintages = store.read(contracts.RAW_MACRO)
    features = table.build(
        store.read(contracts.MARKET_DAILY),
        store.read(contracts.MACRO_RELEASE_ALIGNED),
        vintages,
        store.read(contracts.RAW_CALENDAR),
        **roles.market(),
        series=roles.series(),
    )
    complete = roles.complete()
    every = catalogue.names(complete.market(), complete.series())
    summary = {
        "features_daily": store.write(contracts.FEATURES_DAILY, features),
        "names": roles.names(),
        "not_given": [name for name in every if name not in features],
        "not_point_in_time": macro.not_point_in_time(vintages, roles.series()),
    }
    store.write_metrics("features", summary)


if __name__ == "__main__":
    run(main)
