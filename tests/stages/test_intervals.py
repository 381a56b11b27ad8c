"""The stage ``intervals``: its table, figures and plots from one backtest."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app import compose
from mlrisk import contracts, store
from mlrisk.calendar import sessions
from mlrisk.forecast import intervals, split_conformal
from stages import intervals as stage
from tests.conftest import PROJECT

DAYS = sessions(pd.Timestamp("2014-01-02"), pd.Timestamp("2017-06-30"))
FIRST = 100


def computed(count: int) -> dict[str, object]:
    """The stage on ``count`` sessions of forecasts; gives its metrics."""
    rng = np.random.default_rng(2)
    rv_hat = rng.lognormal(-4, 0.3, len(DAYS))
    rv = rv_hat * rng.lognormal(0, 0.4, len(DAYS))
    days = DAYS[: FIRST + count]
    rv = np.where(np.arange(len(days)) < len(days) - 5, rv[: len(days)], np.nan)
    labels = pd.DataFrame({"date": days, "rv_5d": rv, "regime_5d": "calm"}).assign(
        rv_calm_below=0.01, rv_risk_off_above=0.03
    )
    forecasts = pd.DataFrame(
        {
            "date": days[FIRST:],
            "fold": 0,
            "var_5d_hat": rv_hat[FIRST : len(days)] ** 2,
            "rv_5d_hat": rv_hat[FIRST : len(days)],
            "model_version": "0" * 16,
        }
    )
    store.write(contracts.LABELS_DAILY, labels)
    store.write(contracts.backtest("har").forecasts, forecasts)
    stage.main()
    tree: dict[str, object] = json.loads(Path("metrics/intervals.json").read_text())
    return tree


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = ["model=har", "intervals.min_scores=50"]
    Path("params.yaml").write_text(compose.composed(PROJECT, settings), encoding="utf-8")


def test_the_table_the_figures_and_the_plots_agree() -> None:
    metrics = computed(700)
    table = store.read(contracts.INTERVALS_DAILY)
    assert table["date"].tolist() == list(DAYS[FIRST : FIRST + 700])
    assert table["rv_5d_lo_90"].isna().sum() == 54
    assert table["pit"].isna().sum() == 54 + 5
    labels = store.read(contracts.LABELS_DAILY).merge(table, on="date")
    known = labels.dropna()
    assert metrics["model"] == "har"
    for name in intervals.LEVELS:
        figures = metrics["levels"][name]
        inside = known["rv_5d"].between(known[f"rv_5d_lo_{name}"], known[f"rv_5d_hi_{name}"])
        assert figures["n_obs"] == len(known) == 700 - 54 - 5
        assert figures["coverage"] == pytest.approx(inside.mean(), abs=1e-5)
        assert set(figures["against"]) == set(split_conformal.RIVALS)
        assert list(figures["by_year"]) == ["2014", "2015", "2016", "2017"]
        assert list(figures["by_span"]) == ["2011-2015", "2016-2026"]
        assert figures["worst_rolling"]["window"] == 250
    assert metrics["pit"]["n_obs"] == 129
    shown = {path.stem: pd.read_csv(path) for path in Path("plots/intervals").glob("*.csv")}
    assert {name: list(rows) for name, rows in shown.items()} == {
        "coverage_over_time": ["date", "series", "coverage"],
        "fan": ["date", "series", "volatility"],
        "pit_histogram": ["pit", "density"],
    }
    assert not any(rows.empty for rows in shown.values())


def test_a_history_that_is_too_short_has_rows_and_no_intervals() -> None:
    metrics = computed(40)
    table = store.read(contracts.INTERVALS_DAILY)
    assert len(table) == 40
    assert table.drop(columns="date").isna().all(axis=None)
    assert metrics["levels"]["90"]["n_obs"] == 0
    assert metrics["levels"]["90"]["coverage"] is None
    assert metrics["pit"] == {"n_obs": 0}
