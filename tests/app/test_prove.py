"""The proof in short: three days, one run at the third, three kills."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import cli, prove
from app.prove import Plan
from app.repository import git
from tests.conftest import PROJECT

pytestmark = pytest.mark.timeout(900)
Commit = Callable[[Path, str], str]


@pytest.fixture
def project(served: Path, commit: Commit) -> Path:
    """A small repository with the project's own command."""
    skip = shutil.ignore_patterns("__pycache__", ".tmp-*")
    for name in ("app", "mlrisk"):
        shutil.copytree(PROJECT / name, served / name, ignore=skip)
    commit(served, "The command")
    return served


def test_runs_by_day_at_once_and_through_kills_end_in_the_same_bytes(project: Path) -> None:
    plan = Plan(data=None, days=3, kills=3, experiment="null", seed=5)
    result = prove.write(project, plan)
    assert result == {
        "source": {"name": "simulated"},
        "experiment": "null",
        "first": "2025-10-22",
        "last": "2025-10-24",
        "days": 3,
        "kills": 3,
        "identical": True,
        "differences": [],
    }
    assert json.loads((project / "results/prove.json").read_text()) == result
    assert git("status", "--porcelain", root=project) == "?? results/"


def test_a_result_that_hangs_on_the_run_is_a_difference(project: Path, commit: Commit) -> None:
    code = (project / "toy.py").read_text()
    told = '    write_metrics("prediction", figures)'
    assert code.count(told) == 1
    (project / "toy.py").write_text(
        code.replace(told, f'    figures["loss"] = __import__("time").time()\n{told}')
    )
    commit(project, "A clock in a stage")
    ran = CliRunner().invoke(cli.app, ["prove", "--days", "1", "--kills", "0"])
    assert ran.exit_code == 1, ran.output
    assert "metrics/prediction.json: after many runs and after one" in ran.stdout
    result = json.loads((project / "results/prove.json").read_text())
    assert result["identical"] is False
    assert [text.split(":")[0] for text in result["differences"]] == [
        "dvc.lock",
        "metrics/prediction.json",
    ]


def test_a_cancelled_proof_leaves_nothing(project: Path, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    child = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "prove", "--days", "2"],
        cwd=project,
        env=os.environ | {"TMPDIR": str(tmp_path / "tmp")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while len(list((tmp_path / "tmp").glob("mlrisk-*/clone/.dvc/tmp/mlrisk-daily.lock"))) < 2:
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child.send_signal(signal.SIGTERM)
    assert child.wait(60) == 143
    assert list((tmp_path / "tmp").glob("mlrisk-*")) == []
    assert not (project / "results").exists()
