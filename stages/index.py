"""Stage ``index``: dated documents -> chunks, and a vector for each of their sentences."""

from __future__ import annotations

import os
from pathlib import Path

from mlrisk import contracts, store
from mlrisk.documents.embed.cache import Cached
from mlrisk.documents.embed.choose import embedder
from mlrisk.documents.embed.minilm import token_spans
from mlrisk.documents.index import build, cut
from mlrisk.documents.kept import Kept
from mlrisk.params import Params, load_params
from mlrisk.params.documents import Docs, Indexing
from stages.run import run, workers

CACHE = "MLRISK_CACHE"
CACHE_FOLDER = ".cache/mlrisk"
CACHE_BYTES = 500_000_000


class IndexParams(Params):
    docs: Docs
    index: Indexing


def main() -> None:
    params = load_params(IndexParams)
    documents = store.read(contracts.DOCS_CURATED)
    texts, sizes = list(documents["text_md"]), cut.Sizes(**params.docs.chunks.model_dump())
    chosen = embedder(params.index.model_dump(), workers())
    kept = earlier()
    if kept:
        parts = cut.cut_anew(texts, token_spans, sizes, kept)
        chunks = build.build(documents, parts, Cached(chosen, kept))
    else:
        chunks = build.build(documents, cut.cut(texts, token_spans, sizes), chosen)
    store.write(contracts.DOCS_CHUNKS, chunks)
    store.write_metrics("index", build.summary(chunks, chosen))


def earlier() -> Kept | None:
    """What earlier runs computed, in the folder ``MLRISK_CACHE``; none where it is empty."""
    folder = os.environ.get(CACHE, CACHE_FOLDER)
    if not folder:
        return None
    kept = Kept(Path(folder) / "documents.sqlite")
    kept.trim(CACHE_BYTES)
    return kept


if __name__ == "__main__":
    run(main)
