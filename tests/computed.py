"""A small but whole repository: two years of forecasts of the simulated world by tiny models."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from app import compose, repository
from tests.conftest import PROJECT, commit_all, hermetic

SETTINGS = (
    "experiment=tiny",
    "source.start='2017-01-03'",
    "source.first_forecast='2022-01-03'",
    "as_of='2023-06-30'",
    "docs.start='2022-10-01'",
)
_FOLDERS = ("conf", "mlrisk", "stages")
_FILES = ("dvc.yaml", "requirements.lock", "tests/computed.py", "tests/every_stage.py")


def fingerprint() -> str:
    """Hash of everything the repository is computed from."""
    found = hashlib.sha256()
    folders = (path for name in _FOLDERS for path in sorted((PROJECT / name).rglob("*")))
    for path in (*(PROJECT / name for name in _FILES), *folders):
        if path.is_file() and "__pycache__" not in path.parts:
            found.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def build(root: Path) -> None:
    """Compute and commit it in a folder that does not exist yet."""
    with pytest.MonkeyPatch.context() as patch:
        hermetic(patch, root.parent)
        patch.setenv("MLRISK_WORKERS", "1")
        begin(root, SETTINGS)
        compute(root)
        (root / ".git" / "info" / "exclude").write_text("/data\n/models\n", encoding="utf-8")
        keep(root)


def begin(root: Path, settings: Sequence[str]) -> None:
    """A repository of the project's code and some settings, with nothing computed."""
    root.mkdir(parents=True)
    skip = shutil.ignore_patterns("__pycache__", ".tmp-*", "tmp", "cache", "config.local")
    for name in (*_FOLDERS, ".dvc"):
        shutil.copytree(PROJECT / name, root / name, ignore=skip)
    for name in ("dvc.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(PROJECT / name, root / name)
    repository.git("init", "--quiet", "--initial-branch=main", root=root)
    compose.write(root, settings)


def compute(root: Path) -> None:
    """Run every stage, all in one process.

    With folds remembered, a test that runs a stage again would compute nothing.
    """
    script = str(PROJECT / "tests" / "every_stage.py")
    repository.output([sys.executable, script], root, env={"MLRISK_CACHE": ""})


def keep(root: Path) -> None:
    """Let DVC take what was computed, and commit it."""
    repository.dvc("commit", "--force", "--quiet", root=root)
    commit_all(root, "The DAG, computed")
