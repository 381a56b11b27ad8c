"""The store: rounding, bytes, and what stands after a run that failed."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from mlrisk import contracts, store
from mlrisk.dataset import ContractError, Dataset

PROJECT = Path(__file__).parents[2]

KINDS: dict[str, contracts.Kind] = {"SPY": "equity", "VIX": "index", "WTI": "signed"}
BACKTEST = contracts.backtest("har")
DATASETS = {
    "raw_market": contracts.raw_market(KINDS),
    "raw_macro": contracts.RAW_MACRO,
    "truth": contracts.TRUTH,
    "market_daily": contracts.MARKET_DAILY,
    "macro_release_aligned": contracts.MACRO_RELEASE_ALIGNED,
    "features_daily": contracts.FEATURES_DAILY,
    "labels_daily": contracts.LABELS_DAILY,
    "forecasts": BACKTEST.forecasts,
    "contributions": BACKTEST.contributions,
    "predictions_daily": contracts.PREDICTIONS_DAILY,
}


def example(dataset: Dataset, seed: int) -> pd.DataFrame:
    """A table that keeps the contract, over a turn of the year, with nulls where they may be.

    Two symbols or series where the dataset has such.
    """
    name = dataset.key[0]
    if name == "date":
        return _rows(dataset, seed)
    tables = [_rows(dataset, seed + place) for place in range(2)]
    parts = [
        table.assign(**{name: text}) for table, text in zip(tables, ["SPY", "WTI"], strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def _rows(dataset: Dataset, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    days = pd.Series(pd.bdate_range("2019-12-27", periods=6, unit="us"))
    count = len(days)
    words = pd.Series("calm", index=days.index, dtype="str")
    columns = {}
    for pattern, column in dataset.schema.columns.items():
        for name in ["vix", "spy_vol_5d"] if column.regex else [pattern]:
            values = {
                "datetime64[us, UTC]": days.dt.tz_localize("UTC") + pd.Timedelta("13h30m"),
                "datetime64[ns]": days,
                "int64": pd.Series(rng.integers(0, 3, count)),
                "bool": pd.Series(rng.random(count) < 0.5),
                "object": pd.Series([["vix", "rsi"][: n % 3] for n in range(count)], dtype=object),
                "float64": pd.Series(rng.uniform(0.1, 0.9, count)),
            }.get(str(column.dtype), words)
            columns[name] = values.where(rng.random(count) < 0.7) if column.nullable else values
    table = pd.DataFrame(columns)
    bounds = [f"rv_5d_{bound}" for bound in ("lo_90", "lo_80", "hi_80", "hi_90")]
    if bounds[0] in table:
        whole = table[bounds].notna().all(axis=1).to_numpy()[:, np.newaxis]
        table[bounds] = np.where(whole, np.sort(table[bounds].to_numpy(), axis=1), np.nan)
    chances = [name for name in table if name.startswith("regime_probs.")]
    if chances:
        table[chances] = table[chances].div(table[chances].sum(axis=1, skipna=False), axis=0)
    if "basis" in table:
        payments = {name: table[name].fillna(1.0) for name in ("dividend", "split")}
        table = table.assign(basis="traded", adj_close=np.nan, **payments)
    if "high" in table:
        prices = table[["open", "high", "low", "close"]].fillna(0.5)
        table[["open", "close"]] = prices[["open", "close"]]
        table["high"], table["low"] = prices.max(axis=1), prices.min(axis=1)
    return table


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def bytes_below(folder: str | Path) -> dict[str, str]:
    """Hash of every file, hidden ones too, by its path."""
    root = Path(folder)
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_the_border_rounds_each_column_as_its_contract_says() -> None:
    table = pd.DataFrame(
        {"close": [1.23456789012], "adj_close": [1.23456789012], "ret": [0.123456789012345]}
    )
    at_border = store.at_border(contracts.MARKET_DAILY, table)
    assert at_border.iloc[0].tolist() == [1.23456789012, 1.2345679, 0.123456789]


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("seed", range(3))
def test_what_is_read_is_what_was_written(name: str, seed: int) -> None:
    dataset = DATASETS[name]
    table = example(dataset, seed)
    size = store.write(dataset, table)
    back = store.read(dataset)
    pd.testing.assert_frame_equal(back, store.at_border(dataset, table), check_exact=True)
    assert size == {
        "rows": len(table),
        "columns": table.shape[1],
        "first": "2019-12-27",
        "last": "2020-01-03",
    }
    parts = sorted(path.parent.name for path in Path(dataset.path).rglob("*.parquet"))
    assert parts == ["year=2019", "year=2020"]


@pytest.mark.parametrize("name", DATASETS)
def test_an_empty_table_keeps_its_types(name: str) -> None:
    dataset = DATASETS[name]
    empty = dataset.empty()
    assert store.write(dataset, empty)["rows"] == 0
    pd.testing.assert_frame_equal(store.read(dataset), empty)
    full = example(dataset, 0)
    kept = [column for column in full if column in empty]
    pd.testing.assert_series_equal(empty.dtypes, full.dtypes[kept])


def test_a_list_column_whose_year_is_empty_lists_stays_a_list_column() -> None:
    dataset = contracts.PREDICTIONS_DAILY
    table = example(dataset, 1)
    table["top_drivers"] = pd.Series([["vix"], [], [], [], [], []], dtype=object)
    store.write(dataset, table)
    assert store.read(dataset)["top_drivers"].tolist() == [["vix"], [], [], [], [], []]


def test_the_same_table_gives_the_same_bytes_whatever_came_with_it() -> None:
    dataset = contracts.FEATURES_DAILY
    table = example(dataset, 2)
    store.write(dataset, table)
    before = bytes_below("data")
    other = pd.concat([table.iloc[:2], table.iloc[2:]])
    other.index = pd.Index([f"row {n}" for n in range(len(other))], name="label")
    other.attrs["note"] = "an attribute"
    other["date"] = other["date"].dt.as_unit("ns")
    other["vix"] = other["vix"] * (1 + 1e-12)
    store.write(dataset, other)
    assert bytes_below("data") == before


def test_files_say_nothing_of_pandas_or_of_the_index() -> None:
    store.write(contracts.LABELS_DAILY, example(contracts.LABELS_DAILY, 0))
    schema = pq.read_schema("data/labels_daily/year=2019/part-0.parquet")
    assert schema.metadata is None
    assert schema.names == list(contracts.LABELS_DAILY.schema.columns)
    assert str(schema.field("date").type) == "date32[day]"


def test_a_shorter_table_leaves_no_year_behind() -> None:
    dataset = contracts.FEATURES_DAILY
    table = example(dataset, 3)
    store.write(dataset, table)
    store.write(dataset, table[table["date"] < "2020-01-01"])
    assert set(bytes_below("data/features_daily")) == {"year=2019/part-0.parquet"}


def test_one_file_holds_the_same_rows(tmp_path: Path) -> None:
    dataset = contracts.PREDICTIONS_DAILY
    table = example(dataset, 4)
    store.write_one(dataset, table, tmp_path / "batch" / "day.parquet")
    back = pd.read_parquet(tmp_path / "batch" / "day.parquet")
    assert back["rv_5d_hat"].tolist() == store.at_border(dataset, table)["rv_5d_hat"].tolist()


def test_a_write_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="mlrisk"):
        store.write(contracts.LABELS_DAILY, example(contracts.LABELS_DAILY, 0))
    (record,) = caplog.records
    assert record.getMessage() == "write"
    assert record.__dict__["fields"]["rows"] == 6


def test_a_table_that_breaks_its_contract_leaves_the_old_one() -> None:
    dataset = contracts.FEATURES_DAILY
    table = example(dataset, 5)
    store.write(dataset, table)
    before = bytes_below(".")
    with pytest.raises(ContractError):
        store.write(dataset, table.assign(vix=np.inf))
    assert bytes_below(".") == before


def test_a_write_that_fails_halfway_leaves_the_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = contracts.FEATURES_DAILY
    table = example(dataset, 6)
    store.write(dataset, table)
    before = bytes_below(".")
    write_table = pq.write_table

    def full_disk(rows: Any, path: Path, **settings: Any) -> None:
        if "year=2020" in str(path):
            raise OSError(28, "No space left on device", str(path))
        write_table(rows, path, **settings)

    monkeypatch.setattr(pq, "write_table", full_disk)
    with pytest.raises(store.StoreError, match=r"year=2020.*No space left on device.*room"):
        store.write(dataset, table.assign(vix=1.0))
    assert bytes_below(".") == before


KILLED = """
import os, sys, time
import pandas as pd, pyarrow.parquet as pq
from mlrisk import contracts, store

