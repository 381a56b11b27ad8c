"""Files of a folder: whole, the same bytes, and never half replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.sinks.base import DifferentError, SinkError
from app.sinks.folder import Folder
from mlrisk import store
from mlrisk.contracts import PREDICTIONS_DAILY
from mlrisk.store import StoreError
from tests.app.sinks.conftest import day

NAME = "predictions_daily_20251024.parquet"


def test_a_file_is_what_the_store_writes_and_is_left_alone(tmp_path: Path) -> None:
    one, folder = day(), tmp_path / "out"
    Folder(folder).put(one)
    store.write_one(PREDICTIONS_DAILY, one.row, tmp_path / "wanted.parquet")
    written = folder / NAME
    assert written.read_bytes() == (tmp_path / "wanted.parquet").read_bytes()
    before = written.stat()
    assert Folder(folder).put(day()) == "unchanged"
    after = written.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert [file.name for file in folder.iterdir()] == [NAME]


def test_other_bytes_of_the_same_figures_are_told_as_that(tmp_path: Path) -> None:
    folder, one = Folder(tmp_path), day()
    folder.put(one)
    file = tmp_path / NAME
    store.pq.write_table(store.pq.read_table(file), file, compression="snappy")
    with pytest.raises(DifferentError, match="the same figures in other bytes"):
        folder.put(one)
    assert folder.put(one, replace=True) == "replaced"
    assert file.read_bytes() == one.content


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path)
    folder.put(day())
    before = (tmp_path / NAME).read_bytes()

    def full(self: Path, data: bytes) -> int:
        self.touch()
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreError, match="No space left on device"):
        folder.put(day(rv_5d_hat=0.02), replace=True)
    with pytest.raises(StoreError, match="No space left on device"):
        folder.put(day("2025-10-23"))
    assert [file.name for file in tmp_path.iterdir()] == [NAME]
    assert (tmp_path / NAME).read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all"])
def test_a_file_that_is_no_forecast_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(SinkError, match=rf"{NAME}: no Parquet file of a forecast"):
        Folder(tmp_path).read(day().date)
    with pytest.raises(SinkError, match=rf"{NAME}: no Parquet file of a forecast"):
        Folder(tmp_path).put(day())


def test_a_file_of_another_table_is_named(tmp_path: Path) -> None:
    table = store.pa.table({"date": [1, 2]})
    store.pq.write_table(table, tmp_path / NAME)
    with pytest.raises(SinkError, match="no Parquet file of a forecast"):
        Folder(tmp_path).read(day().date)


def test_a_path_that_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SinkError, match=r"Not a directory.*Name a folder"):
        Folder(tmp_path / "file").put(day())
