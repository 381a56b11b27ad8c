"""Stage ``quality``: raw and curated rows -> what is wrong with them; an error stops the line."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mlrisk import contracts, store
from mlrisk.monitoring import page
from mlrisk.monitoring.quality import Delivery, audit, needed_roles
from mlrisk.params import Params, load_params
from mlrisk.params.sections import Day, Features, Roles, Source
from mlrisk.params.thresholds import Quality
from stages.run import run

REPORT = Path("data/quality/index.html")


class QualityParams(Params):
    as_of: Day
    features: Features
    quality: Quality
    roles: Roles
    source: Source


def main() -> None:
    params = load_params(QualityParams)
    roles = params.roles
    kinds, series = roles.kinds(), roles.series()
    report = audit(
        Delivery(
            market=store.read(contracts.raw_market(kinds)),
            macro=store.read(contracts.RAW_MACRO),
            calendar=store.read(contracts.RAW_CALENDAR),
            daily=store.read(contracts.MARKET_DAILY),
            aligned=store.read(contracts.MACRO_RELEASE_ALIGNED),
            last=pd.Timestamp(params.as_of),
            benchmark=roles.benchmark,
            vix=roles.vix,
            kinds=kinds,
            series=series,
            needed=needed_roles(roles.columns(params.features.columns), series),
            history=params.source.name != "simulated",
        ),
        params.quality.model_dump(),
    )
    store.write(contracts.QUALITY_FINDINGS, report.findings)
    store.write_text(REPORT, page.render(report, f"{len(kinds)} symbols, {len(series)} series"))
    store.write_metrics("data_quality", report.metrics())
    report.require_sound(str(REPORT))


if __name__ == "__main__":
    run(main)
