"""The ISM manufacturing PMI, from a file that the user gives: it is no longer free anywhere.

The file is a CSV of macro_value_date (the first day of the month) and value (the index, in per
cent), in any order of rows.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mlrisk.sources.live.errors import FeedError, ShapeError
from mlrisk.sources.live.tables import days, numbers, one_a_day, read_csv

COLUMNS = ("macro_value_date", "value")
REMEDY = "Correct the file: macro_value_date,value with a row such as 2020-01-01,50.9."


def read_pmi(path: Path) -> pd.DataFrame:
    """The PMI of a file; see ``parse_pmi``.

    Raises
    ------
    FeedError
        Where it cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FeedError(str(path), f"{error.strerror or error}", "a CSV file", REMEDY) from None
    return parse_pmi(content, str(path))


def parse_pmi(content: bytes, name: str) -> pd.DataFrame:
    """A CSV of the PMI -> values by month.

    Parameters
    ----------
    content : bytes
        Columns macro_value_date and value.
    name : str
        Of the file, for errors.

    Returns
    -------
    DataFrame
        Columns macro_value_date (``datetime64[us]``), value, sorted by date.

    Raises
    ------
    FeedError
        Where a cell is empty or of another form, a date is not the first of a month or stands
        twice, or a value lies outside of 0 to 100.
    """
    cells = read_csv(name, content, [COLUMNS], cut_if_open=False, remedy=REMEDY)
    day = days(name, cells["macro_value_date"], "%Y-%m-%d", REMEDY)
    table = pd.DataFrame(
        {"macro_value_date": day, "value": numbers(name, cells["value"], (), REMEDY)}
    )
    for wrong, expected in (
        (day.dt.day != 1, "the first day of a month"),
        (~table["value"].between(0, 100, inclusive="neither"), "a value between 0 and 100"),
    ):
        if wrong.any():
            place = int(wrong.to_numpy().argmax())
            came = f"row {place + 1}, {', '.join(cells.iloc[place])}"
            raise ShapeError(name, came, expected, REMEDY)
    return one_a_day(name, table, "macro_value_date", REMEDY)
