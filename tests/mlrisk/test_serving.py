"""Regime probabilities beside the volatility forecast, walked and served."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlrisk import contracts, explain, serving, store
from mlrisk.contracts import REGIMES
from mlrisk.forecast import roster as volatility_roster
from mlrisk.forecast.base import BASELINE, Additive
from mlrisk.forecast.combine import Combination
from mlrisk.regime_forecast import roster
from mlrisk.regime_forecast.calibrator import Temperature
from mlrisk.regime_forecast.implied import PART
from mlrisk.regime_forecast.served import RegimeModel
from mlrisk.serving import RowError, Served
from tests.mlrisk.conftest import COLUMNS
from tests.mlrisk.conftest import SETTINGS as OF_VOLATILITY

DAYS = pd.Series(
    pd.to_datetime(["2020-01-02", "2020-01-03", "2020-01-06"]).astype("datetime64[us]")
)


def walked() -> tuple[pd.DataFrame, pd.DataFrame]:
    forecasts = pd.DataFrame({"date": DAYS, "fold": 0, "calm": [np.nan, 0.7, 0.2]})
    forecasts["transition"] = [np.nan, 0.2, 0.3]
    forecasts["risk_off"] = [np.nan, 0.1, 0.5]
    parts = pd.DataFrame({"date": DAYS[1:], "a": [0.1, 0.0], "b": [-0.5, 0.2], "c": [0.2, 0.0]})
    return forecasts.assign(model_version=["", "1", "1"]), parts.assign(baseline=-1.0)


def test_sessions_carry_their_probabilities_and_largest_parts() -> None:
    table = serving.predictions(*walked())
    assert list(table) == [
        "date", *serving.PROBABILITIES.values(), "regime_drivers", "regime_model_version",
    ]  # fmt: skip
    assert table["regime_drivers"].tolist() == [[], ["b", "c", "a"], ["b"]]
    assert table["regime_probs.risk_off"].tolist()[1:] == [0.1, 0.5]


def test_predictions_of_volatility_are_joined_by_date() -> None:
    later = [*DAYS[1:].tolist(), pd.Timestamp("2020-01-07")]
    bounds = {f"rv_5d_{bound}": 0.02 for bound in ("lo_80", "hi_80", "lo_90", "hi_90")}
    drivers = pd.Series([["vix"]] * 3, dtype=object)
    volatility = pd.DataFrame(
        {"date": later, "rv_5d_hat": 0.02, "var_5d_hat": 4e-4, **bounds, "top_drivers": drivers}
    ).assign(model_version="0f3a")
    table = serving.with_regimes(volatility, serving.predictions(*walked()))
    contracts.PREDICTIONS_DAILY.validate(
        table.astype({"date": "datetime64[us]", "model_version": "str"})
    )
    assert table["regime_probs.calm"].tolist()[:2] == [0.7, 0.2]
    assert np.isnan(table["regime_probs.calm"].iloc[2])
    assert table["regime_drivers"].tolist() == [["b", "c", "a"], ["b"], []]
    assert table["regime_model_version"].tolist() == ["1", "1", ""]


MEMBERS = ("har_vix", "subset", "lightgbm_linear", "xgboost_linear")
CLASSIFIER = OF_VOLATILITY["xgboost"] | {"relative": ["vol_5d", "vix"]}
OF_REGIMES: dict[str, dict[str, Any]] = {
    # One feature of another day's champion: this volatility model has no part of it.
    "volatility_implied": {"min_errors": 80, "parts": [*COLUMNS, "skew_20d"]},
    "multinomial_logit": {"log_columns": ["vol_20d"], "columns": ["vix_term"], "alpha": 0.01},
    "xgboost_classifier": CLASSIFIER | {"columns": ["vol_5d", "vix", "skew_20d"]},
    "persistence_soft": {"smoothing": 1.0},
}


@dataclass(frozen=True)
class World:
    """A pair of models, and rows with what their walk-forwards would have stored of them."""

    volatility: Additive
    regimes: RegimeModel
    rows: pd.DataFrame
    forecasts: pd.DataFrame
    parts: pd.DataFrame

    @property
    def served(self) -> Served:
        return Served(self.volatility, self.regimes)

    def known(self) -> pd.DataFrame:
        """The rows beside the volatility forecast of the same close."""
        columns = self.forecasts[["rv_5d_hat", "var_5d_hat"]]
        parts = self.parts.drop(columns=["date", BASELINE]).add_prefix(PART)
        told = pd.concat([self.rows, columns, parts], axis=1)
        return told.reindex(columns=[*told, f"{PART}skew_20d"])


def stored(volatility: Additive, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A table of forecasts and one of contributions, as a store gives them back."""
    folder = contracts.backtest("combination_equal")
    forecasts = pd.DataFrame(
        {
            "date": rows["date"],
            "fold": 0,
            "var_5d_hat": volatility.predict(rows),
            "rv_5d_hat": volatility.predict_volatility(rows),
            "model_version": volatility.version(),
        }
    )
    parts = volatility.contributions(rows).assign(date=rows["date"])
    return store.at_border(folder.forecasts, forecasts), store.at_border(
        folder.contributions, parts
    )


