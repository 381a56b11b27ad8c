"""Deterministic, atomic, year-partitioned Parquet.

The same table gives the same bytes: rows sorted by key, an explicit Arrow schema, no pandas
metadata, fixed compression and format version, and floats rounded at the border so that the last
bits of another processor do not show. A table appears under its name whole or not at all.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pandas.api.extensions import ExtensionDtype

from mlrisk.dataset import Dataset
from mlrisk.errors import MlriskError
from mlrisk.log import event
from mlrisk.rounding import round_decimals, round_significant

FloatArray = npt.NDArray[np.float64]

METRIC_DIGITS = 6


class StoreError(MlriskError, OSError):
    """A table that cannot be read or written; names the file and what to do."""


def at_border(dataset: Dataset, table: pd.DataFrame) -> pd.DataFrame:
    """The table as it will be read back: each float column at the contract's precision."""
    rounded: dict[str, FloatArray] = {}
    for name in table.columns:
        if table[name].dtype != np.float64 or name in dataset.exact:
            continue
        values = table[name].to_numpy()
        if name in dataset.decimals:
            rounded[name] = round_decimals(values, dataset.decimals[name])
        else:
            rounded[name] = round_significant(values)
    return table.assign(**rounded)


def write(dataset: Dataset, table: pd.DataFrame) -> dict[str, Any]:
    """Check, round and write a table in place of what stood there.

    Returns
    -------
    dict
        ``rows``, ``columns``, ``first`` and ``last`` date: what changed, in a few numbers, for the
        stage's metrics file.

    Raises
    ------
    ContractError
        Where the table breaks its contract; what stood there stays.
    StoreError
        Where the folder cannot be written.
    """
    valid = dataset.validate(at_border(dataset, table))
    with replacing(Path(dataset.path)) as folder:
        folder.mkdir(parents=True)
        years = valid[dataset.by].dt.year
        # An empty table keeps its columns: one file of no rows.
        for year in years.unique() if len(valid) else [0]:
            part = folder / f"year={year:04d}"
            part.mkdir()
            _write_file(dataset, valid[years == year], part / "part-0.parquet")
    size = summary(dataset, valid)
    event("write", dataset=dataset.path, **size)
    return size


def write_one(dataset: Dataset, table: pd.DataFrame, target: Path) -> None:
    """Write a table of the same contract as one file, for those outside the DAG."""
    valid = dataset.validate(at_border(dataset, table))
    with replacing(target) as draft:
        _write_file(dataset, valid, draft)


def summary(dataset: Dataset, table: pd.DataFrame) -> dict[str, Any]:
    """Size and span of a table, as it stands in the metrics."""
    day = table[dataset.by]
    return {
        "rows": len(table),
        "columns": table.shape[1],
        "first": None if table.empty else f"{day.min():%Y-%m-%d}",
        "last": None if table.empty else f"{day.max():%Y-%m-%d}",
    }


