from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from app import cli, lock, record, tables
from app.repository import RepositoryError, environment, git
from mlrisk.contracts import PREDICTIONS_DAILY
from mlrisk.record.chain import RecordError
from tests.conftest import PROJECT, commit_all

FRIDAY = date(2025, 10, 24)
WAIT = 1.0


def test_the_served_forecast_is_put_on_record_once(served: Path) -> None:
    added = record.publish(served, WAIT)
    assert added.counts() == {
        "forecasts": 1, "realisations": 0, "revisions": 0, "head": added.head
    }  # fmt: skip
    whole = record.read(served)
    assert whole.head == added.head
    row = whole.table().iloc[0]
    table = tables.read(served, PREDICTIONS_DAILY).set_index("date")
    wanted = table.loc[pd.Timestamp(FRIDAY)]
    for name in ("rv_5d_hat", "var_5d_hat", "rv_5d_lo_80", "rv_5d_hi_90", "model_version"):
        assert row[name] == wanted[name]
    assert row["top_drivers"] == wanted["top_drivers"]
    before = record.content(served)
    assert record.publish(served, WAIT).events == []
    assert record.content(served) == before
    assert git("status", "--porcelain", root=served) == "?? results/"


def test_earlier_sessions_are_late(served: Path) -> None:
    ran = CliRunner().invoke(cli.app, ["publish", "--since", "2025-10-13"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert (told["forecasts"], told["realisations"]) == (10, 5)
    table = record.read(served).table()
    assert table["late"].tolist() == [True] * 9 + [False]
    assert table["rv_5d"].notna().sum() == 5
    assert table["running_n"].isna().all()


def test_two_at_once_follow_one_another(served: Path) -> None:
    command = [sys.executable, "-m", "app.cli", "publish", "--since", "2025-10-20"]
    env = environment() | {"PYTHONPATH": str(PROJECT)}
    both = [
        subprocess.Popen(command, cwd=served, env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [json.loads(one.communicate()[0]) for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert sorted(one["forecasts"] for one in told) == [0, 5]
    assert len(record.read(served).published(("simulated", "SPY"))) == 5


def test_a_kill_in_the_middle_leaves_the_file_as_it_was(served: Path) -> None:
    record.publish(served, WAIT)
    before = record.content(served)
    code = (
        "import os, signal; from pathlib import Path; from app import record\n"
        "os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)\n"
        "record._write(Path('results/track_record.jsonl'), b'half')\n"
    )
    env = environment() | {"PYTHONPATH": str(PROJECT)}
    killed = subprocess.run([sys.executable, "-c", code], cwd=served, env=env, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert record.content(served) == before
    assert record.publish(served, WAIT, date(2025, 10, 23)).counts()["forecasts"] == 1
    assert record.content(served).startswith(before)
    assert [path.name for path in (served / "results").iterdir()] == ["track_record.jsonl"]


def test_a_broken_chain_is_not_added_to(served: Path) -> None:
    record.publish(served, WAIT)
    data = record.content(served).replace(b'"late":false', b'"late":true')
    (served / record.RECORD).write_bytes(data)
    with pytest.raises(RecordError, match=r"track_record\.jsonl: line 1, seq 0, 2025-10-24: hash"):
        record.publish(served, WAIT)
    assert record.content(served) == data


def test_a_file_that_lost_what_was_committed_is_not_added_to(served: Path) -> None:
    record.publish(served, WAIT)
    commit_all(served, "The first line")
    (served / record.RECORD).write_bytes(b"")
    with pytest.raises(RecordError, match="not what the last commit has with lines added"):
        record.publish(served, WAIT)


def test_data_that_no_commit_names_is_not_published(served: Path) -> None:
    part = next((served / "data/predictions_daily").rglob("*.parquet"))
    shutil.copy(next((served / "data/labels_daily").rglob("*.parquet")), part)
    with pytest.raises(RepositoryError, match=r"data/predictions_daily: not what dvc\.lock names"):
        record.publish(served, WAIT)
    shutil.rmtree(served / "data/predictions_daily")
    with pytest.raises(RepositoryError, match=r"not what dvc\.lock names"):
        record.publish(served, WAIT)
    assert not (served / record.RECORD).exists()


def test_figures_of_two_runs_are_not_published(served: Path) -> None:
    place = served / "metrics/prediction.json"
    place.write_text(place.read_text().replace("sha256-1234", "sha256-9999"))
    with pytest.raises(RepositoryError, match="they are of two runs"):
        record.publish(served, WAIT)


def test_a_stage_that_is_not_in_the_lock_is_told(served: Path) -> None:
    lock_file = served / "dvc.lock"
    lock_file.write_text(lock_file.read_text().replace("data/labels_daily", "data/labels"))
    with pytest.raises(RepositoryError, match="no stage writes data/labels_daily"):
        record.publish(served, WAIT)


def test_after_a_daily_run_that_was_cut_short_only_the_next_one_publishes(served: Path) -> None:
    with lock.held(served, 0) as held:
        held.note("started")
    with pytest.raises(RepositoryError, match="a daily run was cut short"):
        record.publish(served, WAIT)


def test_a_repository_without_a_record_has_an_empty_one(tmp_path: Path) -> None:
    assert record.read(tmp_path).events == ()
    assert record.content(tmp_path) == b""


def test_the_projects_own_record_is_whole() -> None:
    whole = record.read(PROJECT)
    assert whole.events
    assert whole.head == whole.events[-1].hash
