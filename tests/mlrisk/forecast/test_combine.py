"""A combination is served as it was evaluated, and its parts add up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlrisk.forecast import card, combine, roster, walks
from mlrisk.forecast.base import BASELINE
from mlrisk.forecast.combine import Combination
from mlrisk.rounding import round_significant
from tests.mlrisk.conftest import SETTINGS

WEIGHTS = {"har_vix": 0.5, "subset": 0.3, "lightgbm_linear": 0.2}


@pytest.fixture(scope="module")
def rows(table: pd.DataFrame) -> pd.DataFrame:
    return table.dropna()


@pytest.fixture(scope="module")
def model(rows: pd.DataFrame) -> Combination:
    members = {name: roster.learner(name, SETTINGS[name]) for name in WEIGHTS}
    return Combination(members, WEIGHTS).fit(rows, rows["rv_5d"].to_numpy() ** 2)


def test_the_forecast_is_the_weighted_geometric_mean(
    model: Combination, rows: pd.DataFrame
) -> None:
    for method in ("predict", "predict_volatility"):
        each = {name: getattr(one, method)(rows) for name, one in model.members.items()}
        expected = np.prod([each[name] ** weight for name, weight in WEIGHTS.items()], axis=0)
        np.testing.assert_allclose(getattr(model, method)(rows), expected, rtol=1e-7)


def test_contributions_add_up(model: Combination, rows: pd.DataFrame) -> None:
    parts = model.contributions(rows)
    assert list(parts) == [*model.inputs, BASELINE]
    np.testing.assert_allclose(parts.sum(axis=1), model.log_variance(rows), atol=1e-6, rtol=0)


def test_a_row_that_one_member_cannot_use_is_the_others(
    model: Combination, rows: pd.DataFrame
) -> None:
    members = {name: model.members[name] for name in ("har_vix", "lightgbm_linear")}
    members["har"] = roster.learner("har", SETTINGS["har"])
    members["har"].fit(rows, rows["rv_5d"].to_numpy() ** 2)
    mixed = Combination(members, dict.fromkeys(members, 1 / 3))
    row = rows.iloc[[5]].assign(vix=np.nan)
    np.testing.assert_allclose(mixed.predict(row), members["har"].predict(row), rtol=1e-7)
    parts = mixed.contributions(row)
    np.testing.assert_allclose(parts.sum(axis=1), mixed.log_variance(row), atol=1e-6)
    shares = combine.row_shares(np.array([0.5, 0.3, 0.2]), np.array([[np.nan, 1.0, 1.0]]))
    np.testing.assert_allclose(shares, [[0, 0.6, 0.4]])


@given(
    arrays(np.float64, (4, 3), elements=st.floats(1e-6, 1e-2)),
    st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
)
def test_a_mean_lies_between_its_members(values: np.ndarray, raw: list[float]) -> None:
    weights = np.array(raw) / sum(raw)
    mean = combine.mixed(weights, values)
    assert (mean >= values.min(axis=1) * (1 - 1e-12)).all()
    assert (mean <= values.max(axis=1) * (1 + 1e-12)).all()


def test_nobody_with_a_forecast_gives_none() -> None:
    values = np.array([[np.nan, 2.0], [np.nan, np.nan]])
    np.testing.assert_array_equal(combine.mixed(np.array([1.0, 0.0]), values), [np.nan, np.nan])
    np.testing.assert_allclose(combine.mixed(np.array([0.5, 0.5]), values), [2.0, np.nan])


def test_a_folder_gives_back_the_same_forecasts(
    model: Combination, rows: pd.DataFrame, tmp_path: Path
) -> None:
    cards = {name: card.describe(one, name, rows, {}) for name, one in model.members.items()}
    card.save(tmp_path, model, card.describe_combination(model, "champion", cards, {"qlike": 0.4}))
    again, written = card.load(tmp_path)
    assert written["weights"] == WEIGHTS
    assert written["out_of_sample"] == {"qlike": 0.4}
    assert written["members"]["subset"]["trained_on"]["rows"] == len(rows)
    np.testing.assert_array_equal(again.predict(rows), model.predict(rows))
    np.testing.assert_array_equal(again.predict_volatility(rows), model.predict_volatility(rows))
    pd.testing.assert_frame_equal(again.contributions(rows), model.contributions(rows))


def test_another_weight_is_another_version(model: Combination) -> None:
    assert Combination(model.members, WEIGHTS | {"subset": 0.31}).version() != model.version()


def stored(model: Combination, rows: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], ...]:
    """Each member's walk-forward of one fold, as a store gives it back."""
    tables, parts = {}, {}
    for name, one in model.members.items():
        tables[name] = pd.DataFrame(
            {
                "date": rows["date"],
                "fold": 0,
                "var_5d_hat": round_significant(one.predict(rows)),
                "rv_5d_hat": round_significant(one.predict_volatility(rows)),
                "model_version": one.version(),
            }
        ).reset_index(drop=True)
        values = one.contributions(rows)
        parts[name] = pd.DataFrame(
            round_significant(values.to_numpy()), columns=values.columns
        ).assign(date=rows["date"].to_numpy())
    return tables, parts


def test_what_is_served_is_what_was_walked(model: Combination, rows: pd.DataFrame) -> None:
    tables, parts = stored(model, rows)
    walked = walks.Walks.of(tables)
    weights = np.array([[WEIGHTS[name] for name in walked.names]])
    forecasts = walks.forecasts(walked, weights)
    last = rows.iloc[[-1]]
    assert forecasts["model_version"].iloc[-1] == model.version()
    for column, method in (("var_5d_hat", "predict"), ("rv_5d_hat", "predict_volatility")):
        served = round_significant(getattr(model, method)(last))
        np.testing.assert_array_equal(served, round_significant(forecasts[column].to_numpy()[-1:]))
    contributions = walks.contributions(walked, weights, parts).iloc[-1].drop("date")
    own = model.contributions(last).iloc[0]
    np.testing.assert_array_equal(contributions.astype(float)[own.index], own)


def test_walks_of_another_grid_are_refused(model: Combination, rows: pd.DataFrame) -> None:
    tables, _ = stored(model, rows)
    tables["subset"] = tables["subset"].iloc[1:]
    with pytest.raises(walks.WalksError, match="subset has other sessions or folds than"):
        walks.Walks.of(tables)
    with pytest.raises(walks.WalksError, match="none of har has a forecast"):
        walks.Walks.of({"har": tables["har_vix"].iloc[:0]})


def test_a_learner_that_was_left_out_has_no_share(model: Combination, rows: pd.DataFrame) -> None:
    tables, _ = stored(model, rows)
    walked = walks.Walks.of({"xgboost": tables["subset"].iloc[:0], **tables})
    assert walked.present.tolist() == [[False, True, True, True]]
    weights = np.array([[0.0, *WEIGHTS.values()]])
    table = walks.weight_table(walked, weights)
    assert table["learner"].tolist() == sorted(WEIGHTS)
    assert walks.with_weight(walked, weights) == list(WEIGHTS)
