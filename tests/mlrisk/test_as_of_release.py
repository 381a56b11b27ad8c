"""The real consumer price index, joined as it was known: against a plain reading of its file."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk import calendar, contracts, curation, vintages
from mlrisk.features import events
from mlrisk.sources import files
from mlrisk.sources.files.source import FileFolder
from tests.real import REAL, needs_real

pytestmark = needs_real

LAST = pd.Timestamp("2026-05-01")
DAYS = calendar.sessions(pd.Timestamp("2007-04-11"), LAST)
VINTAGES = "CPIAUCSL"


@pytest.fixture(scope="module")
def folder() -> FileFolder:
    digest = files.digest(files.manifest(REAL))
    return FileFolder(REAL, digest, date(2007, 4, 11), date(1990, 1, 1))


@pytest.fixture(scope="module")
def macro(folder: FileFolder) -> pd.DataFrame:
    return folder.read(["SPY"], ["CPIAUCNS", VINTAGES, "UNRATE"], LAST).macro


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    """The file of vintages as it is, and the New York date from which each row may be used."""
    rows = pd.read_csv(REAL / "macro" / f"{VINTAGES}_vintages.csv.gz")
    moment = pd.to_datetime(rows["available_by"], utc=True)
    period = pd.to_datetime(rows["macro_value_date"])
    day = moment.dt.tz_convert(calendar.NEW_YORK).dt.tz_localize(None).dt.normalize()
    table = pd.DataFrame({"period": period, "value": rows["value"], "moment": moment, "day": day})
    return table[period >= "1990-01-01"]


@pytest.fixture(scope="module")
def aligned(macro: pd.DataFrame) -> pd.DataFrame:
    return curation.macro_release_aligned(macro, {"cpi": VINTAGES}, DAYS)


def inflation_by_hand(published: pd.DataFrame, session: pd.Timestamp) -> float:
    """Year on year of the newest month out before a session, each end in its newest vintage."""
    known = published[published["day"] < session].sort_values("moment")
    level = known.groupby("period")["value"].last()
    base = level.reindex(level.index - pd.DateOffset(years=1)).to_numpy()
    change = pd.Series(100 * (level.to_numpy() / base - 1), level.index).dropna()
    newest = change.index[-1]
    age = 12 * (session.year - newest.year) + session.month - newest.month
    return float(change.iloc[-1]) if age <= vintages.MAX_AGE_MONTHS else np.nan


@settings(max_examples=60)
@given(st.integers(0, len(DAYS) - 1))
def test_every_session_has_what_was_published_by_the_day_before(
    published: pd.DataFrame, aligned: pd.DataFrame, place: int
) -> None:
    row = aligned.iloc[place]
    expected = inflation_by_hand(published, DAYS[place])
    assert row["cpi_yoy"] == pytest.approx(expected, rel=1e-12, nan_ok=True)
    release = row["cpi_yoy_as_of_release"]
    if not np.isnan(expected):
        assert release.tz_convert(calendar.NEW_YORK).date() < DAYS[place].date()


@settings(max_examples=15)
@given(st.integers(0, len(DAYS) - 1), st.integers(0, 2**16))
def test_what_was_not_yet_published_changes_no_bit(
    macro: pd.DataFrame, aligned: pd.DataFrame, place: int, seed: int
) -> None:
    """Every later vintage, first print or revision, is replaced by noise or taken out."""
    moments = macro["release_datetime"].dt.tz_convert(calendar.NEW_YORK)
    unknown = (moments.dt.tz_localize(None).dt.normalize() >= DAYS[place]).to_numpy()
    rng = np.random.default_rng(seed)
    changed = macro.assign(
        value=np.where(unknown, macro["value"] * rng.lognormal(0, 1, len(macro)), macro["value"])
    )
    for table in (changed, macro[~unknown]):
        then = curation.macro_release_aligned(table, {"cpi": VINTAGES}, DAYS[: place + 1])
        pd.testing.assert_frame_equal(then, aligned[: place + 1], check_exact=True)


def test_each_revision_is_ignored_until_it_was_published(
    published: pd.DataFrame, macro: pd.DataFrame
) -> None:
    """Over all revisions of the sample: the level on the day before is the one before."""
    rows = published[published["day"].between(DAYS[20], DAYS[-20])].sort_values("moment")
    first = published.groupby("period")["moment"].transform("min")
    revisions = rows[rows["moment"] > first[rows.index]]
    assert len(revisions) > 500
    known = macro[macro["series_id"] == VINTAGES]
    for row in revisions.sample(60, random_state=1).itertuples():
        for session, seen in ((DAYS[row.day >= DAYS][-1], False), (DAYS[row.day < DAYS][0], True)):
            usable = calendar.first_session_after_release(known["release_datetime"]) <= session
            period = known[usable & (known["macro_value_date"] == row.period)]
            newest = period.sort_values("release_datetime").iloc[-1]
            assert (newest["release_datetime"] == row.moment) == seen


class TestJune2022:
    RELEASE = pd.Timestamp("2022-07-13 12:30", tz="UTC")

    def newest(self, macro: pd.DataFrame, moment: pd.Timestamp) -> str:
        rows = macro[(macro["series_id"] == "CPIAUCNS") & (macro["release_datetime"] <= moment)]
        return f"{rows['macro_value_date'].max():%Y-%m}"

    def test_it_is_invisible_one_second_before(self, macro: pd.DataFrame) -> None:
        assert self.newest(macro, self.RELEASE - pd.Timedelta(seconds=1)) == "2022-05"
        assert self.newest(macro, self.RELEASE) == "2022-06"

    def test_it_enters_on_the_session_after_its_day(self, macro: pd.DataFrame) -> None:
        table = curation.macro_release_aligned(macro, {"cpi": "CPIAUCNS"}, DAYS)
        by_day = table.set_index("date")["cpi_yoy"].round(1)
        assert by_day["2022-07-13"] == 8.6
        assert by_day["2022-07-14"] == 9.1


def test_the_month_that_was_never_published_is_no_value(macro: pd.DataFrame) -> None:
    october = macro[macro["macro_value_date"] == "2025-10-01"]
    assert "CPIAUCNS" not in set(october["series_id"])
    assert "UNRATE" not in set(october["series_id"])
    table = curation.macro_release_aligned(macro, {"unemployment": "UNRATE"}, DAYS)
    # September's stays the newest until November's came, in the middle of December.
    by_day = table.set_index("date")["unemp_as_of_release"]
    assert f"{by_day['2025-12-16']:%Y-%m-%d}" == "2025-11-20"
    assert f"{by_day['2025-12-17']:%Y-%m-%d}" == "2025-12-16"


@pytest.fixture(scope="module")
def counted(folder: FileFolder) -> pd.DataFrame:
    announcements = folder.read(["SPY"], [], LAST).calendar
    contracts.RAW_CALENDAR.validate(announcements)
    return pd.DataFrame(events.countdowns(announcements, DAYS), index=DAYS)


class TestCountdowns:
    @pytest.mark.parametrize(
        ("session", "column", "expected"),
        [
            ("2022-07-12", "days_until_cpi", 1),
            ("2022-07-13", "days_since_cpi", 0),
            ("2008-01-18", "days_until_fomc", 7),  # to January 30, not to the 22nd
            ("2008-10-07", "days_until_fomc", 16),  # to October 29
            ("2020-03-02", "days_until_fomc", 12),  # to March 18
            ("2020-03-13", "days_until_fomc", 3),
            ("2020-03-16", "days_until_fomc", 31),  # to April 29
            ("2025-09-30", "days_until_cpi", 11),  # to October 15, as scheduled then
            ("2025-10-23", "days_until_cpi", 33),  # to December 10; not to the moved release
            ("2025-10-24", "days_since_cpi", 0),
            ("2025-11-19", "days_until_employment", 11),  # to December 5; not to the 20th
            ("2025-12-17", "days_until_cpi", 17),  # to January 13; not to the 18th
        ],
    )
    def test_known_days(
        self, counted: pd.DataFrame, session: str, column: str, expected: int
    ) -> None:
        assert counted.loc[session, column] == expected

    def test_nothing_unscheduled_is_ever_counted_down_to(self, counted: pd.DataFrame) -> None:
        for event, days in {
            "fomc": ["2008-01-22", "2008-03-11", "2008-10-08", "2020-03-03", "2020-03-23"],
            "cpi": ["2013-10-30", "2025-10-24", "2025-12-18", "2026-02-13"],
            "employment": ["2013-10-22", "2025-11-20", "2025-12-16", "2026-02-11"],
        }.items():
            for day in days:
                place = DAYS.get_loc(pd.Timestamp(day))
                assert counted[f"days_until_{event}"].iloc[place - 1] != 1
                assert counted[f"days_since_{event}"].iloc[place] == 0
