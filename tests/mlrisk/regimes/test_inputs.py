"""Logarithms, nulls, constants and units of the regime inputs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlrisk.regimes import inputs


def test_logarithms_where_asked_and_null_where_there_is_none() -> None:
    features = pd.DataFrame({"vol": [0.01, 0.0, -1.0, np.nan], "term": [-1.0, 2.0, 3.0, 4.0]})
    values = inputs.matrix(features, ["vol", "term"], [True, False])
    assert values[0] == pytest.approx([np.log(0.01), -1.0])
    assert np.isnan(values[1:, 0]).all()
    assert inputs.complete(values).tolist() == [True, False, False, False]


def test_a_deviation_that_is_only_rounding_is_no_movement() -> None:
    still = np.full(50, 0.1) + np.resize([0, 1.4e-17], 50)
    window = np.column_stack([still, np.zeros(50), np.linspace(1, 1.001, 50)])
    assert inputs.moving(window).tolist() == [False, False, True]


def test_scale_is_published_at_six_digits_and_undone_by_restoring() -> None:
    window = np.random.default_rng(0).normal([3, -20], [0.1, 50], (400, 2))
    scale = inputs.Scale.of(window)
    for fitted in (*scale.mean, *scale.deviation):
        assert fitted == float(f"{fitted:.5e}")
    standardised = scale.standardised(window)
    assert standardised.mean(axis=0) == pytest.approx([0, 0], abs=1e-4)
    assert standardised.std(axis=0) == pytest.approx([1, 1], rel=1e-5)
    assert scale.restored(standardised) == pytest.approx(window)
