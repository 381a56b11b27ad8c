"""Drivers, their summaries, and the served forecast held against the walk-forward's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlrisk import explain
from mlrisk.forecast import roster
from tests.mlrisk.conftest import SETTINGS


@pytest.fixture
def parts() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "date": pd.to_datetime(["2020-01-02", "2020-01-03"]),
            "a": [0.1, 0.0],
            "b": [-0.5, 0.0],
            "c": [0.2, -0.3],
            "baseline": [-9.0, -9.0],
        }
    )


def test_top_drivers_are_the_largest_in_absolute_terms(parts: pd.DataFrame) -> None:
    assert explain.top_drivers(parts).tolist() == [["b", "c", "a"], ["c", "a", "b"]]
    assert explain.top_drivers(parts, 1).tolist() == [["b"], ["c"]]


def test_importance_is_the_mean_absolute_contribution(parts: pd.DataFrame) -> None:
    table = explain.importance(parts)
    assert table["feature"].tolist() == ["b", "c", "a"]
    np.testing.assert_allclose(table["importance"], [0.25, 0.25, 0.05])


def test_latest_is_the_last_row(parts: pd.DataFrame) -> None:
    features = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0], "c": [5.0, 6.0]})
    table = explain.latest(parts, features)
    assert table["feature"].tolist() == ["c", "a", "b"]
    assert table["value"].tolist() == [6.0, 2.0, 4.0]
    assert table["contribution"].tolist() == [-0.3, 0.0, 0.0]


def test_summary_shows_evenly_spaced_rows_of_the_most_important_features(
    table: pd.DataFrame,
) -> None:
    rows = table.dropna()
    model = roster.learner("har", SETTINGS["har"])
    model.fit(rows, rows["rv_5d"].to_numpy() ** 2)
    shown = explain.summary(model.contributions(rows), rows, count=2, rows=50)
    counts = shown["feature"].value_counts()
    assert len(counts) == 2
    assert (counts <= 50).all()
    assert shown["value_rank"].between(0, 1).all()


def test_the_served_forecast_is_the_walk_forwards_row(table: pd.DataFrame) -> None:
    rows = table.dropna()
    model = roster.learner("lightgbm", SETTINGS["lightgbm"])
    model.fit(rows, rows["rv_5d"].to_numpy() ** 2)
    served = explain.serve(model, rows.iloc[[-1]])
    assert served["top_drivers"].map(len).tolist() == [3]
    explain.require_same(served, explain.serve(model, rows).iloc[[-1]])
    with pytest.raises(ValueError, match="differs from the walk-forward's row"):
        explain.require_same(served, explain.serve(model, rows).iloc[[-2]])
    with pytest.raises(ValueError, match="differs"):
        explain.require_same(served, served.iloc[:0])
