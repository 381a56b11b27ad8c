"""Other benchmarks: one run each, what is kept of it, and nothing where one fails."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app import benchmarks, findings
from app.repository import RepositoryError
from tests.app import results


def ran(root: Path, data: Path, overrides: Sequence[str]) -> dict[str, Any]:
    """What ``mlrisk real`` would bring back, without running it."""
    symbol = overrides[0].removeprefix("roles.benchmark=")
    if symbol == "NONE":
        raise RepositoryError("dvc repro in the clone failed")
    source = {"benchmark": symbol, "digest": "sha256-0", "window": {"start": "2007-04-11"}}
    return {"forecast": results.forecast(), "source": source}


def test_every_symbol_is_run_and_summed_up(tmp_path: Path) -> None:
    found = benchmarks.write(tmp_path, tmp_path, ["XLB", "XLE"], ran)
    assert json.loads((tmp_path / "results" / "benchmarks.json").read_text()) == found
    assert found["source"] == {"digest": "sha256-0", "window": {"start": "2007-04-11"}}
    assert list(found["benchmarks"]) == ["XLB", "XLE"]
    one = found["benchmarks"]["XLE"]
    assert list(one["contenders"]) == ["rv20", "har_vix", "champion"]
    assert one["against_reference"] == {"statistic": 2.5, "p_value": 0.0208, "holm_p_value": 0.0416}


def test_the_table_has_a_row_per_symbol(tmp_path: Path) -> None:
    head, rows = findings.benchmarks(benchmarks.write(tmp_path, tmp_path, ["XLB"], ran))
    assert head[3:7] == ["har_vix", "champion", "vs RV20", "vs har_vix"]
    assert rows == [
        ["XLB", "3,850", "0.6000", "0.4000", "0.3600", "-40.0%", "-10.0%", "+2.50", "0.021"]
    ]


def test_one_that_fails_is_named_beside_the_others(tmp_path: Path) -> None:
    found = benchmarks.write(tmp_path, tmp_path, ["NONE", "XLB"], ran, jobs=2)
    assert found["failed"] == {"NONE": "dvc repro in the clone failed"}
    _, rows = findings.benchmarks(found)
    assert [row[0] for row in rows] == ["XLB", "NONE"]
    assert set(rows[1][1:]) == {"–"}


def test_where_all_fail_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="no benchmark could be run"):
        benchmarks.write(tmp_path, tmp_path, ["NONE"], ran)
    assert list(tmp_path.iterdir()) == []
