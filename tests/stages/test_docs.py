"""The stage ``docs``: whatever the source, documents that keep their contracts, and records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from app import compose
from mlrisk import contracts, store
from mlrisk.errors import MlriskError
from mlrisk.sources import files
from stages import docs, ingest, roots

PROJECT = Path(__file__).parents[2]
PROSE = "The Committee decided to maintain the target range for the federal funds rate. " * 4


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(roots.FILES_ROOT, raising=False)


def run(overrides: Sequence[str]) -> None:
    Path("params.yaml").write_text(compose.composed(PROJECT, overrides), encoding="utf-8")
    docs.main()


def written() -> dict[str, bytes]:
    paths = [*Path("data/docs").rglob("*"), Path("metrics/docs.json")]
    return {str(path): path.read_bytes() for path in paths if path.is_file()}


def test_pages_of_the_simulated_world_say_themselves_what_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = ["source=simulated", "source.start='2023-01-03'", "as_of='2024-03-28'"]
    settings += ["docs.start='2024-02-01'"]
    Path("params.yaml").write_text(compose.composed(PROJECT, settings), encoding="utf-8")
    ingest.main()
    docs.main()
    first = written()
    docs.main()
    assert written() == first
    curated = store.read(contracts.DOCS_CURATED)
    assert {"statement", "minutes", "cpi"} <= set(curated["doc_type"])
    assert store.read(contracts.DOCS_SKIPPED).empty
    metrics = json.loads(Path("metrics/docs.json").read_text(encoding="utf-8"))
    assert metrics["kept"] == len(curated) == len(store.read(contracts.DOCS_RAW))
    assert metrics["contradicted"] == metrics["suspicious"] == 0
    texts = curated.set_index("doc_id")["text_md"]
    lines = docs.QUESTIONS.read_text(encoding="utf-8").splitlines()
    asked = [question for question in map(json.loads, lines) if question["gold_doc_ids"]]
    assert asked
    assert all(q["evidence"] in texts[q["evidence_doc_id"]] for q in asked)

    # Without what the source knows of them, the pages give the same.
    raw = store.read(contracts.DOCS_RAW).assign(hint="{}")
    alone = docs.curate(raw, pd.Timestamp("2025-01-01", tz="UTC"), 10**6).documents
    known = ["doc_type", "published_at", "event_date", "text_md", "title"]
    merged = alone.merge(curated, on="sha256")
    assert len(merged) == len(curated)
    for name in known:
        assert merged[f"{name}_x"].tolist() == merged[f"{name}_y"].tolist(), name


@pytest.fixture
def digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder of prices and documents, named in the environment; its digest."""
    folder = tmp_path / "files"
    (folder / "market").mkdir(parents=True)
    days = pd.bdate_range("2024-01-02", periods=3)
    prices = dict.fromkeys(["open", "high", "low", "close", "adj_close", "volume"], 1.0)
    pd.DataFrame({"date": days, **prices}).to_csv(folder / "market/SPY.csv", index=False)
    (folder / "docs").mkdir()
    (folder / "docs/dated.html").write_text(f"<p>Release Date: January 2, 2024</p><p>{PROSE}</p>")
    (folder / "docs/later.txt").write_text(f"Release Date: January 9, 2024\n\nLater. {PROSE}")
    (folder / "docs/undated.md").write_text(f"# Notes\n\n{PROSE}")
    (folder / "docs/report.pdf").write_bytes(b"%PDF-1.7 not a text")
    monkeypatch.setenv(roots.FILES_ROOT, str(folder))
    return files.digest(files.manifest(folder))


def test_a_folder_of_files(digest: str) -> None:
    run(["source=files", f"source.digest={digest}", "as_of='2024-01-04'"])
    assert store.read(contracts.DOCS_CURATED)["published_at"].tolist() == [
        pd.Timestamp("2024-01-03 04:59:59", tz="UTC")
    ]
    assert store.read(contracts.DOCS_SKIPPED)["reason"].tolist() == [
        "not_yet",
        "undecodable",
        "no_date",
    ]


def test_files_that_are_not_those_of_the_digest_are_told(digest: str, tmp_path: Path) -> None:
    (tmp_path / "files/docs/new.md").write_text("One more.")
    with pytest.raises(MlriskError, match=r"its files are not those of source\.digest"):
        run(["source=files", f"source.digest={digest}", "as_of='2024-01-04'"])
    assert not Path("data").exists()


def test_a_source_without_documents_writes_empty_tables() -> None:
    run(["source=sp500", "as_of='2003-01-02'"])
    for dataset in (contracts.DOCS_RAW, contracts.DOCS_CURATED, contracts.DOCS_SKIPPED):
        assert store.read(dataset).empty
    assert docs.QUESTIONS.read_text(encoding="utf-8") == ""
