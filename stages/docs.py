"""Stage ``docs``: pages and texts as they came -> dated documents, and what was left out."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from mlrisk import contracts, store
from mlrisk.calendar import INFORMATION_HOUR
from mlrisk.documents.curate import curate
from mlrisk.documents.inventory import inventory
from mlrisk.params import Params, load_params
from mlrisk.params.documents import Docs
from mlrisk.params.sections import Files, Live, Simulated, Source, Sp500
from mlrisk.sources.documents.base import DocumentSource
from stages.roots import verified_root
from stages.run import run

QUESTIONS = Path("data/docs/questions.jsonl")


class DocsParams(Params):
    source: Source
    docs: Docs


def main() -> None:
    params = load_params(DocsParams)
    as_of = pd.Timestamp(params.docs.as_of)
    delivered = opened(params.source, params.docs).read(as_of)
    curated = curate(
        delivered.raw,
        known_by=as_of.tz_localize("UTC") + INFORMATION_HOUR,
        largest_bytes=params.docs.largest_bytes,
        include=params.docs.include,
        exclude=params.docs.exclude,
    )
    store.write(contracts.DOCS_RAW, delivered.raw)
    store.write(contracts.DOCS_CURATED, curated.documents)
    store.write(contracts.DOCS_SKIPPED, curated.skipped)
    lines = (json.dumps(question, ensure_ascii=False) for question in delivered.questions)
    store.write_text(QUESTIONS, "".join(f"{line}\n" for line in lines))
    store.write_metrics("docs", inventory(delivered.raw, curated))


def opened(source: Source, docs: Docs) -> DocumentSource:
    """The documents beside the source of market data; only their own module is imported."""
    match source:
        case Simulated():
            from mlrisk.sources.documents.simulated import SimulatedDocuments

            return SimulatedDocuments(
                macro=store.read(contracts.RAW_MACRO),
                calendar=store.read(contracts.RAW_CALENDAR),
                seed=source.seed,
                start=docs.start,
            )
        case Files():
            from mlrisk.sources.documents.folder import FolderDocuments

            return FolderDocuments(verified_root(source.digest) / "docs")
        case Live():
            from mlrisk.sources.documents.landing import LandingDocuments

            return LandingDocuments()
        case Sp500():
            from mlrisk.sources.documents.base import NoDocuments

            return NoDocuments()


if __name__ == "__main__":
    run(main)
