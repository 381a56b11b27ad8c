"""Persistence against loops that count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlrisk.contracts import REGIMES
from mlrisk.regime_forecast.persistence import HardPersistence, SoftPersistence


def test_hard_persistence_says_the_known_regime_again(world: pd.DataFrame) -> None:
    rows = world[world["regime_known"].notna()]
    said = HardPersistence().learn(rows).forecast(rows)
    assert sorted(np.unique(said)) == [0, 1]
    assert said.argmax(axis=1).tolist() == rows["regime_known"].tolist()


def test_soft_persistence_is_what_a_loop_counts(world: pd.DataFrame) -> None:
    rows = world.dropna(subset=["regime_known", "regime_5d"])
    counts = [[0.5] * 3 for _ in range(3)]
    for before, after in zip(rows["regime_known"], rows["regime_5d"], strict=True):
        counts[int(before)][int(after)] += 1
    said = SoftPersistence(list(REGIMES), 0.5).learn(rows).predict_proba(rows)
    for row, before in zip(said, rows["regime_known"], strict=True):
        expected = [count / sum(counts[int(before)]) for count in counts[int(before)]]
        assert row == pytest.approx(expected, abs=2e-6)


def test_a_regime_without_history_is_as_likely_to_become_any(world: pd.DataFrame) -> None:
    never = world[world["regime_known"].isin([0, 1])].dropna(subset=["regime_5d"])
    now = pd.DataFrame({"regime_known": [2.0]})
    model = SoftPersistence(list(REGIMES), 1.0).learn(never)
    np.testing.assert_allclose(model.predict_proba(now), 1 / 3, atol=1e-6)
    two = SoftPersistence(["calm", "risk_off"], 1.0).learn(never[never["regime_5d"] != 1])
    np.testing.assert_allclose(two.predict_proba(now), [[0.5, 0, 0.5]])
