"""Stage ``curate``: rows as delivered -> sessions, returns, total-return index, macro as known."""

from __future__ import annotations

import pandas as pd

from mlrisk import contracts, curation, store
from mlrisk.params import Params, load_params
from mlrisk.params.sections import Day, Roles
from stages.run import run


class CurateParams(Params):
    as_of: Day
    roles: Roles


def main() -> None:
    params = load_params(CurateParams)
    raw = store.read(contracts.raw_market(params.roles.kinds()))
    market = curation.market_daily(raw, params.roles.benchmark, pd.Timestamp(params.as_of))
    sessions = market.loc[market["symbol"] == params.roles.benchmark, "date"]
    macro = curation.macro_release_aligned(
        store.read(contracts.RAW_MACRO), params.roles.series(), pd.DatetimeIndex(sessions)
    )
    summaries = {
        "curated_market_daily": store.write(contracts.MARKET_DAILY, market),
        "curated_macro_release_aligned": store.write(contracts.MACRO_RELEASE_ALIGNED, macro),
    }
    store.write_metrics("curate", summaries)


if __name__ == "__main__":
    run(main)
