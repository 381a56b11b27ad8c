"""The stage ``ingest``: whatever the source, rows that keep the raw contracts, or a message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from app import compose
from mlrisk import contracts, store
from mlrisk.calendar import sessions
from mlrisk.errors import MlriskError
from mlrisk.sources import files
from stages import ingest, roots

PROJECT = Path(__file__).parents[2]
DAYS = sessions(pd.Timestamp("2020-03-02"), pd.Timestamp("2020-03-31"))
FEW_ROLES = ["roles=sp500", "roles.benchmark=SPY", "roles.oil=WTI", "roles.fed_funds=DFF"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(roots.FILES_ROOT, raising=False)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small folder of files, named in the environment."""
    folder = tmp_path / "files"
    (folder / "market").mkdir(parents=True)
    (folder / "rates").mkdir()
    prices = pd.DataFrame({"date": DAYS, "open": 9.0, "high": 11.0, "low": 8.0, "close": 10.0})
    prices.assign(adj_close=10.0, volume=1.0).to_csv(folder / "market/SPY.csv", index=False)
    blank = dict.fromkeys(["open", "high", "low", "adj_close", "volume"])
    oil = pd.DataFrame({"date": DAYS, **blank, "close": -1.0})
    oil[:-1].to_csv(folder / "market/CL_F.csv", index=False)
    pd.DataFrame({"date": DAYS, "value": 1.6}).to_csv(folder / "rates/DFF.csv", index=False)
    monkeypatch.setenv(roots.FILES_ROOT, str(folder))
    return folder


def run(overrides: Sequence[str]) -> None:
    Path("params.yaml").write_text(compose.composed(PROJECT, overrides), encoding="utf-8")
    ingest.main()


def from_files(root: Path, *overrides: str) -> None:
    digest = files.digest(files.manifest(root))
    settings = ["source=files", *FEW_ROLES, f"source.digest={digest}", "source.start='2020-03-02'"]
    run([*settings, "as_of='2020-03-31'", *overrides])


def test_an_index_alone() -> None:
    run(["source=sp500", "as_of='2003-01-02'"])
    market = store.read(contracts.raw_market({"SPX": "equity"}))
    assert f"{market['date'].iloc[-1]:%Y-%m-%d}" == "2003-01-02"
    assert store.read(contracts.RAW_MACRO).empty
    assert store.read(contracts.TRUTH).empty
    metrics = json.loads(Path("metrics/ingest.json").read_text(encoding="utf-8"))
    assert metrics["raw"]["market"] == {
        "rows": 1005,
        "columns": 11,
        "first": "1999-01-04",
        "last": "2003-01-02",
    }


def test_a_world_with_a_truth() -> None:
    run(["source=simulated", "source.start='2024-01-02'", "as_of='2024-03-28'"])
    assert len(store.read(contracts.TRUTH)) == len(
        sessions(pd.Timestamp("2024-01-02"), pd.Timestamp("2024-03-28"))
    )


def test_a_folder_of_files_and_its_manifest(root: Path) -> None:
    from_files(root)
    market = store.read(contracts.raw_market({"SPY": "equity", "WTI": "signed"}))
    assert market.groupby("symbol").size().to_dict() == {"SPY": len(DAYS), "WTI": len(DAYS) - 1}
    assert store.read(contracts.RAW_MACRO)["series_id"].unique().tolist() == ["DFF"]
    manifest = pd.read_csv("data/raw/manifest.csv")
    assert manifest["file"].tolist() == ["market/CL_F.csv", "market/SPY.csv", "rates/DFF.csv"]
    assert files.digest(manifest) == files.digest(files.manifest(root))


def test_a_second_run_leaves_the_same_bytes(root: Path) -> None:
    def written() -> dict[str, bytes]:
        return {
            str(path): path.read_bytes()
            for folder in ("data", "metrics")
            for path in sorted(Path(folder).rglob("*"))
            if path.is_file()
        }

    from_files(root)
    first = written()
    from_files(root)
    assert written() == first


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["as_of='2020-03-28'"], r"as_of: 2020-03-28 \(Saturday\) is no NYSE session"),
        (["as_of='2020-04-01'"], r"its rows run from 2020-03-02 to 2020-03-31"),
        (
            ["roles.benchmark=QQQ"],
            r"source 'files' has no symbol 'QQQ'; it offers CL_F, SPY, WTI\.",
        ),
        (["roles.vvix=VVIX"], r"no symbol 'VVIX'.*or null to do without it"),
        (["roles.cpi=CPIAUCNS"], r"no series 'CPIAUCNS'.*or null to do without it"),
        (["roles.oil=null", "roles.benchmark=WTI"], r"benchmark 'WTI' has no row on as_of"),
        (
            ["roles.oil=null", "roles.gold=CL_F"],
            r"close of all but a signed symbol must be positive",
        ),
        (["source.digest=sha256-" + "0" * 64], r"its files are not those of source\.digest"),
    ],
)
def test_a_setting_that_the_source_cannot_meet_is_told_and_nothing_is_written(
    root: Path, overrides: list[str], message: str
) -> None:
    with pytest.raises(MlriskError, match=message):
        from_files(root, *overrides)
    assert not Path("data").exists()


@pytest.mark.parametrize("value", [None, ""])
def test_a_folder_that_the_environment_does_not_name_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv(roots.FILES_ROOT)
    else:
        monkeypatch.setenv(roots.FILES_ROOT, value)
    message = "environment variable MLRISK_FILES_ROOT is not set: source 'files' reads the folder"
    with pytest.raises(MlriskError, match=message):
        from_files(root)
