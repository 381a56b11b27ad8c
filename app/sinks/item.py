"""A forecast as an item of DynamoDB, and back without the loss of a digit.

A number is stored as the shortest decimal that gives the same double, so what is read is what was
delivered to the last bit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from app.sinks.base import SinkError
from mlrisk.contracts import PREDICTIONS_DAILY

SERIES, DATE, HASH = "series", "date", "content_sha256"
"""Partition key, sort key, and what conditions compare."""

_LEAST, _BEYOND = 1e-130, 1e126
"""Between these lies the size of a number of DynamoDB (Amazon DynamoDB Developer Guide, "Data
types")."""


def item(series: str, row: pd.DataFrame) -> dict[str, Any]:
    """A forecast as DynamoDB keeps it.

    Parameters
    ----------
    series : str
        What is forecast from which source, such as ``live#SPY``.
    row : DataFrame of shape (1, n_columns)
        As ``contracts.PREDICTIONS_DAILY`` has it.

    Returns
    -------
    dict
        ``series``, ``date`` (ISO), the columns of the contract and ``content_sha256``. Columns with
        a dot are a map; a null stays one.

    Raises
    ------
    SinkError
        Where a number is too small or too large for DynamoDB.
    """
    values = _values(row)
    return {
        SERIES: series,
        **{name: _decimal(name, value) for name, value in values.items()},
        HASH: content_hash(series, values),
    }


def row(found: Mapping[str, Any], where: str) -> pd.DataFrame:
    """The forecast of an item; the inverse of ``item``.

    Raises
    ------
    SinkError
        Where the item is none that ``item`` made: a column is missing or another, or the content
        is not what ``content_sha256`` says.
    ContractError
        Where the row breaks its contract.
    """
    kept = {name: value for name, value in found.items() if name not in (SERIES, HASH)}
    values = {name: _plain(value) for name, value in kept.items()}
    flat: dict[str, Any] = {}
    for name, value in values.items():
        inner = value if isinstance(value, dict) else None
        flat |= {name: value} if inner is None else {f"{name}.{k}": v for k, v in inner.items()}
    wanted = list(PREDICTIONS_DAILY.schema.columns)
    if set(flat) != set(wanted):
        unlike = ", ".join(sorted(set(flat) ^ set(wanted)))
        raise SinkError(f"{where}: not the attributes of a forecast; they differ in {unlike}")
    if found.get(HASH) != content_hash(str(found.get(SERIES)), values):
        raise SinkError(
            f"{where}: its content is not what {HASH} says: it was changed by other means. Deliver "
            "the day again with --replace."
        )
    table = PREDICTIONS_DAILY.empty()
    cells = {name: pd.Series([flat[name]], dtype=table[name].dtype) for name in wanted}
    return PREDICTIONS_DAILY.validate(pd.DataFrame(cells))


def content_hash(series: str, values: Mapping[str, Any]) -> str:
    """SHA-256 of a forecast as JSON: keys sorted, no blanks, numbers as short as they can be."""
    content = {SERIES: series, **values}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _values(row: pd.DataFrame) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, cell in row.iloc[0].items():
        outer, _, inner = str(name).partition(".")
        value: Any = cell
        if isinstance(cell, pd.Timestamp):
            value = f"{cell:%Y-%m-%d}"
        elif isinstance(cell, float):
            value = None if pd.isna(cell) else float(cell)
        if inner:
            values.setdefault(outer, {})[inner] = value
        else:
            values[outer] = value
    return values


def _decimal(name: str, value: Any) -> Any:
    match value:
        case dict():
            return {key: _decimal(f"{name}.{key}", inner) for key, inner in value.items()}
        case float() if value != 0 and not _LEAST <= abs(value) < _BEYOND:
            raise SinkError(f"{name} is {value}: DynamoDB keeps {_LEAST} to below {_BEYOND}")
        case float():
            return Decimal(repr(value))
    return value


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case Decimal():
            return float(value)
    return value
