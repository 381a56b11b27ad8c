import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.documents.retrieve.dates import periods, without_comparisons, without_dates


@pytest.mark.parametrize(
    ("question", "start", "end", "precision"),
    [
        ("the cut of 3 March 2020", "2020-03-03", "2020-03-03", "day"),
        ("March 3rd, 2020", "2020-03-03", "2020-03-03", "day"),
        ("the September 17-18, 2013 meeting", "2013-09-17", "2013-09-18", "day"),
        ("17–18 September 2013", "2013-09-17", "2013-09-18", "day"),
        ("March 31-April 1, 2009", "2009-03-31", "2009-04-01", "day"),
        ("on 2024-01-31", "2024-01-31", "2024-01-31", "day"),
        ("Who dissented in June 2022?", "2022-06-01", "2022-06-30", "month"),
        ("Sept. 2015", "2015-09-01", "2015-09-30", "month"),
        ("February of 2024", "2024-02-01", "2024-02-29", "month"),
        ("late 2018", "2018-09-01", "2018-12-31", "year"),
        ("the third quarter of 2011", "2011-07-01", "2011-09-30", "year"),
        ("in 2011", "2011-01-01", "2011-12-31", "year"),
    ],
)
def test_dates_as_people_write_them(question: str, start: str, end: str, precision: str) -> None:
    (period,) = periods(question)
    assert (period.start, period.end) == (pd.Timestamp(start), pd.Timestamp(end))
    assert period.precision == precision


@pytest.mark.parametrize(
    "question",
    [
        "31 June 2020",
        "$2000",
        "2,010 jobs",
        "it may march on",
        "1.2015",
        "1/2020",
        "2%",
        "the lowest since November 2018",
        "higher than in June 2022",
        "until the end of 2014",
    ],
)
def test_what_is_no_date(question: str) -> None:
    assert periods(question) == []


def test_two_dates_are_two_periods() -> None:
    found = periods("between March 2020 and 15 June 2022")
    assert [f"{period.start:%Y-%m-%d}" for period in found] == ["2022-06-15", "2020-03-01"]


@given(st.dates(pd.Timestamp("1990-01-01").date(), pd.Timestamp("2049-12-31").date()))
def test_every_day_is_read_back_from_three_notations(day) -> None:
    stamp = pd.Timestamp(day)
    for text in (f"{stamp:%B} {day.day}, {day.year}", f"{day.day} {stamp:%b} {day.year}", f"{day}"):
        (period,) = periods(f"What was said on {text}?")
        assert (period.start, period.end, period.precision) == (stamp, stamp, "day")


@given(st.text(max_size=60))
def test_any_text_is_read_and_keeps_no_date(text: str) -> None:
    assert all(period.start <= period.end for period in periods(text))
    assert periods(without_dates("Who dissented in June 2022?")) == []


def test_dates_that_are_asked_about_and_those_that_are_compared_with_are_told_apart() -> None:
    question = "Was the rate of June 2022 the highest since May 2010?"
    assert without_dates(question) == "Was the rate of the highest since May 2010?"
    assert without_comparisons(question) == "Was the rate of June 2022 the highest since ?"