@pytest.fixture(scope="module")
def world(table: pd.DataFrame) -> World:
    rows = table.dropna().reset_index(drop=True)
    rng = np.random.default_rng(7)
    rows = rows.assign(
        rv_calm_below=0.015,
        rv_risk_off_above=0.03,
        skew_20d=rng.normal(size=len(rows)),
        regime_5d=np.digitize(rows["rv_5d"], [0.015, 0.03]).astype(float),
        regime_known=rng.integers(0, 3, len(rows)).astype(float),
    )
    members = {name: volatility_roster.learner(name, OF_VOLATILITY[name]) for name in MEMBERS}
    weights = dict(zip(MEMBERS, (0.4, 0.3, 0.2, 0.1), strict=True))
    volatility = Combination(members, weights).fit(rows, rows["rv_5d"].to_numpy() ** 2)
    known = World(volatility, RegimeModel({}, {}, "linear", None), rows, *stored(volatility, rows))
    regimes = {
        name: roster.contender(
            name, settings | ({} if "relative" in settings else {"regimes": list(REGIMES)})
        ).learn(known.known())
        for name, settings in OF_REGIMES.items()
    }
    # Nulls in all that is read, at random: members fall silent one by one, and together.
    read = [*COLUMNS, "skew_20d", "rv_calm_below", "rv_risk_off_above", "regime_known"]
    shown = rows.iloc[::3].reset_index(drop=True)
    share = rng.choice([0.0, 0.1, 0.6], (len(shown), 1))
    shown[read] = shown[read].mask(rng.random((len(shown), len(read))) < share)
    first = RegimeModel(regimes, dict.fromkeys(regimes, 0.25), "geometric", None)
    calibrator = Temperature().fit(first.forecast(known.known()), rows["regime_5d"].to_numpy())
    model = RegimeModel(regimes, dict.fromkeys(regimes, 0.25), "geometric", calibrator)
    return World(volatility, model, shown, *stored(volatility, shown))


def records(rows: pd.DataFrame) -> list[dict[str, float]]:
    return rows.drop(columns="date").to_dict("records")


def test_each_row_is_served_with_the_bits_of_the_tables(world: World) -> None:
    known = world.known()
    probabilities = world.regimes.forecast(known)
    folder = contracts.REGIME_SERVED
    drawn = world.regimes.contributions(known).assign(date=known["date"])
    log_odds = store.at_border(folder.contributions, drawn).drop(columns="date")
    drivers = explain.top_drivers(world.parts)
    served, silent = world.served, 0
    for place, row in enumerate(records(world.rows)):
        if not world.volatility.usable(world.rows.iloc[[place]])[0]:
            with pytest.raises(RowError, match="no forecast can be made without"):
                served.forecast(row)
            silent += 1
            continue
        said = served.forecast(row)
        stored = world.forecasts.iloc[place]
        assert (said.rv_5d_hat, said.var_5d_hat) == (stored["rv_5d_hat"], stored["var_5d_hat"])
        assert said.contributions == world.parts.drop(columns="date").iloc[place].to_dict()
        assert said.top_drivers == drivers[place]
        assert said.regime_probs == dict(zip(REGIMES, probabilities[place], strict=True))
        assert said.regime_contributions == log_odds.iloc[place].to_dict()
    assert 0 < silent < len(world.rows) / 2


