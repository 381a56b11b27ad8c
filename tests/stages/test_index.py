"""The stage ``index``: its table and figures, and what a second run need not do again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app import compose
from mlrisk import contracts, store
from mlrisk.documents.base import Vectors
from mlrisk.documents.embed.minilm import MiniLM, token_spans
from stages import index as stage
from tests.conftest import PROJECT
from tests.mlrisk.documents.indexed import documents

TEXTS = [
    "# Statement\n\nThe Committee decided to hold the target range. Inflation has eased a little.",
    "",
    "# Prices\n\n" + "The index for all items rose 0.3 percent in the month. " * 90,
]


def run(texts: list[str]) -> dict[str, Any]:
    """The stage on some documents, in a folder that has params.yaml; gives its metrics."""
    store.write(contracts.DOCS_CURATED, documents(texts))
    stage.main()
    tree: dict[str, Any] = json.loads(Path("metrics/index.json").read_text(encoding="utf-8"))
    return tree


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A folder to work in; collects the texts that the model is asked to embed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLRISK_WORKERS", "1")
    monkeypatch.setenv("MLRISK_CACHE", str(tmp_path / "cache"))
    Path("params.yaml").write_text(compose.composed(PROJECT, []), encoding="utf-8")
    asked: list[str] = []
    embed = MiniLM.embed

    def note(self: MiniLM, texts: Sequence[str]) -> Vectors:
        asked.extend(texts)
        return embed(self, texts)

    monkeypatch.setattr(MiniLM, "embed", note)
    return asked


def test_chunks_of_documents_with_their_vectors(embedded: list[str]) -> None:
    metrics = run(TEXTS)
    chunks = store.read(contracts.DOCS_CHUNKS)
    assert chunks["chunk_id"].tolist() == ["doc-000#000", "doc-002#000", "doc-002#001"]
    assert chunks["tokens"].tolist() == [len(token_spans(text)) for text in chunks["text_chunk"]]
    assert 800 <= chunks["tokens"][1] <= 1000
    assert metrics == {
        "model": "all-MiniLM-L6-v2/0.1.0/double",
        "dimension": 384,
        "documents": 2,
        "chunks": 3,
        "windows": sum(len(places) // 2 for places in chunks["windows"]),
        "tokens": int(chunks["tokens"].sum()),
    }
    assert len(embedded) == 4
    parts = [TEXTS[0][begin:end] for begin, end in chunks["windows"][0].reshape(-1, 2)]
    assert parts == [
        "# Statement\n\nThe Committee decided to hold the target range.",
        "Inflation has eased a little.",
    ]
    assert chunks["embedding"][0].tolist() == MiniLM().embed(parts).ravel().tolist()


def test_a_second_run_embeds_what_is_new_and_gives_the_same_bytes(
    embedded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(TEXTS[:2])
    embedded.clear()
    more = [*TEXTS[:2], "Payrolls rose by 12,000 in the month."]
    run(more)
    assert embedded == [more[2]]
    part = Path("data/docs/chunks/year=2024/part-0.parquet")
    remembered = part.read_bytes()
    monkeypatch.setenv("MLRISK_CACHE", "")
    run(more)
    assert len(embedded) == 4
    assert part.read_bytes() == remembered
