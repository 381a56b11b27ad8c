"""Every defect that is known of the real rows is found, and little else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd
import pytest

from app import audit
from mlrisk import contracts, curation, store
from mlrisk.monitoring.quality import Delivery, Report
from mlrisk.monitoring.quality import audit as hold
from mlrisk.sources import files
from mlrisk.sources.files import FileFolder
from tests.conftest import PROJECT
from tests.mlrisk.monitoring.conftest import ROLES, SETTINGS
from tests.real import REAL, needs_real

pytestmark = needs_real

LAST = pd.Timestamp("2026-05-01")


def days(report: Report, check: str, name: str) -> list[str]:
    found = report.findings
    rows = found[(found["check"] == check) & (found["name"] == name)]
    return [f"{day:%Y-%m-%d}" for day in rows["date"]]


def counts(report: Report) -> Mapping[str, int]:
    return report.findings["check"].value_counts().to_dict()


@pytest.fixture(scope="module")
def everything() -> Report:
    """All files and all of their history."""
    return audit.examine(PROJECT, REAL)


@pytest.fixture(scope="module")
def delivered() -> Report:
    """What the stage sees: roles, from the start of the sample."""
    digest = files.digest(files.manifest(REAL))
    folder = FileFolder(REAL, digest, date(2007, 4, 11), date(1990, 1, 1), {"WTI": "CL_F"})
    kinds, series = ROLES.kinds(), ROLES.series()
    raw = folder.read(list(kinds), list(series.values()), LAST)
    daily = curation.market_daily(raw.market, "SPY", LAST)
    sessions = pd.DatetimeIndex(daily.loc[daily["symbol"] == "SPY", "date"])
    aligned = curation.macro_release_aligned(raw.macro, series, sessions)
    needed = frozenset({"cpi", "fed_funds", "slope", "yield_2y", "yield_10y"})
    return hold(
        Delivery(
            raw.market, raw.macro, raw.calendar, daily, aligned, LAST, "SPY", "VIX", kinds, series,
            needed,
        ),
        SETTINGS,
    )  # fmt: skip


class TestEverything:
    def test_all_typos_of_the_vix(self, everything: Report) -> None:
        typos = days(everything, "open_in_range", "VIX")
        assert len(typos) == 47
        assert (typos[0], typos[-1]) == ("1992-02-11", "2006-02-08")
        assert days(everything, "close_in_range", "VIX") == []
        low = everything.findings.query("check == 'low_is_usual' and name == 'VIX'")
        assert low.set_index("date").loc["2008-10-10", "value"] == pytest.approx(28.13)

    @pytest.mark.parametrize("check", ["follows_related", "move_stays"])
    def test_both_bad_closes_of_uup(self, everything: Report, check: str) -> None:
        assert days(everything, check, "UUP") == ["2007-06-20", "2020-03-13"]

    def test_uup_is_adjusted_only(self, everything: Report) -> None:
        assert list(everything.findings.query("check == 'payer_pays'")["name"]) == ["UUP"]

    def test_doubtful_dividends(self, everything: Report) -> None:
        assert days(everything, "dividend_is_usual", "XLB") == ["2000-12-18", "2010-09-17"]
        assert days(everything, "dividend_is_usual", "IEF") == ["2009-11-02"]

    def test_series_that_have_stopped(self, everything: Report) -> None:
        assert days(everything, "monthly_series_goes_on", "NAPM") == ["2025-11-01"]
        stopped = everything.findings.query("check == 'daily_series_goes_on'")["name"]
        assert set(stopped) == {"DFEDTAR", "DFEDTARL", "DFEDTARU", "DCOILWTICO"}

    def test_months_that_were_never_published_are_explained(self, everything: Report) -> None:
        missing = everything.findings.query("check == 'periods_follow'")
        assert set(missing["name"]) == {"CPIAUCNS", "CPIAUCSL", "UNRATE"}
        assert (missing["date"] == "2025-10-01").all()
        assert missing["explanation"].str.startswith("Never published").all()

    def test_negative_oil_is_explained(self, everything: Report) -> None:
        oil = everything.findings.query("name == 'CL_F' and check == 'signed_close_positive'")
        assert oil["value"].tolist() == pytest.approx([-37.63])
        assert oil["explanation"].str.contains("CFTC").all()
        assert days(everything, "value_not_negative", "DCOILWTICO") == []

    def test_the_old_index_of_three_months_is_told(self, everything: Report) -> None:
        old = everything.findings.query("check == 'one_definition'")
        assert old[["name", "measured"]].values.tolist() == [["VIX3M", 800.0]]
        assert old["explanation"].str.contains("VXV").all()

    def test_later_knowledge_is_told(self, everything: Report) -> None:
        told = set(everything.findings.query("check == 'point_in_time'")["name"])
        assert {"UNRATE", "NAPM", "PAYEMS"} <= told
        assert told.isdisjoint({"CPIAUCNS", "CPIAUCSL", "DFF", "DGS10"})

    def test_no_error_and_no_flood(self, everything: Report) -> None:
        assert everything.unexplained("error").empty
        assert len(everything.findings) < 400
        market = {"return_is_usual", "move_stays", "high_is_usual", "low_is_usual"}
        assert all(counts(everything).get(check, 0) <= 40 for check in market)


class TestDelivered:
    def test_it_passes_with_few_warnings(self, delivered: Report) -> None:
        delivered.require_sound("page")
        assert len(delivered.unexplained("warn")) < 120
        contracts.QUALITY_FINDINGS.validate(
            store.at_border(contracts.QUALITY_FINDINGS, delivered.findings)
        )

    def test_what_is_known_of_these_years_is_found(self, delivered: Report) -> None:
        assert days(delivered, "dividend_is_usual", "XLB") == ["2010-09-17"]
        assert "2008-10-10" in days(delivered, "low_is_usual", "VIX")
        assert days(delivered, "not_carried_forward", "VVIX") == ["2010-11-11", "2013-05-13"]
        assert days(delivered, "starts_with_sample", "VIX9D") == ["2011-01-04"]
        assert days(delivered, "value_is_known", "NAPM") == ["2026-05-01"]
        assert days(delivered, "monthly_series_goes_on", "NAPM") == ["2025-11-01"]
        assert days(delivered, "needed_value_is_known", "CPIAUCNS") == []

    def test_releases_are_on_the_calendar_and_vix_in_per_cent(self, delivered: Report) -> None:
        looked_at = {found.rule.name: found.looked_at for found in delivered.outcomes}
        assert looked_at["release_is_scheduled"] > 500
        assert looked_at["vix_is_in_per_cent"] > 4_700
        for check in ("release_is_scheduled", "vix_is_in_per_cent", "adjustment_only_rises"):
            assert counts(delivered).get(check, 0) == 0
