from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app import readme, real, repository
from app.repository import RepositoryError

Commit = Callable[[Path, str], str]
DIGEST = "sha256-" + "0" * 64
README = "".join(f"<!-- results:{name} -->\n<!-- /results:{name} -->\n" for name in readme.BLOCKS)


@pytest.fixture
def project(toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commit: Commit) -> Path:
    """The toy with a README, committed, and temporary folders where a test can count them."""
    (toy / "README.md").write_text(README)
    commit(toy, "README")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setattr(real, "digest", lambda _: DIGEST)
    return toy


def test_brings_back_the_metrics_and_nothing_else(project: Path, tmp_path: Path) -> None:
    results = real.write(project, tmp_path, ["model=xgboost"])
    assert list(results) == ["features", "forecast", "source"]
    assert results["forecast"]["model"]["name"] == "xgboost"
    assert results["source"]["digest"] == DIGEST
    assert results["source"]["benchmark"] == "SPY"
    assert json.loads((project / "results" / "real.json").read_text()) == results
    assert "xgboost" in (project / "README.md").read_text()
    readme.check(project)
    assert repository.changed_files(project) == ["README.md"]
    assert repository.untracked_files(project) == ["results/real.json"]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_failing_stage_leaves_nothing(project: Path, tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match=r"dvc repro.*failed"):
        real.write(project, tmp_path, ["forecast.lightgbm.n_estimators=13"])
    assert repository.changed_files(project) == repository.untracked_files(project) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_readme_without_markers_stops_it_before_anything_runs(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "README.md").write_text("# No place for figures\n")
    monkeypatch.setattr(real, "results_of", lambda *_: pytest.fail("it ran"))
    with pytest.raises(readme.ReadmeError, match="markers"):
        real.write(project, tmp_path, [])


def test_a_cancelled_run_removes_the_clone(project: Path, tmp_path: Path, commit: Commit) -> None:
    waiting = "import time\n\nPath('started').touch()\ntime.sleep(60)\n"
    (project / "toy.py").write_text((project / "toy.py").read_text() + waiting)
    commit(project, "Slow")
    script = (
        "from app import cli, real\n"
        f"real.digest = lambda _: {DIGEST!r}\n"
        f"cli.app(['real', '--root', {str(tmp_path)!r}])\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=project,
        env=os.environ | {"TMPDIR": str(tmp_path / "tmp")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not list((tmp_path / "tmp").glob("mlrisk-*/clone/started")):
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child.send_signal(signal.SIGTERM)
    assert child.wait(30) == 143
    assert list((tmp_path / "tmp").glob("mlrisk-*")) == []
    assert not (project / "results").exists()
