"""Fixtures of more than one folder of tests."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import stages  # noqa: F401  # one thread for linear algebra, as in the DAG
from app import compose, repository
from mlrisk.log import ROOT

# The same examples in every run; no deadline, since a shared runner is slow at times.
settings.register_profile("project", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("project")

PROJECT = Path(__file__).parents[1]
IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A. Tester"), ("EMAIL", "tester@example.org"))
}


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """A command that a test runs sends the log to a stream that is closed with the test."""
    logger = logging.getLogger(ROOT)
    handlers, level = list(logger.handlers), logger.level
    yield
    logger.handlers, logger.level = handlers, level


@pytest.fixture(scope="session")
def _toy_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("template")
    root = folder / "toy"
    with pytest.MonkeyPatch.context() as patch:
        hermetic(patch, folder)
        shutil.copytree(
            PROJECT / "tests" / "toy", root, ignore=shutil.ignore_patterns("__pycache__")
        )
        shutil.copytree(PROJECT / "conf", root / "conf")
        shutil.copytree(PROJECT / ".dvc" / "plots", root / ".dvc" / "plots")
        for name in (".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitignore"):
            shutil.copy(PROJECT / name, root / name)
        repository.git("init", "--quiet", "--initial-branch=main", root=root)
        compose.write(root)
        repository.dvc("repro", "--quiet", root=root)
        commit_all(root, "Start")
        yield root


@pytest.fixture
def toy(_toy_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of two fast stages with the project's own conf/, computed and committed."""
    hermetic(monkeypatch, tmp_path)
    root = tmp_path / "toy"
    shutil.copytree(_toy_template, root, symlinks=True)
    monkeypatch.chdir(root)
    return root


def hermetic(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """An identity for commits, and no settings or caches of this machine's user."""
    for name, value in IDENTITY.items():
        patch.setenv(name, value)
    patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.setenv("DVC_GLOBAL_CONFIG_DIR", str(folder / "dvc-global"))
    patch.setenv("DVC_SYSTEM_CONFIG_DIR", str(folder / "dvc-system"))
    patch.setenv("DVC_SITE_CACHE_DIR", str(folder / "dvc-site-cache"))


@pytest.fixture
def commit() -> Callable[[Path, str], str]:
    """Commits everything in a workspace; gives the new commit's hash."""
    return commit_all


def commit_all(root: Path, message: str) -> str:
    repository.git("add", "--all", root=root)
    repository.git("commit", "--quiet", "--message", message, root=root)
    return repository.git("rev-parse", "HEAD", root=root)
