"""Repositories: one that is run day by day, small enough to be killed, and one that is computed."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from dvc.cli import main
from filelock import FileLock

from app import compose, daily, own, publish, push, repository
from app.faces.snapshot import Snapshot, load
from tests.computed import build, fingerprint
from tests.conftest import commit_all, hermetic
from tests.mlrisk.sources.live.conftest import FeedServer

PREDICTION = """

def prediction(params: dict[str, Any]) -> None:
    day = params["as_of"]
    figures = {"date": day, "model": params["model"]["name"], "model_version": "sha256-1234"}
    figures["rv_5d_hat"] = 0.02 + int(day[-2:]) / 10_000
    figures["rv_5d_hat_annualized_percent"] = 16.4
    figures["top_drivers"] = {"vix": 0.31, "spy_vol_5d": -0.12}
    write_metrics("prediction", figures)
    write(f"data/batch/predictions_daily_{day.replace('-', '')}.csv", day)
"""
STAGE = """  predict:
    cmd: python toy.py prediction
    deps:
      - toy.py
      - data/features_daily
    params:
      - as_of
      - model
    outs:
      - data/batch
    metrics:
      - metrics/prediction.json:
          cache: false
plots:
"""
MAIN = '\n\nif __name__ == "__main__":'


@pytest.fixture(scope="session")
def _served_template(
    _toy_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("served")
    root = folder / "toy"
    with pytest.MonkeyPatch.context() as patch:
        hermetic(patch, folder)
        shutil.copytree(_toy_template, root, symlinks=True)
        code = (root / "toy.py").read_text().replace(MAIN, PREDICTION + MAIN)
        stages = ('"evaluate": evaluate}', '"evaluate": evaluate, "prediction": prediction}')
        (root / "toy.py").write_text(code.replace(*stages))
        dag = (root / "dvc.yaml").read_text()
        (root / "dvc.yaml").write_text(dag.replace("plots:\n  - loss", f"{STAGE}  - loss"))
        # The day is that of these tests, whatever the project's own source has.
        source = root / "conf" / "source" / "simulated.yaml"
        lines = source.read_text().splitlines(keepends=True)
        source.write_text(
            "".join("as_of: '2025-10-24'\n" if "as_of" in line else line for line in lines)
        )
        compose.write(root)
        repository.dvc("repro", "--quiet", root=root)
        commit_all(root, "A stage that predicts")
        yield root


@pytest.fixture
def served(_served_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The toy with a stage that predicts, served as of Friday 2025-10-24."""
    hermetic(monkeypatch, tmp_path)
    root = tmp_path / "toy"
    shutil.copytree(_served_template, root, symlinks=True)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedServer]:
    """Answers as the feeds do; no key and no proxy of this machine's user."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "FRED_API_KEY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    local = FeedServer()
    yield local
    local.close()


@pytest.fixture
def quick_dvc(monkeypatch: pytest.MonkeyPatch) -> None:
    """DVC in this process: it does the same, and a command need not load it anew."""
    start = repository.execute

    def execute(
        command: Sequence[str], root: Path, *, capture: bool = True, env: Any = None
    ) -> subprocess.CompletedProcess[str]:
        match list(command):
            case ["dvc", *arguments]:
                run = main
            case [_, "-m", "app.push", *arguments]:
                run = push.main
            case _:
                return start(command, root, capture=capture, env=env)
        said = io.StringIO()
        with (
            chdir(root),
            redirect_stdout(said),
            redirect_stderr(said),
            warnings.catch_warnings(action="ignore"),
        ):
            code = run(arguments)
        return subprocess.CompletedProcess(command, code, "", said.getvalue())

    monkeypatch.setenv("PATH", repository.environment()["PATH"])
    for module in (repository, daily, own, publish):
        monkeypatch.setattr(module, "execute", execute)


@pytest.fixture(scope="session")
def computed(request: pytest.FixtureRequest) -> Path:
    """A small but whole repository, computed and committed; to be read, never written to.

    It takes a minute, so it is kept beside pytest's cache until the code it comes from changes, and
    workers share it. Whoever changes nothing but faces may name one in MLRISK_COMPUTED.
    """
    if named := os.environ.get("MLRISK_COMPUTED"):
        return Path(named)
    folder = request.config.cache.mkdir("computed")
    root = folder / fingerprint() / "repository"
    with FileLock(folder / "lock"):
        if not (root.parent / "whole").exists():
            for old in folder.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            build(root)
            (root.parent / "whole").touch()
    return root


@pytest.fixture(scope="session")
def snapshot(computed: Path) -> Snapshot:
    return load(computed)
