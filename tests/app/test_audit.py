"""``mlrisk audit``: everything in a folder, however broken it is."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from app import audit
from mlrisk.calendar import sessions
from mlrisk.sources.base import SourceError
from tests.conftest import PROJECT

DAYS = sessions(pd.Timestamp("2018-01-02"), pd.Timestamp("2019-12-31"))
COLUMNS = ["date", "open", "high", "low", "close", "adj_close", "volume"]


def fund(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, len(DAYS))))
    open_ = close * np.exp(rng.normal(0, 0.004, len(DAYS)))
    high = np.maximum(open_, close) * (1 + rng.uniform(0.001, 0.01, len(DAYS)))
    low = np.minimum(open_, close) * (1 - rng.uniform(0.001, 0.01, len(DAYS)))
    paid = np.arange(len(DAYS)) % 63 == 62
    factor = np.append(np.cumprod(np.where(paid, 0.995, 1.0)[::-1])[::-1][1:], 1.0)
    table = {"open": open_, "high": high, "low": low, "close": close, "adj_close": close * factor}
    return pd.DataFrame(table).round(6).assign(date=DAYS, volume=1_000)[COLUMNS]


def level(seed: int) -> pd.DataFrame:
    return fund(seed).assign(open=np.nan, high=np.nan, low=np.nan, adj_close=np.nan, volume=np.nan)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two funds and an index that have roles, one of each that has none, and a rate."""
    for kind in ("market", "rates", "macro"):
        (tmp_path / "data" / kind).mkdir(parents=True)
    root = tmp_path / "data"
    for seed, symbol in enumerate(["SPY", "TLT", "ABC"]):
        save(root, f"market/{symbol}", fund(seed))
    for seed, symbol in enumerate(["DXY", "CL_F", "XYZ"]):
        save(root, f"market/{symbol}", level(10 + seed))
    rng = np.random.default_rng(0)
    rate = 2 + np.cumsum(rng.normal(0, 0.03, len(DAYS)))
    save(root, "rates/DGS10", pd.DataFrame({"date": DAYS[:-1], "value": rate[:-1].round(2)}))
    return root


def save(root: Path, name: str, table: pd.DataFrame) -> None:
    table.to_csv(root / f"{name}.csv", index=False)


def change(root: Path, name: str, place: int, **cells: object) -> None:
    table = pd.read_csv(root / f"{name}.csv", dtype=object)
    for column, value in cells.items():
        table.loc[place, column] = value
    save(root, name, table)


def found(root: Path, check: str, start: date | None = None) -> list[tuple[str, str]]:
    table = audit.examine(PROJECT, root, start).findings
    rows = table[table["check"] == check]
    return [(row.name, f"{row.date:%Y-%m-%d}") for row in rows.itertuples(index=False)]


def test_a_sound_folder_lacks_only_other_roles(folder: Path) -> None:
    report = audit.examine(PROJECT, folder)
    assert set(report.findings["check"]) == {"has_rows"}
    assert {"VIX", "GLD", "XLK"} <= set(report.findings["name"])
    assert {"SPY", "TLT", "CL_F", "WTI"}.isdisjoint(report.findings["name"])
    assert f"{report.last:%Y-%m-%d}" == "2019-12-31"


def test_symbols_without_a_role_are_judged_by_what_they_are(folder: Path) -> None:
    change(folder, "market/ABC", 300, high=1.0)  # a fund: its bar must be whole
    change(folder, "market/XYZ", 300, close=-4.0)  # may be negative, then, like oil
    change(folder, "market/CL_F", 300, close=-4.0)
    day = f"{DAYS[300]:%Y-%m-%d}"
    assert found(folder, "equity_bar_is_whole") == [("ABC", day)]
    assert set(found(folder, "signed_close_positive")) == {("XYZ", day), ("CL_F", day)}
    assert found(folder, "close_positive") == []


def test_it_does_not_stop_at_the_first_thing_that_is_wrong(folder: Path) -> None:
    change(folder, "market/ABC", 40, close="n/a")
    change(folder, "market/XYZ", 41, date=f"{DAYS[40]:%Y-%m-%d}")
    change(folder, "rates/DGS10", 7, value="?")
    friday = DAYS.get_loc("2018-10-19")
    change(folder, "market/TLT", friday, date="2018-10-20")
    save(folder, "market/DXY", level(3).drop(index=range(100, 160)))
    report = audit.examine(PROJECT, folder)
    found = {(row.check, row.name): row for row in report.findings.itertuples(index=False)}
    assert "row 41 has close = n/a" in found["market_is_readable", "ABC"].expected
    assert "row 8 has value = ?" in found["macro_is_readable", "DGS10"].expected
    assert ("market_is_readable", "XYZ") in found
    assert found["on_session", "TLT"].date == pd.Timestamp("2018-10-20")
    assert found["not_carried_forward", "DXY"].measured == 60
    assert len(report.unexplained("error")) >= 4


def test_a_missing_close_is_an_error_and_no_crash(folder: Path) -> None:
    change(folder, "market/DXY", 100, close="")
    assert found(folder, "has_close") == [("DXY", f"{DAYS[100]:%Y-%m-%d}")]


def test_history_before_the_start_is_left_aside(folder: Path) -> None:
    change(folder, "market/SPY", 100, high=400.0)
    change(folder, "market/SPY", 400, high=400.0)
    late = ("SPY", f"{DAYS[400]:%Y-%m-%d}")
    assert found(folder, "high_is_usual") == [("SPY", f"{DAYS[100]:%Y-%m-%d}"), late]
    assert found(folder, "high_is_usual", date(2019, 1, 2)) == [late]


def test_it_ends_with_the_benchmark(folder: Path) -> None:
    save(folder, "market/SPY", fund(0)[:-10])
    assert f"{audit.examine(PROJECT, folder).last:%Y-%m-%d}" == f"{DAYS[-11]:%Y-%m-%d}"
    (folder / "market" / "SPY.csv").unlink()
    report = audit.examine(PROJECT, folder)
    assert report.last == DAYS[-1]
    assert "SPY" in set(report.findings.query("check == 'has_rows'")["name"])


def test_what_it_writes(folder: Path, tmp_path: Path) -> None:
    change(folder, "market/SPY", 400, high=400.0)
    report = audit.examine(PROJECT, folder)
    out = tmp_path / "report"
    assert audit.write(report, out, "a folder") == out / "index.html"
    first = {file.name: file.read_bytes() for file in out.iterdir()}
    assert set(first) == {"index.html", "findings.csv", "data_quality.json"}
    assert len(pd.read_csv(out / "findings.csv")) == len(report.findings)
    counted = json.loads(first["data_quality.json"])
    assert counted["checks"]["high_is_usual"]["unexplained"] == 1
    audit.write(audit.examine(PROJECT, folder), out, "a folder")
    assert {file.name: file.read_bytes() for file in out.iterdir()} == first


def test_the_table_on_the_terminal_has_errors_first(folder: Path) -> None:
    change(folder, "market/SPY", 400, high=400.0)
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(audit.view(audit.examine(PROJECT, folder)))
    text = console.export_text()
    assert "2019-12-31" in text
    assert text.index("has_rows") < text.index("high_is_usual")
    assert re.search(r"and \d+ more", text)


def test_no_folder_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such folder"):
        audit.examine(PROJECT, tmp_path / "nowhere")
