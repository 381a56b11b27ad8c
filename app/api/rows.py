"""Rows of a table by date, as plain values: a request waits for no data frame."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from math import isnan
from typing import Any

import pandas as pd


class Rows:
    """A table that is asked for one date at a time.

    Parameters
    ----------
    table : DataFrame
        With a column date, unique and sorted; numbers that are null become None.

    Attributes
    ----------
    dates : list of date
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.dates: list[date] = table["date"].dt.date.tolist()
        self._places = {day: place for place, day in enumerate(self.dates)}
        values = table.drop(columns="date")
        numbers = values.select_dtypes("float64")
        self._numbers = [str(name) for name in numbers]
        self._matrix = numbers.to_numpy(copy=True)
        self._others = {str(name): values[name].tolist() for name in values.drop(columns=numbers)}

    def __contains__(self, day: date) -> bool:
        return day in self._places

    def row(self, day: date) -> dict[str, Any]:
        """The row of a date by column; nothing where there is none."""
        place = self._places.get(day)
        if place is None:
            return {}
        numbers = self._matrix[place].tolist()
        found: dict[str, Any] = {
            name: None if isnan(value) else value
            for name, value in zip(self._numbers, numbers, strict=True)
        }
        return found | {name: column[place] for name, column in self._others.items()}

    def between(self, first: date | None, last: date | None) -> list[date]:
        """Dates from one to another, both included."""
        low = 0 if first is None else bisect_left(self.dates, first)
        if last is None:
            return self.dates[low:]
        high = bisect_left(self.dates, last)
        return self.dates[low : high + (last in self._places)]
