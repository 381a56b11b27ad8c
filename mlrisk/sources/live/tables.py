"""From the bytes of an answer to cells, strictly: the unexpected is an error that shows it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from mlrisk.sources.live.errors import ShapeError, TransientError, excerpt


class Json(BaseModel):
    """A part of a JSON answer: fields beyond those declared may come and go."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, allow_inf_nan=False)


J = TypeVar("J", bound=Json)


def read_csv(
    feed: str,
    content: bytes,
    headers: Sequence[tuple[str, ...]],
    *,
    cut_if_open: bool = True,
    remedy: str | None = None,
) -> pd.DataFrame:
    """A CSV with one of the given headers, as texts; its columns are those of the header it has.

    Parameters
    ----------
    feed : str
        Named in errors.
    content : bytes
        UTF-8.
    headers : sequence of tuple of str
        The headers it may have.
    cut_if_open : bool
        A last line without its end was cut off: an answer may end in the middle of a number.
    remedy : str, optional
        What errors advise.

    Raises
    ------
    TransientError
        Where it is empty, no CSV, or cut off.
    ShapeError
        Where its columns are others, or a row has more or fewer of them.
    """
    expected = f"a CSV with columns {' or '.join(', '.join(names) for names in headers)}"
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise TransientError(feed, f"no CSV ({error})", expected, remedy) from None
    if not text.strip():
        raise TransientError(feed, "an empty answer", expected, remedy)
    if text.lstrip().startswith("<"):
        raise TransientError(feed, f"a page, {excerpt(text)}", expected, remedy)
    if cut_if_open and not text.endswith("\n"):
        raise TransientError(feed, f"a last line cut off at {text[-20:]!r}", expected, remedy)
    found = tuple(name.strip() for name in rows[0])
    if found not in headers:
        columns = excerpt(", ".join(found))
        raise ShapeError(feed, f"a CSV with columns {columns}", expected, remedy)
    body = [row for row in rows[1:] if row]
    if not body:
        raise TransientError(feed, "a header and no rows", expected, remedy)
    for number, row in enumerate(body, start=1):
        if len(row) != len(found):
            came = f"row {number} with {len(row)} cells, {excerpt(','.join(row))}"
            raise ShapeError(feed, came, f"{len(found)} cells", remedy)
    return pd.DataFrame(body, columns=list(found), dtype="str")


def read_json(feed: str, content: bytes, model: type[J]) -> J:
    """A JSON answer as its model.

    Raises
    ------
    TransientError
        Where it is no JSON.
    ShapeError
        Where a field is missing or of another type.
    """
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            raise TransientError(feed, f"no JSON, {excerpt(content)}", "JSON") from None
        place = ".".join(str(part) for part in first["loc"])
        came = f"a field {place} = {excerpt(repr(first['input']))}"
        raise ShapeError(feed, came, first["msg"][:1].lower() + first["msg"][1:]) from None


def days(feed: str, column: pd.Series, form: str, remedy: str | None = None) -> pd.Series:
    """A column of dates (``datetime64[us]``, midnight) in the given form."""
    found = pd.to_datetime(column.str.strip(), format=form, errors="coerce").astype(
        "datetime64[us]"
    )
    _require(
        feed, found.notna(), column, f"a date such as {pd.Timestamp(2020, 1, 31):{form}}", remedy
    )
    return found


def numbers(
    feed: str, column: pd.Series, missing: Sequence[str] = ("",), remedy: str | None = None
) -> pd.Series:
    """A column of finite numbers (``float64``); null where it has one of the ``missing`` texts."""
    text = column.str.strip()
    found = pd.to_numeric(text, errors="coerce").astype("float64")
    valid = (found.abs() < np.inf) | text.isin(missing)
    _require(feed, valid, column, f"a number, or one of {list(missing)}", remedy)
    return found


def one_a_day(
    feed: str, table: pd.DataFrame, key: str | list[str], remedy: str | None = None
) -> pd.DataFrame:
    """The table sorted by key; rows that say the same twice count once.

    Raises
    ------
    ShapeError
        Where two rows of one key differ.
    """
    rows = table.drop_duplicates().sort_values(key, ignore_index=True)
    twice = rows[rows.duplicated(key, keep=False)]
    if len(twice):
        shown = excerpt(twice.head(2).to_csv(index=False, lineterminator="; "))
        raise ShapeError(feed, f"rows of one date that differ, {shown}", "one", remedy)
    return rows


def _require(
    feed: str, valid: pd.Series, column: pd.Series, expected: str, remedy: str | None
) -> None:
    if not valid.all():
        place = int(np.flatnonzero(~valid.to_numpy())[0])
        came = f"row {place + 1} with {column.name} = {excerpt(str(column.iloc[place]))}"
        raise ShapeError(feed, came, expected, remedy)
