"""What a dataset promises, and how a broken promise is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd
import pandera.pandas as pa
import pyarrow
from pandera.errors import SchemaErrorReason as Reason

from mlrisk.errors import MlriskError

DATE = "datetime64[us]"
TIME = "datetime64[us, UTC]"
_PANDAS_TYPES = {"datetime64[ns]": DATE, "string[pyarrow]": "str"}
"""What pandera's names stand for here: it takes any unit for a date, and any text for a string."""


class ContractError(MlriskError, ValueError):
    """A table that breaks its contract; says which rows, which rule and the likely cause."""


@dataclass(frozen=True)
class Dataset:
    """Where a table lives and what it promises.

    Parameters
    ----------
    path : str
        Folder below the repository, one Parquet file per year in it.
    schema : pandera.DataFrameSchema
    key : tuple of str
        Unique, and the sort order of the rows.
    by : str
        Date column that the years are taken from.
    exact : frozenset of str
        Float columns stored to the last bit (raw values as delivered).
    decimals : mapping of str to int
        Float columns rounded to a number of decimals instead of significant digits.
    nested : mapping of str to pyarrow.DataType
        Types of the ``object`` columns that hold anything but lists of texts. Floats in them are
        stored as they are.
    """

    path: str
    schema: pa.DataFrameSchema
    key: tuple[str, ...]
    by: str = "date"
    exact: frozenset[str] = frozenset()
    decimals: Mapping[str, int] = field(default_factory=dict)
    nested: Mapping[str, pyarrow.DataType] = field(default_factory=dict)

    def at(self, path: str) -> Dataset:
        """The same contract for a table in another folder."""
        return replace(self, path=path)

    def empty(self) -> pd.DataFrame:
        """A table of no rows, its columns typed as ``store.read`` gives them."""
        return pd.DataFrame(
            {
                name: pd.Series(dtype=_PANDAS_TYPES.get(str(column.dtype), str(column.dtype)))
                for name, column in self.schema.columns.items()
                if not column.regex
            }
        )

    def arrow_types(self) -> dict[str, pyarrow.DataType]:
        """Types of the ``object`` columns: lists of texts, where nothing else is said."""
        columns = self.schema.columns.items()
        texts = pyarrow.list_(pyarrow.string())
        return {
            name: self.nested.get(name, texts)
            for name, column in columns
            if str(column.dtype) == "object"
        }

    def validate(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table on a plain row index, where it keeps the contract.

        Raises
        ------
        ContractError
            Names the dataset, and for each broken rule the column, the number of rows and the
            first ones.
        """
        table = table.reset_index(drop=True)
        try:
            valid = self.schema.validate(table, lazy=True)
        except pa.errors.SchemaErrors as error:
            raise ContractError(self._explain(table, error.schema_errors)) from None
        self._check_key(valid)
        return valid

    def _check_key(self, table: pd.DataFrame) -> None:
        keys = table.loc[:, list(self.key)]
        repeated = keys.duplicated(keep=False)
        if repeated.any():
            raise ContractError(
                f"{self.path}: {int(repeated.sum())} rows share a key ({', '.join(self.key)}), "
                f"each key must be unique. First ones:\n{_head(table[repeated])}\n"
                "Likely cause: the same rows were delivered twice."
            )
        in_order = keys.sort_values(list(self.key), kind="stable").index
        behind = in_order != table.index
        if behind.any():
            place = int(behind.argmax())
            raise ContractError(
                f"{self.path}: {int(behind.sum())} of {len(table)} rows are not sorted by "
                f"{', '.join(self.key)}. Row {place} is\n{_head(table.iloc[[place]])}\n"
                f"where this one belongs:\n{_head(table.iloc[[in_order[place]]])}"
            )

    def _explain(self, table: pd.DataFrame, problems: list[pa.errors.SchemaError]) -> str:
        lines = [self._explain_one(table, problem) for problem in problems]
        return f"{self.path}: the table breaks its contract.\n" + "\n".join(filter(None, lines))

    def _explain_one(self, table: pd.DataFrame, problem: pa.errors.SchemaError) -> str:
        # Not schema.name: columns that share a pattern share one schema, named after the last.
        column, found = problem.column_name, problem.failure_cases
        match problem.reason_code:
            case Reason.COLUMN_NOT_IN_DATAFRAME:
                return f"- column {found} is missing; there are {', '.join(map(str, table))}"
            case Reason.COLUMN_NOT_IN_SCHEMA:
                return (
                    f"- column {found} is not part of it; it has {', '.join(self.schema.columns)}"
                )
            case Reason.COLUMN_NOT_ORDERED:
                return f"- column {found} is out of order; it is {', '.join(self.schema.columns)}"
            case Reason.WRONG_DATATYPE:
                wanted = _PANDAS_TYPES.get(str(problem.schema.dtype), str(problem.schema.dtype))
                return f"- {column}: holds {table[column].dtype}, must be {wanted}"
            case Reason.CHECK_ERROR:
                return (
                    ""  # A rule that could not be tried: the missing or mistyped column is named.
                )
            case Reason.SERIES_CONTAINS_NULLS:
                rule = "must not be null"
            case _:
                rule = problem.check.error
        rows = table.loc[found["index"].unique()]
        named = {column, *self.key, *re.findall(r"\w+", rule)}
        shown = rows[[name for name in table if name in named]]
        subject = f"{column} {rule}" if column else rule
        return (
            f"- {subject}: broken by {len(rows)} of {len(table)} rows. First ones:\n{_head(shown)}"
        )


def _head(rows: pd.DataFrame) -> str:
    return rows.head().to_string(index=False)
