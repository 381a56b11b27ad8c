"""Stage ``brief``: predictions, calendar and documents -> the page that is read in the morning."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd

from mlrisk import contracts, store
from mlrisk.documents.assemble import assemble
from mlrisk.documents.brief.day import Tables
from mlrisk.documents.brief.page import as_json, daily_brief
from mlrisk.documents.brief.releases import asking
from mlrisk.params import Params, load_params
from mlrisk.params.documents import Answering, Brief, Indexing, Retrieval
from mlrisk.params.forecasting import Model
from mlrisk.params.sections import Day, Roles
from stages.run import run

FOLDER = Path("data/brief")


class BriefParams(Params):
    as_of: Day
    roles: Roles
    model: Model
    index: Indexing
    retrieval: Retrieval
    answer: Answering
    brief: Brief


def main() -> None:
    params = load_params(BriefParams)
    documents = store.read(contracts.DOCS_CURATED)
    desk = assemble(
        documents,
        store.read(contracts.DOCS_CHUNKS),
        os.environ,
        index=params.index.model_dump(),
        retrieval=params.retrieval.model_dump(),
        answer=params.answer.model_dump(),
    )
    told = daily_brief(
        pd.Timestamp(params.as_of),
        params.roles.benchmark,
        Tables(
            store.read(contracts.PREDICTIONS_DAILY),
            store.read(contracts.backtest(params.model.name).contributions),
            store.read(contracts.REGIME_SERVED.contributions),
            store.read(contracts.backtest("rv20").forecasts),
        ),
        store.read(contracts.RAW_CALENDAR),
        documents,
        desk.assistant,
        asking=asking(params.brief.model_dump()),
        ahead_sessions=params.brief.ahead_sessions,
    )
    with store.replacing(FOLDER) as folder:
        folder.mkdir()
        (folder / "brief.md").write_text(told.summary_md, encoding="utf-8")
        text = json.dumps(as_json(told), indent=2, ensure_ascii=False)
        (folder / "brief.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
