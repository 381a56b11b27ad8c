"""What is delivered of a session, and what a place that takes it promises."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from mlrisk import aws, store
from mlrisk.contracts import PREDICTIONS_DAILY
from mlrisk.dataset import ContractError
from mlrisk.errors import MlriskError

Outcome = Literal["written", "unchanged", "replaced"]
ATTEMPTS = 6
"""Of a request to a service that is busy, and of a write that another one came before."""


class SinkError(MlriskError, RuntimeError):
    """A forecast that was not delivered, or not found as delivered; says where and what to do."""


class DifferentError(SinkError):
    """Another forecast stands where one was to be delivered."""


def file_name(date: pd.Timestamp) -> str:
    """Name of a session's Parquet file."""
    return f"predictions_daily_{date:%Y%m%d}.parquet"


@dataclass(frozen=True)
class Day:
    """The published forecast of one session.

    Parameters
    ----------
    row : DataFrame of shape (1, n_columns)
        As ``store.read`` gives it of ``contracts.PREDICTIONS_DAILY``.
    """

    row: pd.DataFrame

    @property
    def date(self) -> pd.Timestamp:
        return pd.Timestamp(self.row["date"].iloc[0])

    @cached_property
    def content(self) -> bytes:
        """Its Parquet file, byte for byte as the stage ``predict`` writes that of ``as_of``."""
        with TemporaryDirectory(prefix="mlrisk-") as folder:
            file = Path(folder) / file_name(self.date)
            store.write_one(PREDICTIONS_DAILY, self.row, file)
            return file.read_bytes()


class Sink(Protocol):
    """A place that keeps a forecast per session.

    A session is there whole or not at all, and delivering it again changes nothing. What is there
    and differs is never overwritten unasked.
    """

    @property
    def name(self) -> str:
        """The destination as it is written."""

    def put(self, day: Day, *, replace: bool = False) -> Outcome:
        """Deliver a session; what that did.

        Parameters
        ----------
        day : Day
        replace : bool
            Overwrite another forecast of that session.

        Raises
        ------
        DifferentError
            Where another forecast of that session is there and ``replace`` is not said.
        MlriskError
            Where the place cannot be written.
        """

    def read(self, date: pd.Timestamp) -> pd.DataFrame | None:
        """The forecast that is there, as the contract has it; None where there is none.

        Raises
        ------
        MlriskError
            Where the place cannot be read, or holds what is no forecast.
        """


def parsed(content: bytes, where: str) -> pd.DataFrame:
    """The row of a day's Parquet file.

    Raises
    ------
    SinkError
        Where it is no such file.
    """
    try:
        table = pq.read_table(io.BytesIO(content)).to_pandas(date_as_object=False)
        lists = PREDICTIONS_DAILY.arrow_types()
        rows = table.assign(**{name: table[name].map(list).astype(object) for name in lists})
        rows["date"] = rows["date"].astype("datetime64[us]")
        row = PREDICTIONS_DAILY.validate(rows)
    except (pa.ArrowException, ContractError, KeyError, TypeError, ValueError) as error:
        raise SinkError(f"{where}: no Parquet file of a forecast ({error})") from None
    if len(row) != 1:
        raise SinkError(f"{where}: {len(row)} rows; a day's file has one")
    return row


def changes(there: pd.DataFrame, day: Day) -> list[str]:
    """Columns in which a delivered row is not the day's, each with both values."""
    found, here = there.iloc[0], day.row.iloc[0]
    return [
        f"{name} is {found[name]} there and {here[name]} here"
        for name in PREDICTIONS_DAILY.schema.columns
        if not _alike(found[name], here[name])
    ]


def different(where: str, there: pd.DataFrame, day: Day) -> DifferentError:
    """The error that names what differs."""
    found = changes(there, day)
    what = "; ".join(found[:3]) + ("; ..." if len(found) > 3 else "")
    if not found:
        what = "the same figures in other bytes, as another version of Arrow writes them"
    return DifferentError(
        f"{where}: another forecast of {day.date:%Y-%m-%d} was delivered before ({what}). What is "
        "published is not changed unasked: say --replace to put this one in its place."
    )


@contextmanager
def telling(where: str, remedies: Mapping[str, str]) -> Iterator[None]:
    """Errors of a service as a ``SinkError`` that says what to do.

    Parameters
    ----------
    where : str
        What was asked for.
    remedies : mapping of str to str
        By the service's name of the error.
    """
    # Of a client's making, a ValueError is an address that is none.
    known: tuple[type[Exception], ...] = (*aws.failures(), ValueError)
    try:
        yield
    except MlriskError:
        raise
    except known as error:
        said = str(error).rstrip(".")
        todo = remedies.get(aws.code(error)) or aws.remedy(error)
        raise SinkError(f"{where}: {said}. {todo}".rstrip()) from None


def _alike(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    return one == other
