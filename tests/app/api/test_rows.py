from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from app.api.rows import Rows

DAYS = st.dates(date(2020, 1, 1), date(2020, 3, 1))
VALUES = st.floats(allow_infinity=False)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    days = sorted(draw(st.sets(DAYS, min_size=1, max_size=20)))
    count = len(days)
    return pd.DataFrame(
        {
            "date": pd.DatetimeIndex(days).as_unit("us"),
            "value": draw(st.lists(VALUES, min_size=count, max_size=count)),
            "names": pd.Series([[f"{day}"] for day in days], dtype=object),
        }
    )


@given(tables())
def test_a_row_is_the_tables_to_the_last_bit(table: pd.DataFrame) -> None:
    rows = Rows(table)
    for day, value, names in zip(rows.dates, table["value"], table["names"], strict=True):
        found = rows.row(day)
        assert day in rows
        assert found["names"] == names
        if pd.isna(value):
            assert found["value"] is None
        else:
            assert type(found["value"]) is float
            assert found["value"].hex() == float(value).hex()


def test_a_date_without_a_row_has_nothing() -> None:
    rows = Rows(pd.DataFrame({"date": pd.DatetimeIndex(["2020-01-02"]), "value": [1.0]}))
    assert date(2020, 1, 3) not in rows
    assert rows.row(date(2020, 1, 3)) == {}


@given(tables(), st.none() | DAYS, st.none() | DAYS)
def test_between_has_both_ends(table: pd.DataFrame, first: date | None, last: date | None) -> None:
    rows = Rows(table)
    expected = [
        day
        for day in rows.dates
        if (first is None or first <= day) and (last is None or day <= last)
    ]
    assert rows.between(first, last) == expected


def test_what_is_asked_for_is_a_copy() -> None:
    day = date(2020, 1, 2)
    table = pd.DataFrame({"date": pd.DatetimeIndex([day]), "value": [1.0]})
    rows = Rows(table)
    rows.row(day)["value"] = 2.0
    table.loc[0, "value"] = 3.0
    assert rows.row(day)["value"] == 1.0
    assert rows.row(day + timedelta(days=1)) == {}
