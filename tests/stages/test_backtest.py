"""The stage ``backtest``: who is left out, and why."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app import compose
from mlrisk import contracts, store
from mlrisk.calendar import sessions
from stages import backtest
from tests.conftest import PROJECT

DAYS = sessions(pd.Timestamp("2020-01-02"), pd.Timestamp("2021-12-31"))


@pytest.fixture(autouse=True)
def _computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLRISK_WORKERS", "1")
    monkeypatch.setattr(sys, "argv", ["backtest", "har_vix"])
    settings = ["backtest.first_forecast='2021-06-01'", "backtest.min_train_rows=100"]
    Path("params.yaml").write_text(compose.composed(PROJECT, settings), encoding="utf-8")
    rng = np.random.default_rng(2)
    columns = ("spy_rv_1d", "spy_vol_5d", "spy_vol_20d", "vix", "vix_term")
    values = {name: rng.lognormal(-4, 0.2, len(DAYS)) for name in columns}
    store.write(contracts.FEATURES_DAILY, pd.DataFrame({"date": DAYS, **values}))
    labels = pd.DataFrame({"date": DAYS, "rv_5d": rng.lognormal(-4, 0.2, len(DAYS))})
    store.write(contracts.LABELS_DAILY, labels.assign(regime_5d="calm"))


def status(**lists: list[str]) -> str | None:
    summary = {"not_given": [], "not_point_in_time": [], **lists}
    store.write_metrics("features", summary)
    backtest.main()
    folder = contracts.backtest("har_vix")
    forecasts = store.read(folder.forecasts)
    reason: str | None = json.loads(folder.status.read_text())["left_out_because"]
    assert forecasts.empty == (reason is not None)
    return reason


def test_with_all_it_needs_it_walks() -> None:
    assert status() is None


def test_a_feature_that_saw_later_revisions_keeps_a_contender_out() -> None:
    reason = status(not_point_in_time=["unemp", "vix_term"])
    assert reason == "the source's history of vix_term holds later revisions"
