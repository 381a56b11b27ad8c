"""The file of the PMI."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.sources.live.errors import FeedError
from mlrisk.sources.live.pmi import COLUMNS, REMEDY, parse_pmi, read_pmi

GOOD = "macro_value_date,value\n2020-02-01,50.1\n2020-01-01,50.9"


@pytest.mark.parametrize("content", [GOOD, f"{GOOD}\n", f"\ufeff{GOOD}\r\n\r\n"])
def test_a_file_is_read(tmp_path: Path, content: str) -> None:
    path = tmp_path / "pmi.csv"
    path.write_text(content, encoding="utf-8", newline="")
    table = read_pmi(path)
    assert tuple(table.columns) == COLUMNS
    assert table["macro_value_date"].dtype == "datetime64[us]"
    assert list(table["macro_value_date"]) == [
        pd.Timestamp("2020-01-01"),
        pd.Timestamp("2020-02-01"),
    ]
    assert table["value"].tolist() == [50.9, 50.1]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "an empty answer"),
        ("macro_value_date,value\n", "a header and no rows"),
        ("date,pmi\n2020-01-01,50\n", "columns 'date, pmi'"),
        ("<html></html>", "a page"),
        ("macro_value_date,value\n2020-01,50\n", "row 1 with macro_value_date = '2020-01'"),
        (
            "macro_value_date,value\n2020-01-31,50\n",
            "row 1, 2020-01-31, 50; expected the first day",
        ),
        ("macro_value_date,value\n2020-01-01,\n", "row 1 with value = ''"),
        ("macro_value_date,value\n2020-01-01,fifty\n", "row 1 with value = 'fifty'"),
        ("macro_value_date,value\n2020-01-01,509\n", "row 1, 2020-01-01, 509; expected a value"),
        ("macro_value_date,value\n2020-01-01,0\n", "expected a value between 0 and 100"),
        ("macro_value_date,value\n2020-01-01,50,1\n", "row 1 with 3 cells"),
        ("macro_value_date,value\n2020-01-01,50\n2020-01-01,51\n", "rows of one date that differ"),
    ],
)
def test_a_bad_file_is_told(content: str, told: str) -> None:
    with pytest.raises(FeedError) as caught:
        parse_pmi(content.encode(), "macro/pmi.csv")
    message = str(caught.value)
    assert message.startswith("macro/pmi.csv: ")
    assert told in message
    assert message.endswith(REMEDY)


def test_bytes_that_are_no_text_are_told() -> None:
    with pytest.raises(FeedError, match="no CSV"):
        parse_pmi(b"PK\x03\x04\xff\xfe", "pmi.xlsx")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"pmi\.csv: No such file"):
        read_pmi(tmp_path / "pmi.csv")
    with pytest.raises(FeedError, match="Is a directory"):
        read_pmi(tmp_path)


@given(rows=st.text(alphabet='0123456789-.,"\r\n aé\x00', max_size=60))
def test_any_rows_give_a_table_or_an_error(rows: str) -> None:
    try:
        table = parse_pmi(f"macro_value_date,value\n{rows}".encode(), "pmi.csv")
    except FeedError:
        return
    assert table["macro_value_date"].is_unique
    assert table["value"].between(0, 100).all()
