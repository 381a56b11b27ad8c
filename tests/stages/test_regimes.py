"""The stage ``regimes``: its tables and figures, with clusters and without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from app import compose
from mlrisk import contracts, store
from mlrisk.calendar import sessions
from stages import regimes as stage
from tests.conftest import PROJECT

NAMES = {"benchmark": "spy", "bonds": "tlt", "credit": "hyg"}
COUNT = 140


def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: list[str]) -> dict[str, Any]:
    """The stage on features of two regimes; gives its metrics."""
    monkeypatch.chdir(tmp_path)
    settings = ["regimes.min_history=80", "regimes.clusters=2"]
    Path("params.yaml").write_text(compose.composed(PROJECT, settings), encoding="utf-8")
    rng = np.random.default_rng(1)
    level = np.repeat([0, 1, 0, 1, 0, 1, 0], 20)
    numbers = {name: np.exp(level + 0.2 * rng.standard_normal(COUNT)) for name in columns}
    days = sessions("2020-01-02", "2020-12-31")[:COUNT]
    store.write(contracts.FEATURES_DAILY, pd.DataFrame({"date": days, **numbers}))
    store.write_metrics("features", {"names": NAMES})
    stage.main()
    tree: dict[str, Any] = json.loads(Path("metrics/clusters.json").read_text(encoding="utf-8"))
    return tree


def test_clusters_of_what_the_source_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = run(tmp_path, monkeypatch, ["spy_vol_10d", "vix", "hyg_tlt_spread"])
    daily = store.read(contracts.REGIMES_DAILY)
    assert metrics["regimes_daily"]["rows"] == len(daily) == COUNT
    assert metrics["inputs"] == ["spy_vol_10d", "vix", "hyg_tlt_spread"]
    assert metrics["inputs_not_given"] == ["vix_term", "corr_spy_tlt_20d", "drawdown_60d"]
    assert metrics["refits"] == 3
    assert metrics["first_refit"] == f"{daily['date'][79]:%Y-%m-%d}"
    assert daily["regime_cluster_id"][90:100].tolist() == [0] * 10
    assert daily["regime_cluster_id"][110:120].tolist() == [1] * 10
    refits = store.read(contracts.REGIME_REFITS)
    assert refits["refit_date"].nunique() == 3
    assert metrics["regime_refits"]["rows"] == len(refits)


def test_a_source_with_one_input_has_no_clusters_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = run(tmp_path, monkeypatch, ["spy_vol_10d"])
    assert metrics["left_out_because"].startswith("1 inputs move")
    assert store.read(contracts.REGIMES_DAILY).empty
    assert store.read(contracts.REGIME_REFITS).empty
