from __future__ import annotations

from dataclasses import replace

import pandas as pd

from app.faces import quality
from app.faces.snapshot import Snapshot
from mlrisk.contracts import QUALITY_FINDINGS

FOUND = {
    "severity": ["warn", "error"],
    "check": ["close_in_range", "has_close"],
    "dataset": ["raw/market"] * 2,
    "name": ["TLT", "SPY"],
    "date": pd.to_datetime(["2023-01-04", "2023-02-01"]),
    "column": ["close"] * 2,
    "value": [101.5, float("nan")],
    "measured": [0.5, 1.0],
    "expected": ["within the day's range", "a close"],
    "explanation": ["", "a feed was late"],
}


def with_findings(snapshot: Snapshot) -> Snapshot:
    rows = pd.DataFrame(FOUND)[list(QUALITY_FINDINGS.empty().columns)]
    found = snapshot.metrics["data_quality"]
    checks = {name: dict(check) for name, check in found["checks"].items()}
    checks["close_in_range"]["unexplained"] = 1
    checks["has_close"]["explained"] = 1
    told = {
        **found,
        "checks": checks,
        "error": {"unexplained": 0, "explained": 1},
        "warn": {"unexplained": 1, "explained": 0},
    }
    return replace(snapshot, findings=rows, metrics={**snapshot.metrics, "data_quality": told})


def test_summary_adds_up(snapshot: Snapshot) -> None:
    told = quality.summary(with_findings(snapshot))
    assert (told.errors, told.warnings, told.explained) == (0, 1, 1)
    checks = snapshot.metrics["data_quality"]["checks"]
    assert told.checks == len(checks)
    assert told.looked_at == sum(check["looked_at"] for check in checks.values())


def test_checks_that_found_something_come_first(snapshot: Snapshot) -> None:
    rows = quality.checks(with_findings(snapshot))
    assert [row[0] for row in rows[:2]] == ["close in range", "has close"]
    names = [row[0] for row in rows[2:]]
    assert names == sorted(names)
    assert all(len(row) == len(quality.CHECKS) for row in rows)


def test_findings_are_newest_first_and_not_more_than_asked_for(snapshot: Snapshot) -> None:
    told = with_findings(snapshot)
    rows = quality.findings(told)
    assert [row[:2] for row in rows] == [["2023-02-01", "SPY"], ["2023-01-04", "TLT"]]
    assert rows[0][-1] == "a feed was late"
    assert all(len(row) == len(quality.FINDINGS) for row in rows)
    assert len(quality.findings(told, 1)) == 1


def test_coverage_names_every_symbol_series_and_kind_of_document(snapshot: Snapshot) -> None:
    prices = quality.prices(snapshot)
    assert [row[0] for row in prices] == sorted(snapshot.market["symbol"].unique())
    known = snapshot.market[snapshot.market["symbol"] == "SPY"].dropna(subset="close")
    assert next(row for row in prices if row[0] == "SPY") == [
        "SPY", f"{known['date'].min():%Y-%m-%d}", f"{known['date'].max():%Y-%m-%d}",
        f"{len(known):,}", "0",
    ]  # fmt: skip
    assert {row[0] for row in quality.releases(snapshot)} >= {"cpi_yoy", "ffr"}
    counted = sum(int(row[-1]) for row in quality.documents(snapshot))
    assert counted == len(snapshot.documents)


def test_series_without_a_value_is_dashes(snapshot: Snapshot) -> None:
    silent = replace(snapshot, macro=snapshot.macro.assign(cpi_yoy=float("nan")))
    row = next(row for row in quality.releases(silent) if row[0] == "cpi_yoy")
    assert row == ["cpi_yoy", "–", "–", "–"]