def read(dataset: Dataset) -> pd.DataFrame:
    """Read a table and hold it against its contract.

    Raises
    ------
    StoreError
        Where the folder is missing, empty, or a file in it is not whole.
    ContractError
        Where the content breaks the contract.
    """
    parts = sorted(Path(dataset.path).glob("year=*/part-0.parquet"))
    if not parts:
        raise StoreError(
            f"{dataset.path}: no Parquet files below it. Run `dvc repro` (or `dvc pull`) first."
        )
    tables = []
    for part in parts:
        try:
            tables.append(pq.ParquetFile(part).read())
        except (pa.ArrowInvalid, OSError) as error:
            raise StoreError(
                f"{part}: not a whole Parquet file ({error}). Delete {dataset.path} and run "
                "`dvc repro` (or `dvc checkout`) to get it back."
            ) from None
    # Each year is sorted by key; put together, they are sorted by year first.
    rows = pa.concat_tables(tables).sort_by([(name, "ascending") for name in dataset.key])
    return dataset.validate(_from_arrow(rows))


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A path to build beside ``target``, which takes its place when the block ends well.

    What a killed run left behind is removed first, so a half-written result is never seen, and
    what it had moved out of the way is put back.

    Raises
    ------
    StoreError
        Where the file system refuses; what stood there stays.
    """
    draft, old = target.with_name(f".tmp-{target.name}"), _moved_aside(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        recover(target)
        _remove(draft)
        yield draft
        if draft.is_dir() and target.exists():
            # A folder cannot be replaced in one step: one that is killed in between is recovered.
            _remove(old)
            target.rename(old)
        draft.replace(target)
        _remove(old)
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(
            f"{error.filename or target}: cannot be written ({error.strerror or error}). Make "
            f"{target.parent} a folder that can be written to, on a disk with room, and run again."
        ) from error
    finally:
        with suppress(OSError):
            _remove(draft)


def recover(target: Path) -> None:
    """Put back what a run had moved out of the way when it was killed before its last step."""
    old = _moved_aside(target)
    if old.exists() and not target.exists():
        old.rename(target)


def _moved_aside(target: Path) -> Path:
    return target.with_name(f".tmp-old-{target.name}")


def write_text(target: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with replacing(target) as draft:
        draft.write_text(text, encoding="utf-8")


def write_metrics(name: str, values: dict[str, Any]) -> None:
    """Write ``metrics/<name>.json``, floats at 6 significant digits so that diffs read well."""
    text = json.dumps(_round_tree(values), indent=2, allow_nan=False)
    write_text(Path("metrics") / f"{name}.json", text + "\n")


def write_plots(stage: str, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write ``plots/<stage>/<name>.csv`` for each table, floats at 6 significant digits."""
    with replacing(Path("plots") / stage) as folder:
        folder.mkdir()
        for name, table in tables.items():
            rounded = {
                column: round_significant(table[column].to_numpy(), METRIC_DIGITS)
                for column in table.columns
                if table[column].dtype == np.float64
            }
            table.assign(**rounded).to_csv(
                folder / f"{name}.csv", index=False, date_format="%Y-%m-%d", lineterminator="\n"
            )


def _round_tree(value: Any) -> Any:
    match value:
        case dict():
            return {key: _round_tree(item) for key, item in value.items()}
        case list() | tuple():
            return [_round_tree(item) for item in value]
        case bool() | int() | str() | None:
            return value
        case float() | np.floating():
            number = float(f"%.{METRIC_DIGITS - 1}e" % value) + 0.0
            return number if np.isfinite(number) else None
        case np.integer():
            return int(value)
        case pd.Timestamp():
            return f"{value:%Y-%m-%d}"
    raise TypeError(f"{value!r} of type {type(value).__name__} cannot stand in a metrics file")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _write_file(dataset: Dataset, table: pd.DataFrame, path: Path) -> None:
    pq.write_table(
        # pandas' own metadata names its version.
        _to_arrow(dataset, table).replace_schema_metadata(None),
        path,
        compression="zstd",
        version="2.6",
        row_group_size=1 << 20,
        store_schema=False,
    )


def _arrow_type(dtype: np.dtype[Any] | ExtensionDtype) -> pa.DataType:
    match dtype:
        case pd.DatetimeTZDtype():
            return pa.timestamp("us", tz="UTC")
        case _ if dtype.kind == "M":
            return pa.date32()
        case _ if dtype.kind == "f":
            return pa.float64()
        case _ if dtype.kind == "i":
            return pa.int64()
        case _ if dtype.kind == "b":
            return pa.bool_()
    return pa.string()


def _to_arrow(dataset: Dataset, table: pd.DataFrame) -> pa.Table:
    types = {str(name): _arrow_type(dtype) for name, dtype in table.dtypes.items()}
    types |= dataset.arrow_types()
    return pa.Table.from_pandas(table, schema=pa.schema(types), preserve_index=False)


def _from_arrow(arrow: pa.Table) -> pd.DataFrame:
    for place, column in enumerate(arrow.schema):
        if pa.types.is_date32(column.type):
            stamps = arrow.column(place).cast(pa.timestamp("us"))
            arrow = arrow.set_column(place, column.name, stamps)
    table: pd.DataFrame = arrow.to_pandas()
    # Lists of numbers stay arrays.
    lists = [f.name for f in arrow.schema if f.type == pa.list_(pa.string())]
    return table.assign(**{name: table[name].map(list).astype(object) for name in lists})