def test_the_table_of_a_forecast_is_the_row_of_that_day(world: World) -> None:
    known, dates = world.known(), world.rows["date"]
    there = world.volatility.usable(world.rows)
    drawn = world.regimes.contributions(known)
    forecasts = pd.DataFrame(world.regimes.forecast(known), columns=list(REGIMES))
    forecasts = forecasts.assign(date=dates, model_version=world.regimes.version())
    walked = explain.predictions(world.forecasts[there], world.parts[there])
    bounds = dict.fromkeys(["rv_5d_lo_80", "rv_5d_hi_80", "rv_5d_lo_90", "rv_5d_hi_90"], np.nan)
    regimes = serving.predictions(forecasts, drawn.assign(date=dates))
    table = serving.with_regimes(walked.assign(**bounds), regimes)
    for place in np.flatnonzero(there)[::9]:
        served = world.served.forecast(records(world.rows)[place]).table(dates.iloc[[place]])
        published = table[table["date"] == dates[place]]
        explain.require_same(served, published[served.columns])


def test_threads_are_told_what_one_alone_is_told(world: World) -> None:
    served = world.served
    rows = records(world.rows[world.volatility.usable(world.rows)])
    alone = [served.forecast(row) for row in rows]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(served.forecast, rows * 2)) == alone * 2


def test_only_what_is_read_counts_and_none_is_null(world: World) -> None:
    served = world.served
    assert served.inputs == world.volatility.inputs
    assert set(served.reads) == {
        *COLUMNS, "skew_20d", "rv_calm_below", "rv_risk_off_above", "regime_known",
    }  # fmt: skip
    row = dict.fromkeys(served.reads, 1.5) | {"skew_20d": np.nan}
    said = served.forecast(row)
    stale = {"rv_5d_hat": 9.9, "var_5d_hat": 9.9, f"{PART}vix": 9.9, "name": "of the day"}
    assert served.forecast({**row, **stale, "skew_20d": None}) == said


def test_a_missing_column_is_named(world: World) -> None:
    for name in world.served.reads:
        row = dict.fromkeys(set(world.served.reads) - {name}, 1.5)
        with pytest.raises(RowError, match=rf"^the row lacks {name}, which"):
            world.served.forecast(row)


@pytest.mark.parametrize("value", [np.inf, -np.inf, -1e39])
def test_a_value_that_is_no_number_to_a_tree_is_named(world: World, value: float) -> None:
    row = dict.fromkeys(world.served.reads, 1.5)
    with pytest.raises(RowError, match=rf"skew_20d = {re.escape(f'{value:g}')} is no value"):
        world.served.forecast(row | {"skew_20d": value})


def test_where_the_forecast_is_no_number_the_largest_value_is_named(world: World) -> None:
    row = dict.fromkeys(world.served.reads, 1.5)
    with pytest.raises(RowError, match=r"the largest of its inputs is vix_term = 1e\+38"):
        world.served.forecast(row | {"vix_term": 1e38})


def test_a_part_of_zero_drives_no_regime(world: World) -> None:
    """Nor does a part of a feature that the volatility model does not know."""
    row = records(world.rows[world.volatility.usable(world.rows)])[0]
    member = world.regimes.members["volatility_implied"]
    alone = RegimeModel({"volatility_implied": member}, {"volatility_implied": 1.0}, "linear", None)
    said = Served(world.volatility, alone).forecast(row | {"rv_calm_below": 0.015})
    assert said.regime_contributions["skew_20d"] == 0
    assert len(said.regime_drivers) == 3
    silent = member.restore(member.state())
    silent.parts = ["skew_20d"]
    alone = RegimeModel({"volatility_implied": silent}, {"volatility_implied": 1.0}, "linear", None)
    assert Served(world.volatility, alone).forecast(row).regime_drivers == []


def test_without_a_regime_model_there_are_no_probabilities(world: World) -> None:
    row = dict.fromkeys(COLUMNS, 1.5)
    said = Served(world.volatility, RegimeModel({}, {}, "geometric", None)).forecast(row)
    assert said.regime_probs is None
    assert (said.regime_contributions, said.regime_drivers) == ({}, [])
    assert said.regime_model_version == ""
    table = said.table(DAYS.iloc[[0]])
    assert table[list(serving.PROBABILITIES.values())].isna().all(axis=None)
    assert said.rv_5d_hat == world.served.forecast(dict.fromkeys(world.served.reads, 1.5)).rv_5d_hat
