"""What the columns of several contracts have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd
import pandera.pandas as pa

from mlrisk.dataset import DATE

NAME = r"^(?!date$)[a-z][a-z0-9_]*$"


def schema(
    columns: Mapping[str, pa.Column], checks: list[pa.Check] | None = None
) -> pa.DataFrameSchema:
    """Exactly these columns, in this order."""
    return pa.DataFrameSchema(dict(columns), checks=checks, strict=True, ordered=True)


def positive(cause: str) -> pa.Check:
    """Above zero; ``cause`` says why it must be."""
    return pa.Check.gt(0, error=f"must be positive ({cause})")


def finite() -> pa.Check:
    """No infinity."""
    return pa.Check(lambda values: values.abs() < float("inf"), error="must be finite")


def one_of(values: Iterable[object]) -> pa.Check:
    """No other value."""
    allowed = list(values)
    return pa.Check.isin(allowed, error=f"must be one of {', '.join(map(str, allowed))}")


DAY = pa.Column(
    DATE, pa.Check(lambda days: days == days.dt.normalize(), error="must be a date without a time")
)
PRICE = pa.Column(float, finite(), nullable=True)


def probability() -> pa.Check:
    """Within zero and one, ends included."""
    return pa.Check.in_range(0, 1, error="must be within 0 and 1")


TOLERANCE = 2e-8
"""How far probabilities may be from adding up to one: each is rounded to 1e-8."""


def adds_up(table: pd.DataFrame, columns: list[str]) -> pd.Series:
    """Rows whose probabilities add up to one, or are all null."""
    known = table[columns].notna()
    total = table[columns].sum(axis=1)
    return ~known.any(axis=1) | (known.all(axis=1) & ((total - 1).abs() <= TOLERANCE))


def wide(checks: list[pa.Check] | None = None) -> pa.DataFrameSchema:
    """``date`` and any number of finite numbers."""
    return pa.DataFrameSchema(
        {
            "date": DAY,
            NAME: pa.Column(float, finite(), nullable=True, regex=True, required=False),
        },
        checks=checks,
        strict=True,
        ordered=True,
    )
