"""Stage ``ingest``: the chosen source -> raw rows up to ``as_of``, as they were delivered."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mlrisk import contracts, store
from mlrisk.params import Params, load_params
from mlrisk.params.sections import Day, Files, Live, Roles, Simulated, Source, Sp500
from mlrisk.sources import base
from mlrisk.sources.checks import require_priced
from stages.roots import files_root
from stages.run import run


class IngestParams(Params):
    as_of: Day
    source: Source
    roles: Roles


def main() -> None:
    params = load_params(IngestParams)
    as_of = pd.Timestamp(params.as_of)
    kinds, series = params.roles.kinds(), params.roles.series()
    raw = opened(params.source).read(list(kinds), list(series.values()), as_of)
    require_priced(raw.market, params.roles.benchmark, as_of)
    summaries = {
        "market": store.write(contracts.raw_market(kinds), raw.market),
        "macro": store.write(contracts.RAW_MACRO, raw.macro),
        "calendar": store.write(contracts.RAW_CALENDAR, raw.calendar),
        "truth": store.write(contracts.TRUTH, raw.truth),
    }
    store.write_text(
        Path("data/raw/manifest.csv"), raw.manifest.to_csv(index=False, lineterminator="\n")
    )
    store.write_metrics("ingest", {"raw": {**summaries, "files": len(raw.manifest)}})


def opened(settings: Source) -> base.Source:
    """The source that the settings describe; only its own module is imported."""
    match settings:
        case Simulated():
            from mlrisk.sources.simulated import SimulatedSource

            return SimulatedSource(settings.seed, settings.start)
        case Files():
            from mlrisk.sources.files import FileFolder

            return FileFolder(
                root=files_root(),
                digest=settings.digest,
                start=settings.start,
                macro_start=settings.macro_start,
                aliases=settings.aliases,
            )
        case Sp500():
            from mlrisk.sources.sp500 import Sp500Source

            return Sp500Source(settings.start)
        case Live():
            from mlrisk.sources.landing import LandingFolder

            return LandingFolder(settings.start, settings.macro_start, frozenset(settings.optional))


if __name__ == "__main__":
    run(main)
