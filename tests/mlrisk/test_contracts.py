"""Every rule is broken once: the message names dataset, column, rule, count and first rows."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk import contracts
from mlrisk.dataset import ContractError, Dataset

DAYS = pd.date_range("2020-01-06", periods=7, unit="us", freq="D").to_series(index=range(7))
RAW_MARKET = contracts.raw_market({"SPY": "equity", "VIX": "index", "WTI": "signed"})
FORECASTS = contracts.backtest("har").forecasts

Break = Callable[[pd.DataFrame], pd.DataFrame]


def equity() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "symbol": "SPY",
            "date": DAYS,
            "open": 100.0,
            "high": 102.0,
            "low": 99.0,
            "close": 101.0,
            "adj_close": 90.0,
            "volume": 1e6,
            "dividend": np.nan,
            "split": np.nan,
            "basis": "adjusted",
        }
    )


def traded() -> pd.DataFrame:
    return equity().assign(adj_close=np.nan, dividend=0.0, split=1.0, basis="traded")


def close_only(symbol: str, close: float) -> pd.DataFrame:
    table = equity().assign(symbol=symbol, close=close, basis="quoted")
    return table.assign(**dict.fromkeys(["open", "high", "low", "adj_close", "volume"], np.nan))


def macro() -> pd.DataFrame:
    released = DAYS.dt.tz_localize("UTC") + pd.Timedelta(days=40)
    return pd.DataFrame(
        {
            "series_id": "CPIAUCNS",
            "macro_value_date": DAYS,
            "value": 258.0,
            "release_datetime": released,
            "point_in_time": True,
        }
    )


def announcements() -> pd.DataFrame:
    moment = DAYS.dt.tz_localize("UTC") + pd.Timedelta(hours=13)
    known = moment - pd.Timedelta(days=30)
    return pd.DataFrame(
        {"event": "cpi", "event_datetime": moment, "known_from": known, "status": "scheduled"}
    )


def aligned() -> pd.DataFrame:
    released = DAYS.dt.tz_localize("UTC") + pd.Timedelta(hours=22)
    values = dict.fromkeys(contracts.MACRO_NAMES, 2.0)
    releases = {f"{name}_as_of_release": released for name in contracts.MACRO_NAMES}
    return pd.DataFrame({"date": DAYS, **values, **releases})


def daily() -> pd.DataFrame:
    table = equity().assign(adj_close=1.0, ret=0.01, filled=False)
    return table[list(contracts.MARKET_DAILY.schema.columns)]


def predictions() -> pd.DataFrame:
    cells = pd.Series([["vix", "rsi_spy_14"]] * 7, dtype=object)
    return pd.DataFrame(
        {
            "date": DAYS,
            "rv_5d_hat": 0.02,
            "var_5d_hat": 0.0005,
            "rv_5d_lo_80": 0.011,
            "rv_5d_hi_80": 0.031,
            "rv_5d_lo_90": 0.009,
            "rv_5d_hi_90": 0.038,
            "regime_probs.calm": 0.7,
            "regime_probs.transition": 0.2,
            "regime_probs.risk_off": 0.1,
            "top_drivers": cells,
            "regime_drivers": cells,
            "model_version": "0f3a",
            "regime_model_version": "1e4b",
        }
    )


def labels() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "date": DAYS,
            "rv_5d": 0.02,
            "regime_5d": "calm",
            "rv_calm_below": 0.021,
            "rv_risk_off_above": 0.03,
        }
    )


def truth() -> pd.DataFrame:
    return pd.DataFrame({"date": DAYS, "regime": 1, "var_1d": 1e-4, "var_5d_oracle": 5e-4})


def features() -> pd.DataFrame:
    return pd.DataFrame({"date": DAYS, "vix": 20.0, "spy_vol_5d": 0.02})


def forecasts() -> pd.DataFrame:
    return pd.DataFrame(
        {"date": DAYS, "fold": 0, "var_5d_hat": 4e-4, "rv_5d_hat": 0.02, "model_version": "0f3a"}
    )


VALID: list[tuple[Dataset, pd.DataFrame]] = [
    (RAW_MARKET, equity()),
    (RAW_MARKET, traded()),
    (contracts.LANDING_MARKET, traded()),
    (contracts.RAW_CALENDAR, announcements()),
    (RAW_MARKET, close_only("VIX", 20.0)),
    (RAW_MARKET, close_only("WTI", -37.63)),
    (RAW_MARKET, close_only("VIX", 20.0).assign(open=0.0, high=1.0, low=99.0)),
    (contracts.RAW_MACRO, macro()),
    (contracts.TRUTH, truth()),
    (contracts.MARKET_DAILY, daily()),
    (contracts.MACRO_RELEASE_ALIGNED, aligned()),
    (contracts.FEATURES_DAILY, features()),
    (contracts.LABELS_DAILY, labels()),
    (FORECASTS, forecasts()),
    (contracts.PREDICTIONS_DAILY, predictions()),
]


@pytest.mark.parametrize(("dataset", "table"), VALID)
def test_a_table_that_keeps_its_contract_comes_back_as_it_was(
    dataset: Dataset, table: pd.DataFrame
) -> None:
    pd.testing.assert_frame_equal(dataset.validate(table.set_axis(range(7, 14))), table)


def cells(column: str, value: object, rows: int = 2) -> Break:
    """Put a value into the first rows of a column."""

    def broken(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(**{column: table[column].where(table.index >= rows, value)})

    return broken


BROKEN: list[tuple[Dataset, pd.DataFrame, Break, str]] = [
    (RAW_MARKET, equity(), cells("symbol", "QQQ"), "symbol must be one of SPY, VIX, WTI"),
    (
        RAW_MARKET,
        equity(),
        cells("close", -1.0),
        "close of all but a signed symbol must be positive",
    ),
    (RAW_MARKET, close_only("VIX", 20.0), cells("close", 0.0), "close of all but a signed symbol"),
    (RAW_MARKET, equity(), cells("close", np.nan), "close must not be null"),
    (RAW_MARKET, close_only("WTI", 20.0), cells("close", np.nan), "close must not be null"),
    (RAW_MARKET, close_only("WTI", 20.0), cells("close", -np.inf), "close must be finite"),
    (RAW_MARKET, equity(), cells("open", 0.0), "open, high, low of an equity or ETF must be there"),
    (
        RAW_MARKET,
        equity(),
        cells("low", np.nan),
        "open, high, low of an equity or ETF must be there",
    ),
    (RAW_MARKET, equity(), cells("high", 100.5), "high must be the highest and low the lowest"),
    (RAW_MARKET, equity(), cells("low", 100.5), "high must be the highest and low the lowest"),
    (
        RAW_MARKET,
        equity(),
        cells("adj_close", 0.0),
        "adj_close must be positive where there is one",
    ),
    (RAW_MARKET, equity(), cells("volume", -1.0), "volume must not be negative"),
    (
        RAW_MARKET,
        equity(),
        lambda table: table.assign(
            date=table["date"] + pd.to_timedelta([1, 1, 0, 0, 0, 0, 0], "h")
        ),
        "date must be a date without a time",
    ),
    (contracts.RAW_MACRO, macro(), cells("value", np.inf), "value must be finite"),
    (contracts.RAW_MACRO, macro(), cells("value", np.nan), "value must not be null"),
    (
        contracts.RAW_MACRO,
        macro(),
        cells("release_datetime", pd.Timestamp("2020-01-01", tz="UTC")),
        "release_datetime must not lie before its period: macro_value_date",
    ),
    (
        contracts.RAW_MACRO,
        macro(),
        cells("release_datetime", pd.NaT),
        "release_datetime must not be",
    ),
    (contracts.TRUTH, truth(), cells("regime", 3), "regime must be one of 0, 1, 2"),
    (contracts.TRUTH, truth(), cells("var_1d", 0.0), "var_1d must be positive"),
    (contracts.MARKET_DAILY, daily(), cells("ret", -2.5), "ret a log return beyond 2.5"),
    (contracts.MARKET_DAILY, daily(), cells("adj_close", 0.0), "adj_close must be positive"),
    (
        contracts.MACRO_RELEASE_ALIGNED,
        aligned(),
        lambda table: table.assign(
            ffr_as_of_release=table["ffr_as_of_release"]
            + pd.to_timedelta([1, 1, 0, 0, 0, 0, 0], unit="s").as_unit("us")
        ),
        "ffr_as_of_release must not lie after 22:00 UTC of date: that is look-ahead",
    ),
    (contracts.FEATURES_DAILY, features(), cells("vix", np.inf), "vix must be finite"),
    (contracts.LABELS_DAILY, labels(), cells("rv_5d", 0.0), "rv_5d must be positive"),
    (
        contracts.LABELS_DAILY,
        labels(),
        cells("regime_5d", "panic"),
        "regime_5d must be one of calm, transition, risk_off",
    ),
    (FORECASTS, forecasts(), cells("fold", -1), "fold must not be negative"),
    (FORECASTS, forecasts(), cells("var_5d_hat", -1e-9), "var_5d_hat must be positive"),
    (FORECASTS, forecasts(), cells("rv_5d_hat", 0.0), "rv_5d_hat must be positive"),
    (
        contracts.PREDICTIONS_DAILY,
        predictions(),
        cells("rv_5d_hat", 0.0),
        "rv_5d_hat must be positive",
    ),
    (
        contracts.PREDICTIONS_DAILY,
        predictions(),
        cells("top_drivers", "vix"),
        "top_drivers must be a list of names",
    ),
    (
        contracts.PREDICTIONS_DAILY,
        predictions(),
        cells("regime_probs.calm", 0.7 + 3e-8),
        "regime_probs.calm, regime_probs.transition and regime_probs.risk_off must add up to one",
    ),
    (
        contracts.PREDICTIONS_DAILY,
        predictions(),
        cells("regime_probs.risk_off", np.nan),
        "regime_probs.calm, regime_probs.transition and regime_probs.risk_off must add up to one",
    ),
]


@pytest.mark.parametrize(("dataset", "table", "broken", "rule"), BROKEN)
def test_a_broken_rule_is_named_with_its_rows_and_stands_alone(
    dataset: Dataset, table: pd.DataFrame, broken: Break, rule: str
) -> None:
    with pytest.raises(ContractError) as caught:
        dataset.validate(broken(table))
    first, *lines = str(caught.value).splitlines()
    assert first == f"{dataset.path}: the table breaks its contract."
    told = [line for line in lines if line.startswith("- ")]
    assert len(told) == 1
    assert told[0].startswith(f"- {rule}")
    assert told[0].endswith(": broken by 2 of 7 rows. First ones:")
    assert len(lines) == 4  # the rule, a header, two rows


def test_a_broken_rule_shows_the_values_it_speaks_of() -> None:
    with pytest.raises(ContractError) as caught:
        RAW_MARKET.validate(cells("high", 100.5, rows=1)(equity()))
    *_, header, row = str(caught.value).splitlines()
    assert header.split() == ["symbol", "date", "open", "high", "low", "close"]
    assert row.split() == ["SPY", "2020-01-06", "100.0", "100.5", "99.0", "101.0"]


def test_all_rows_are_counted_and_five_are_shown() -> None:
    with pytest.raises(ContractError, match="broken by 7 of 7 rows") as caught:
        contracts.FEATURES_DAILY.validate(features().assign(vix=-np.inf))
    assert str(caught.value).count("-inf") == 5


def test_every_broken_rule_is_told() -> None:
    table = features().assign(vix=np.inf, spy_vol_5d=-np.inf)
    with pytest.raises(ContractError) as caught:
        contracts.FEATURES_DAILY.validate(table)
    assert re.findall(r"^- (\w+) must be finite", str(caught.value), re.M) == ["vix", "spy_vol_5d"]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (
            lambda table: table.drop(columns="low"),
            "- column low is missing; there are symbol, date",
        ),
        (
            lambda table: table.assign(extra=1),
            "- column extra is not part of it; it has symbol, date",
        ),
        (
            lambda table: table[["date", "symbol", *table.columns[2:]]],
            "- column date is out of order; it is symbol, date",
        ),
        (lambda table: table.assign(close="101"), "- close: holds str, must be float64"),
        (lambda table: table.assign(close=101), "- close: holds int64, must be float64"),
        (
            lambda table: table.assign(date=table["date"].dt.tz_localize("UTC")),
            "- date: holds datetime64[us, UTC], must be datetime64[us]",
        ),
        (lambda table: table.assign(volume=True), "- volume: holds bool, must be float64"),
    ],
)
def test_columns_that_are_not_the_contracts_are_told_and_no_rule_is_tried(
    broken: Break, message: str
) -> None:
    with pytest.raises(ContractError) as caught:
        RAW_MARKET.validate(broken(equity()))
    lines = str(caught.value).splitlines()[1:]
    assert lines[0].startswith(message)
    assert all(re.match(r"- (column \w+ is|\w+: holds)", line) for line in lines)


@pytest.mark.parametrize("name", ["Vix", "5d", "spy vol", "date2 "])
def test_feature_names_are_lower_case_words(name: str) -> None:
    with pytest.raises(ContractError, match=f"column {name} is not part of it"):
        contracts.FEATURES_DAILY.validate(features().rename(columns={"vix": name}))


def test_repeated_keys_are_counted() -> None:
    table = equity().iloc[[0, 0, 1, 2, 2, 2]]
    message = r"data/raw/market: 5 rows share a key \(symbol, date\).*delivered twice"
    with pytest.raises(ContractError, match=re.compile(message, re.S)):
        RAW_MARKET.validate(table)


def test_the_same_period_may_be_released_twice_but_not_at_one_moment() -> None:
    vintages = pd.concat([macro(), macro()]).sort_values("macro_value_date", kind="stable")
    later = vintages["release_datetime"] + pd.to_timedelta([0, 30] * 7, "D").as_unit("us")
    contracts.RAW_MACRO.validate(vintages.assign(release_datetime=later))
    with pytest.raises(ContractError, match="14 rows share a key"):
        contracts.RAW_MACRO.validate(vintages)


@settings(max_examples=40)
@given(st.permutations(range(7)).filter(lambda order: list(order) != sorted(order)))
def test_rows_out_of_order_are_told_with_the_row_that_belongs_there(order: list[int]) -> None:
    table = features().iloc[order]
    place = next(n for n, row in enumerate(order) if row != n)
    moved = sum(row != n for n, row in enumerate(order))
    with pytest.raises(ContractError) as caught:
        contracts.FEATURES_DAILY.validate(table)
    lines = str(caught.value).splitlines()
    assert lines[0] == (
        f"data/features_daily: {moved} of 7 rows are not sorted by date. Row {place} is"
    )
    assert lines[2].startswith(f"{DAYS[order[place]]:%Y-%m-%d}")
    assert lines[5].startswith(f"{DAYS[place]:%Y-%m-%d}")


PRICES = st.floats(0.01, 1e4)


@settings(max_examples=20)
@given(
    st.lists(st.tuples(PRICES, PRICES, PRICES, PRICES), min_size=7, max_size=7),
    st.sampled_from(["open", "high", "low", "close"]),
    st.integers(0, 6),
    st.floats(max_value=0, allow_infinity=False, allow_nan=False),
)
def test_no_equity_price_may_be_zero_or_less(
    bars: list[tuple[float, ...]], column: str, row: int, price: float
) -> None:
    table = equity()
    ordered = np.sort(np.array(bars), axis=1)
    table[["low", "open", "close", "high"]] = ordered
    RAW_MARKET.validate(table)
    table.loc[row, column] = price
    with pytest.raises(ContractError, match="1 of 7 rows"):
        RAW_MARKET.validate(table)


def test_one_contract_for_another_folder() -> None:
    moved = contracts.TRUTH.at("elsewhere")
    assert moved.path == "elsewhere"
    with pytest.raises(ContractError, match=r"^elsewhere: "):
        moved.validate(truth().assign(regime=5))


def test_a_table_of_no_rows_breaks_no_rule() -> None:
    for dataset, _ in VALID:
        assert dataset.validate(dataset.empty()).empty
