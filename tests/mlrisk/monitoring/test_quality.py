"""Every rule fires on what it is there for, and is silent where nothing is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from mlrisk import contracts, store
from mlrisk.monitoring.quality import QualityError, audit, gathered, needed_roles
from tests.mlrisk.monitoring.conftest import LAST, SETTINGS, World

DAY = pd.Timestamp("2018-05-16")
AFTER = pd.Timestamp("2018-05-17")
SATURDAY = pd.Timestamp("2018-05-19")
MONTH = pd.Timestamp("2018-05-01")
ON = slice(DAY, None)
PRICES = ("open", "high", "low", "close")
RESTS_ON_HISTORY = {"one_definition"}  # has tests of its own


class Defect(NamedTuple):
    """One thing that is wrong, and the finding it must make."""

    check: str
    name: str
    date: pd.Timestamp | None
    plant: Callable[[World], World]


def _repeated(world: World) -> World:
    row = world.market[(world.market["symbol"] == "SPY") & (world.market["date"] == DAY)]
    return replace(world, market=pd.concat([world.market, row]))


def _vix_typo(column: str) -> Callable[[World], World]:
    return lambda world: world.with_bars("VIX").with_cells("VIX", DAY, lambda x: x * 1.5, column)


def _related(world: World) -> World:
    pairs = {**SETTINGS["related"], "pairs": {"XLK": "SPY", "UUP": "DXY"}}
    broken = world.with_cells("XLK", DAY, lambda x: x * 1.12, *PRICES)
    return replace(broken, settings={**SETTINGS, "related": pairs})


def _paid(share: float) -> Callable[[World], World]:
    """A dividend on a day of its own: the adjusted close loses it on every day before."""
    return lambda world: world.adjusted("HYG").with_cells(
        "HYG", slice(None, DAY - pd.Timedelta(days=1)), lambda x: x * (1 - share), "adj_close"
    )


def _unlisted(world: World) -> World:
    months = (world.macro["series_id"] == "CPIAUCNS") & (world.macro["macro_value_date"] == MONTH)
    released = world.macro.loc[months, "release_datetime"].iloc[0]
    events = world.calendar
    off = (events["event"] == "cpi") & (events["event_datetime"] == released)
    assert off.any()
    return replace(world, calendar=events[~off])


def _later(days: int) -> Callable[[World], World]:
    return lambda world: world.with_values(
        "CPIAUCNS", MONTH, lambda x: x + pd.Timedelta(days=days), "release_datetime"
    )


DEFECTS = [
    Defect("on_session", "GLD", SATURDAY, lambda w: w.with_cells(
        "GLD", DAY, SATURDAY, "date")),
    Defect("one_row_a_session", "SPY", DAY, _repeated),
    Defect("has_rows", "GLD", None, lambda w: w.without("GLD", w.days())),
    Defect("benchmark_reaches_last", "SPY", None, lambda w: w.without("SPY", w.days()[-1:])),
    Defect("reaches_last", "TLT", None, lambda w: w.without("TLT", w.days()[-1:])),
    Defect("starts_with_sample", "XLB", None, lambda w: w.without("XLB", w.days()[:6])),
    Defect("not_carried_forward", "HYG", DAY, lambda w: w.without("HYG", [DAY, AFTER])),
    Defect("has_close", "DXY", DAY, lambda w: w.with_cells("DXY", DAY, np.nan, "close")),
    Defect("close_positive", "VIX", DAY, lambda w: w.with_cells("VIX", DAY, 0.0, "close")),
    Defect("signed_close_positive", "WTI", DAY, lambda w: w.with_cells(
        "WTI", DAY, -3.0, "close")),
    Defect("equity_bar_is_whole", "SPY", DAY, lambda w: w.with_cells(
        "SPY", DAY, lambda x: x * 0.97, "high")),
    Defect("open_in_range", "VIX", DAY, _vix_typo("open")),
    Defect("close_in_range", "VIX", DAY, _vix_typo("close")),
    Defect("high_is_usual", "SPY", DAY, lambda w: w.with_cells(
        "SPY", DAY, lambda x: x * 1.3, "high")),
    Defect("low_is_usual", "VIX", DAY, lambda w: w.with_bars("VIX").with_cells(
        "VIX", DAY, lambda x: x * 0.4, "low")),
    Defect("close_changes", "DXY", pd.Timestamp("2018-05-21"), lambda w: w.with_cells(
        "DXY", [DAY, AFTER, *pd.bdate_range("2018-05-18", "2018-05-23")], 90.0, "close")),
    Defect("is_traded", "SPY", DAY, lambda w: w.with_cells(
        "SPY", [DAY, AFTER], 0.0, "volume")),
    Defect("return_is_usual", "GLD", DAY, lambda w: w.with_cells(
        "GLD", ON, lambda x: x * 1.2, *PRICES)),
    Defect("move_stays", "GLD", DAY, lambda w: w.with_cells(
        "GLD", DAY, lambda x: x * 1.4, *PRICES)),
    Defect("follows_related", "XLK", DAY, _related),
    Defect("vix_is_in_per_cent", "VIX", None, lambda w: w.with_cells(
        "VIX", ON, lambda x: x / 100, "close")),
    Defect("vix_follows_realised", "VIX", DAY, lambda w: w.with_cells(
        "VIX", DAY, lambda x: x / 100, "close")),
    Defect("adjustment_only_rises", "HYG", DAY, _paid(-0.003)),
    Defect("dividend_is_small", "HYG", DAY, _paid(0.06)),
    Defect("dividend_is_usual", "HYG", DAY, _paid(0.018)),
    Defect("payer_pays", "TLT", None, lambda w: replace(w, history=True)),
    Defect("split_moves_price", "SPY", DAY, lambda w: w.with_cells(
        "SPY", DAY, 2.0, "split")),
    Defect("no_split_is_missing", "SPY", DAY, lambda w: w.with_cells(
        "SPY", ON, lambda x: x / 2, *PRICES)),
    Defect("monthly_series_goes_on", "NAPM", None, lambda w: w.without_periods(
        "NAPM", "2019-08-01")),
    Defect("daily_series_goes_on", "DGS10", None, lambda w: w.without_periods(
        "DGS10", "2019-12-20")),
    Defect("point_in_time", "UNRATE", None, lambda w: w.with_values(
        "UNRATE", MONTH, False, "point_in_time")),
    Defect("periods_follow", "NAPM", MONTH, lambda w: w.without_periods(
        "NAPM", "2018-05-01", "2018-06-01")),
    Defect("days_follow", "DGS2", DAY, lambda w: w.without_periods(
        "DGS2", "2018-05-16", "2018-05-22")),
    Defect("released_after_period", "CPIAUCNS", MONTH, _later(-20)),
    Defect("released_when_usual", "CPIAUCNS", MONTH, _later(22)),
    Defect("value_not_negative", "DGS2", DAY, lambda w: w.with_values("DGS2", DAY, lambda x: -x)),
    Defect("value_moves_as_usual", "DGS10", DAY, lambda w: w.with_values(
        "DGS10", pd.date_range(DAY, LAST), lambda x: x + 5)),
    Defect("needed_value_is_known", "CPIAUCNS", None, lambda w: replace(
        w.without_periods("CPIAUCNS", "2019-08-01"), needed=frozenset({"cpi"}))),
    Defect("value_is_known", "CPIAUCNS", None, lambda w: w.without_periods(
        "CPIAUCNS", "2019-08-01")),
    Defect("release_is_scheduled", "CPIAUCNS", MONTH, _unlisted),
    Defect("slope_is_difference", "T10Y2Y", DAY, lambda w: w.with_values(
        "T10Y2Y", DAY, lambda x: x + 0.02)),
]  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.check)
def test_a_planted_defect_is_found(world: World, defect: Defect) -> None:
    report = defect.plant(world).report()
    found = report.findings[
        (report.findings["check"] == defect.check) & (report.findings["name"] == defect.name)
    ]
    assert len(found) == 1
    assert found["explanation"].iloc[0] == ""
    if defect.date is not None:
        assert found["date"].iloc[0] == defect.date
    contracts.QUALITY_FINDINGS.validate(
        store.at_border(contracts.QUALITY_FINDINGS, report.findings)
    )


def test_clean_rows_have_no_finding(world: World) -> None:
    funds = world.adjusted("HYG").adjusted("TLT").with_bars("VIX").with_bars("VIX3M")
    report = funds.report()
    assert report.findings.empty
    judged = {outcome.rule.name: outcome.looked_at for outcome in report.outcomes}
    asleep = {name for name, count in judged.items() if count == 0}
    # What has nothing to look at in this world: no split, no UUP, nothing needed, no history.
    assert asleep == {
        "follows_related", "needed_value_is_known", "one_definition", "payer_pays",
        "split_moves_price",
    }  # fmt: skip


def test_every_rule_has_a_planted_defect(world: World) -> None:
    rules = {rule.name for rule in world.report().rules}
    assert rules == {defect.check for defect in DEFECTS} | RESTS_ON_HISTORY


def test_rules_have_different_names(world: World) -> None:
    names = [rule.name for rule in world.report().rules]
    assert len(set(names)) == len(names)


def test_a_split_that_moves_the_price_is_no_finding(world: World) -> None:
    halved = world.with_cells("SPY", ON, lambda x: x / 2, *PRICES)
    report = halved.with_cells("SPY", DAY, 2.0, "split").report()
    assert set(report.findings["check"]) <= {"return_is_usual", "move_stays"}


def test_dividends_of_traded_prices_are_held_against_each_other(world: World) -> None:
    days = world.days("TLT")
    paid = world.with_cells("TLT", days[::21], 0.3, "dividend")
    assert paid.report().findings.empty
    odd = paid.with_cells("TLT", days[21 * 20], 1.2, "dividend").report().findings
    assert odd[["check", "name", "date", "value"]].values.tolist() == [
        ["dividend_is_usual", "TLT", days[21 * 20], pytest.approx(1.2)]
    ]


class TestReport:
    def test_an_explained_finding_is_counted_apart_and_stops_nothing(self, world: World) -> None:
        given = world.with_cells("WTI", DAY, -37.63, "close").report().outcomes
        negative = next(found for found in given if found.rule.name == "signed_close_positive")
        rows = pd.concat([negative.findings] * 2)
        rows = rows.assign(date=[pd.Timestamp("2020-04-20"), DAY], severity="error")
        report = gathered([replace(negative, findings=rows)], LAST)
        assert report.metrics()["error"] == {"unexplained": 1, "explained": 1}
        assert report.metrics()["checks"]["signed_close_positive"]["explained"] == 1
        assert "CFTC" in report.findings["explanation"].iloc[1]
        only = gathered([replace(negative, findings=rows.iloc[:1])], LAST)
        only.require_sound("page")
        # In a world that is made up nothing is known of April 2020.
        made_up = gathered([replace(negative, findings=rows)], LAST, history=False)
        assert made_up.metrics()["error"] == {"unexplained": 2, "explained": 0}

    def test_errors_stop_the_line_and_are_named(self, world: World) -> None:
        broken = world.with_cells("SPY", ON, lambda x: x / 2, *PRICES).report()
        with pytest.raises(QualityError) as error:
            broken.require_sound("data/quality/index.html")
        message = str(error.value)
        assert "no_split_is_missing: SPY 2018-05-16 close" in message
        assert "data/quality/index.html" in message
        assert "round ratio" in message

    def test_a_long_list_of_errors_is_cut(self, world: World) -> None:
        days = world.days("VIX")[100:125]
        report = world.with_cells("VIX", days, 0.0, "close").report()
        with pytest.raises(QualityError, match=r"(?s)25 errors .*\(and 15 more\)") as error:
            report.require_sound("page")
        assert str(error.value).count("\n- ") == 10

    def test_warnings_do_not_stop_the_line(self, world: World) -> None:
        report = world.with_cells("GLD", DAY, lambda x: x * 1.2, *PRICES).report()
        assert len(report.unexplained("warn")) > 0
        report.require_sound("page")

    def test_metrics_count_what_the_table_holds(self, world: World) -> None:
        broken = world.without_periods("NAPM", "2019-08-01").without("HYG", [DAY, AFTER])
        report = broken.with_cells("VIX", DAY, 0.0, "close").report()
        metrics = report.metrics()
        table = report.findings
        assert metrics["error"]["unexplained"] == (table["severity"] == "error").sum() == 1
        assert metrics["warn"]["unexplained"] == (table["severity"] == "warn").sum()
        assert sum(metrics["datasets"].values()) == len(table)
        by_check = {name: check["unexplained"] for name, check in metrics["checks"].items()}
        assert sum(by_check.values()) == len(table)
        close = table.loc[table["check"] == "not_carried_forward", "value"].iloc[0]
        assert metrics["newest"]["not_carried_forward"] == [
            f"HYG 2018-05-16 close = {close:.6g} (2)"
        ]
        assert metrics["checks"]["not_carried_forward"]["looked_at"] > 10_000


def test_one_symbol_and_no_series_can_be_examined(world: World) -> None:
    given = world.delivery()
    alone = replace(
        given,
        market=given.market[given.market["symbol"] == "SPY"].reset_index(drop=True),
        daily=given.daily[given.daily["symbol"] == "SPY"].reset_index(drop=True),
        macro=given.macro.iloc[:0],
        calendar=given.calendar.iloc[:0],
        vix=None,
        kinds={"SPY": "equity"},
        series={},
    )
    assert audit(alone, SETTINGS).findings.empty


@pytest.mark.parametrize(
    ("columns", "roles"),
    [
        (["spy_vol_5d", "vix"], set()),
        (["cpi_yoy_z"], {"cpi"}),
        (["ffr_real"], {"cpi", "fed_funds"}),
        (["slope_10y_2y_chg_5d", "yield_2y"], {"slope", "yield_2y"}),
        (["ism_pmi_z"], set()),
    ],
)
def test_roles_needed_by_features(columns: list[str], roles: set[str]) -> None:
    series = {"cpi": "C", "fed_funds": "F", "slope": "S", "yield_2y": "Y"}
    assert needed_roles(columns, series) == roles
