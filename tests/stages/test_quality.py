"""The stage ``quality``: report, table and metrics, and the line that an error stops."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app import compose
from mlrisk import contracts, store
from mlrisk.monitoring.quality import QualityError
from mlrisk.params import load_params
from stages import curate, ingest, quality
from tests.conftest import PROJECT

SETTINGS = ["source.start='2017-01-03'", "as_of='2019-12-31'"]
WRITTEN = ("data/quality", "metrics/data_quality.json")


def set_up(*overrides: str) -> None:
    text = compose.composed(PROJECT, [*SETTINGS, *overrides])
    Path("params.yaml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clean rows of the simulated source, curated."""
    root = tmp_path_factory.mktemp("clean")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        set_up()
        ingest.main()
        curate.main()
    return root


@pytest.fixture(autouse=True)
def _there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    set_up()


def written() -> dict[str, bytes]:
    files = [file for place in WRITTEN for file in [Path(place), *Path(place).rglob("*")]]
    return {f"{file}": file.read_bytes() for file in files if file.is_file()}


def metrics() -> dict[str, dict[str, int]]:
    return json.loads(Path("metrics/data_quality.json").read_text(encoding="utf-8"))


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, folder: Path) -> pd.Timestamp:
    """A split of the benchmark that nobody delivered; the day it shows on."""
    kinds = load_params(quality.QualityParams).roles.kinds()
    dataset = contracts.raw_market(kinds)
    rows = store.read(dataset)
    day = pd.Timestamp("2018-05-16")
    later = (rows["symbol"] == "SPY") & (rows["date"] >= day)
    prices = ["open", "high", "low", "close"]
    rows[prices] = rows[prices].where(~later, rows[prices] / 2)
    read = store.read

    def as_broken(wanted: contracts.Dataset) -> pd.DataFrame:
        return rows if wanted.path == dataset.path else read(wanted)

    monkeypatch.setattr(store, "read", as_broken)
    return day


def test_clean_rows_pass() -> None:
    quality.main()
    found = metrics()
    assert found["error"] == found["warn"] == {"unexplained": 0, "explained": 0}
    assert len(found["checks"]) > 40
    assert store.read(contracts.QUALITY_FINDINGS).empty
    assert "No unexplained error" in quality.REPORT.read_text(encoding="utf-8")


def test_an_error_stops_the_line_after_the_report_is_written(broken: pd.Timestamp) -> None:
    with pytest.raises(QualityError, match=r"no_split_is_missing: SPY 2018-05-16") as error:
        quality.main()
    assert str(quality.REPORT) in str(error.value)
    assert metrics()["error"]["unexplained"] == 1
    table = store.read(contracts.QUALITY_FINDINGS)
    found = table[table["severity"] == "error"]
    assert found[["check", "name", "date"]].values.tolist() == [
        ["no_split_is_missing", "SPY", broken]
    ]
    assert "the line stops" in quality.REPORT.read_text(encoding="utf-8")


def test_twice_the_same_bytes(broken: pd.Timestamp) -> None:
    with pytest.raises(QualityError):
        quality.main()
    first = written()
    with pytest.raises(QualityError):
        quality.main()
    assert written() == first
    assert {Path(name).suffix for name in first} == {".html", ".json", ".parquet"}


def test_what_the_learners_read_must_be_known(monkeypatch: pytest.MonkeyPatch) -> None:
    read = store.read

    def forgotten(wanted: contracts.Dataset) -> pd.DataFrame:
        rows = read(wanted)
        if wanted.path == contracts.MACRO_RELEASE_ALIGNED.path:
            rows.loc[rows.index[-30:], "cpi_yoy"] = np.nan
        return rows

    monkeypatch.setattr(store, "read", forgotten)
    quality.main()  # core reads no macro value: a warning
    assert metrics()["checks"]["value_is_known"]["unexplained"] == 1
    set_up("features=full")
    with pytest.raises(QualityError, match="needed_value_is_known: CPIAUCNS 2019-12-31"):
        quality.main()


def test_an_index_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = compose.composed(PROJECT, ["source=sp500", "as_of='2003-12-31'"])
    Path("params.yaml").write_text(text, encoding="utf-8")
    ingest.main()
    curate.main()
    quality.main()
    assert metrics()["error"]["unexplained"] == 0
    assert metrics()["checks"]["return_is_usual"]["looked_at"] > 1_000