whole = pq.write_table
def slow(rows, path, **settings):
    if "year=2020" in str(path):
        print("half", flush=True)
        time.sleep(60)
    whole(rows, path, **settings)
pq.write_table = slow
store.write(contracts.FEATURES_DAILY, pd.read_pickle("table.pickle"))
"""


def test_a_killed_writer_leaves_the_old_table_and_the_next_one_cleans_up() -> None:
    dataset = contracts.FEATURES_DAILY
    old, new = example(dataset, 7), example(dataset, 8)
    store.write(dataset, new)
    expected = bytes_below("data")
    store.write(dataset, old)
    before = bytes_below("data/features_daily")
    new.to_pickle("table.pickle")
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(
        [sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True, env=environment
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "half\n"
        writer.send_signal(signal.SIGKILL)
    assert bytes_below("data/features_daily") == before
    assert Path("data/.tmp-features_daily").is_dir()
    store.write(dataset, new)
    assert bytes_below("data") == expected
    assert [path.name for path in Path("data").iterdir()] == ["features_daily"]


def test_a_writer_killed_between_the_two_renames_is_made_good() -> None:
    dataset = contracts.FEATURES_DAILY
    store.write(dataset, example(dataset, 9))
    expected = bytes_below("data")
    Path("data/features_daily").rename("data/.tmp-old-features_daily")
    Path("data/.tmp-features_daily").mkdir()
    store.write(dataset, example(dataset, 9))
    assert bytes_below("data") == expected


@pytest.mark.parametrize("place", ["blocked/features_daily", "/proc/mlrisk/features_daily"])
def test_a_folder_that_cannot_be_written_is_named(place: str) -> None:
    Path("blocked").write_text("a file where a folder should be", encoding="utf-8")
    dataset = contracts.FEATURES_DAILY.at(place)
    parent = str(Path(place).parent)
    with pytest.raises(store.StoreError, match=f"cannot be written.*Make {parent} a folder"):
        store.write(dataset, example(dataset, 0))


def test_a_truncated_file_is_named_with_the_way_back() -> None:
    dataset = contracts.FEATURES_DAILY
    store.write(dataset, example(dataset, 0))
    part = Path("data/features_daily/year=2020/part-0.parquet")
    part.write_bytes(part.read_bytes()[:-20])
    message = r"data/features_daily/year=2020/part-0.parquet: not a whole Parquet file.*dvc repro"
    with pytest.raises(store.StoreError, match=message):
        store.read(dataset)


def test_a_missing_table_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(store.StoreError, match=r"data/truth: no Parquet files.*dvc repro"):
        store.read(contracts.TRUTH)


def test_what_no_longer_keeps_the_contract_is_not_read() -> None:
    store.write(contracts.FEATURES_DAILY, example(contracts.FEATURES_DAILY, 0))
    with pytest.raises(ContractError, match="column rv_5d is missing"):
        store.read(contracts.LABELS_DAILY.at(contracts.FEATURES_DAILY.path))


def test_metrics_are_short_numbers_in_order() -> None:
    store.write_metrics(
        "some",
        {
            "qlike": 0.123456789,
            "none": np.float64("nan"),
            "zero": -0.0,
            "count": np.int64(3),
            "passed": True,
            "end": pd.Timestamp("2020-01-03"),
            "list": (1.0, {"a": 1e-9 / 3}),
        },
    )
    text = Path("metrics/some.json").read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert json.loads(text) == {
        "qlike": 0.123457,
        "none": None,
        "zero": 0.0,
        "count": 3,
        "passed": True,
        "end": "2020-01-03",
        "list": [1.0, {"a": 3.33333e-10}],
    }
    assert "-0" not in text.replace("e-10", "").replace("2020-01-03", "")


def test_what_has_no_place_in_metrics_is_refused() -> None:
    with pytest.raises(TypeError, match=r"of type ndarray cannot stand in a metrics file"):
        store.write_metrics("some", {"values": np.array([1.0])})
    assert not Path("metrics/some.json").exists()


def test_plots_replace_the_whole_folder() -> None:
    table = pd.DataFrame({"date": pd.to_datetime(["2020-01-02"]), "loss": [1 / 3], "fold": [1]})
    store.write_plots("evaluate", {"loss": table, "old": table})
    store.write_plots("evaluate", {"loss": table})
    assert set(bytes_below("plots")) == {"evaluate/loss.csv"}
    text = Path("plots/evaluate/loss.csv").read_text(encoding="utf-8")
    assert text == "date,loss,fold\n2020-01-02,0.333333,1\n"
