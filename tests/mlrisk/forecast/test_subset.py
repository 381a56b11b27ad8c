"""Complete subset regression against the plain mean of its models."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from mlrisk.forecast.linear import LOG_FLOOR, LogLinear
from mlrisk.forecast.subset import Subset

POOL = ["rv_1d", "vol_5d", "vol_20d"]


@pytest.fixture
def rows(table: pd.DataFrame) -> pd.DataFrame:
    return table.dropna()


def subset(size: int, count: int, seed: int = 1) -> Subset:
    return Subset(POOL, ["vix_term"], ["vix"], size, count, seed)


def log_forecast(model: LogLinear, rows: pd.DataFrame) -> np.ndarray:
    """Without the level, which is the whole model's."""
    return model.log_variance(rows) - model.level_


def test_all_inputs_at_once_are_one_least_squares(rows: pd.DataFrame) -> None:
    variance = rows["rv_5d"].to_numpy() ** 2
    whole = subset(size=4, count=3).fit(rows, variance)
    plain = LogLinear(["vix", *POOL], ["vix_term"]).fit(rows, variance)
    np.testing.assert_allclose(whole.coefficients_, plain.coefficients_, rtol=1e-4)
    np.testing.assert_allclose(whole.predict(rows), plain.predict(rows), rtol=1e-4)


def test_many_draws_come_near_the_mean_over_every_subset(rows: pd.DataFrame) -> None:
    variance = rows["rv_5d"].to_numpy() ** 2
    drawn = subset(size=2, count=4000).fit(rows, variance)
    each = [
        LogLinear(
            ["vix", *(name for name in chosen if name != "vix_term")],
            [name for name in chosen if name == "vix_term"],
        ).fit(rows, variance)
        for chosen in combinations([*POOL, "vix_term"], 2)
    ]
    mean = np.mean([log_forecast(model, rows) for model in each], axis=0)
    np.testing.assert_allclose(log_forecast(drawn, rows), mean, atol=0.02)


def test_every_model_holds_what_is_kept_and_as_many_others_as_asked_for() -> None:
    places = subset(size=2, count=500)._subsets(5)
    assert places.shape == (500, 3)
    assert (places[:, 0] == 0).all()
    assert all(len(set(row)) == 3 for row in places.tolist())
    # Each of the four others in half of the models.
    np.testing.assert_allclose(np.bincount(places[:, 1:].ravel())[1:] / 500, 0.5, atol=0.07)


def test_the_draw_is_the_seeds(rows: pd.DataFrame) -> None:
    variance = rows["rv_5d"].to_numpy() ** 2
    first, again, other = (subset(1, 5, seed).fit(rows, variance) for seed in (1, 1, 2))
    assert first.version() == again.version() != other.version()


def test_a_day_without_a_move_is_floored(rows: pd.DataFrame) -> None:
    model = subset(2, 50).fit(rows, rows["rv_5d"].to_numpy() ** 2)
    still, tick = rows.iloc[[0]].assign(rv_1d=0.0), rows.iloc[[0]].assign(rv_1d=LOG_FLOOR)
    assert model.predict(still) == model.predict(tick)
