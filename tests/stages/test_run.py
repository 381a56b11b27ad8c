"""What every stage runs in: threads, log, errors, workers, progress."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mlrisk.params.sections import ParamsError
from stages import run

PROJECT = Path(__file__).parents[2]

STAGE = """
import pandas as pd
import threadpoolctl
from mlrisk import contracts, store
from mlrisk.log import event
from stages.run import progress, run

def main() -> None:
    {body}

if __name__ == "__main__":
    run(main)
"""


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """Where a module of a package like ``stages`` may be put."""
    package = tmp_path / "stages"
    package.mkdir()
    for name in ("__init__.py", "run.py"):
        (package / name).write_bytes((PROJECT / "stages" / name).read_bytes())
    return package / "toy.py"


def execute(stage: Path, body: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    stage.write_text(STAGE.format(body=body), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{stage.parents[1]}:{PROJECT}"}
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "stages.toy", *arguments],
        cwd=stage.parents[1],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_stage_logs_json_lines_and_runs_linear_algebra_in_one_thread(stage: Path) -> None:
    body = """
    threads = {pool["num_threads"] for pool in threadpoolctl.threadpool_info()}
    event("threads", most=max(threads), day=pd.Timestamp("2020-01-02"))
    days = pd.to_datetime(["2020-01-02", "2020-01-03"])
    labels = pd.DataFrame({"date": days, "rv_5d": 0.02, "regime_5d": "calm"})
    labels = labels.assign(rv_calm_below=0.01, rv_risk_off_above=0.03)
    store.write(contracts.LABELS_DAILY, labels)
    store.write(contracts.LABELS_DAILY, labels[:1])
    assert list(progress([1, 2], total=2, what="items")) == [1, 2]
    import warnings
    warnings.warn("mind the gap")
    """
    done = execute(stage, body, "one")
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert lines[0] == {"event": "threads", "most": 1, "day": "2020-01-02 00:00:00"}
    assert [line["rows"] for line in lines if line["event"] == "write"] == [2, 1]
    assert "mind the gap" in lines[3]["event"]
    last = lines[-1]
    assert (last["event"], last["stage"], last["rows"]) == ("stage", "toy@one", 3)
    assert last["seconds"] > 0


def test_an_error_of_the_project_is_a_message(stage: Path) -> None:
    done = execute(stage, 'raise store.StoreError("data/raw: cannot be written")')
    assert done.returncode == 1
    assert done.stderr == "toy: data/raw: cannot be written\n"


def test_any_other_error_keeps_its_traceback(stage: Path) -> None:
    done = execute(stage, 'raise KeyError("spy")')
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "KeyError: 'spy'" in done.stderr


def test_on_a_terminal_the_log_is_for_reading(stage: Path) -> None:
    body = """
    event("prediction", rv_5d_hat=0.02)
    assert list(progress([1, 2], total=2, what="items")) == [1, 2]
    """
    stage.write_text(STAGE.format(body=body), encoding="utf-8")
    outside, terminal = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "stages.toy"],
        cwd=stage.parents[1],
        env={**os.environ, "PYTHONPATH": f"{stage.parents[1]}:{PROJECT}", "COLUMNS": "120"},
        stderr=terminal,
        check=False,
    )
    os.close(terminal)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", os.read(outside, 100_000).decode())
    os.close(outside)
    assert done.returncode == 0, shown
    assert "prediction rv_5d_hat=0.02" in shown
    assert "stage=toy" in shown
    assert '"event"' not in shown


def test_workers_come_from_the_environment_or_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(run.WORKERS, "3")
    assert run.workers() == 3
    monkeypatch.delenv(run.WORKERS)
    assert run.workers() >= 1


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5"])
def test_a_count_of_workers_that_is_none_is_told(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv(run.WORKERS, text)
    with pytest.raises(ParamsError, match=f"MLRISK_WORKERS = '{text}'; expected a count"):
        run.workers()
