"""One reading of one run, or an error."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from app.faces import snapshot as faces
from app.faces.snapshot import Snapshot, SnapshotError
from mlrisk.store import StoreError


@pytest.fixture
def copy(computed: Path, tmp_path: Path) -> Path:
    root = tmp_path / "copy"
    shutil.copytree(computed, root, symlinks=True, ignore=shutil.ignore_patterns("cache"))
    return root


def test_it_is_of_the_run_that_dvc_lock_names(snapshot: Snapshot, computed: Path) -> None:
    told = json.loads((computed / "metrics" / "prediction.json").read_text(encoding="utf-8"))
    assert snapshot.version.as_of == "2023-06-30" == told["date"]
    assert snapshot.version.model_version == told["model_version"]
    assert snapshot.version.dvc_lock == faces.digest((computed / "dvc.lock").read_bytes())
    assert len(snapshot.version.git_commit or "") == 40
    assert set(snapshot.features.columns.drop("date")) == set(snapshot.groups)
    assert "explain/what_changed" in snapshot.plots


def test_what_is_known_holds_no_outcome(snapshot: Snapshot) -> None:
    assert not {"rv_5d", "regime_5d", "rv_5d_hat", "var_5d_hat"} & set(snapshot.known.columns)
    # The regime that is known lies five sessions back.
    last = snapshot.labels.dropna(subset=["rv_5d"])
    assert snapshot.known["date"].iloc[-1] > last["date"].iloc[-1]
    assert snapshot.known["regime_known"].notna().iloc[-1]


def test_the_commit_can_be_told_where_there_is_no_git(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(copy / ".git")
    assert faces.load(copy).version.git_commit is None
    monkeypatch.setenv("MLRISK_GIT_COMMIT", "abc123")
    assert faces.load(copy).version.git_commit == "abc123"


def test_a_repository_that_was_never_run_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"dvc\.lock: No such file.*mlrisk run"):
        faces.load(tmp_path)


def test_an_output_that_is_missing_is_named(copy: Path) -> None:
    shutil.rmtree(copy / "data" / "labels_daily")
    with pytest.raises(StoreError, match="labels_daily"):
        faces.load(copy)


def test_a_run_that_is_at_work_is_not_read(copy: Path) -> None:
    lock = copy / "dvc.lock"
    text = lock.read_text(encoding="utf-8")
    at = text.index("path: data/labels_daily", text.index("  labels:"))
    md5 = text[text.index("md5: ", at) + 5 :][:32]
    place = text.rindex(md5, 0, text.index("\n  ", text.index("md5: ", at)) + 1)
    assert text.count(md5) > 1  # others read it
    lock.write_text(text[:place] + "0" * 32 + text[place + 32 :], encoding="utf-8")
    with pytest.raises(SnapshotError, match="has not read data/labels_daily as it is now"):
        faces.load(copy)


def test_outputs_of_two_runs_are_told(copy: Path) -> None:
    path = copy / "metrics" / "prediction.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(told | {"model_version": "another"}), encoding="utf-8")
    with pytest.raises(SnapshotError, match="of two runs"):
        faces.load(copy)
