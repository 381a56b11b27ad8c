from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import repository
from app.repository import RepositoryError
from tests.conftest import hermetic


def test_a_failing_command_says_why(tmp_path: Path) -> None:
    script = "raise ValueError('roles.vix: no such symbol')"
    with pytest.raises(RepositoryError) as error:
        repository.output([sys.executable, "-c", script], tmp_path)
    message = str(error.value)
    assert "exit 1" in message
    assert message.endswith("ValueError: roles.vix: no such symbol")


def test_children_use_this_interpreter_and_absolute_paths(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(repository.FILES_ROOT, "data/landing")
    monkeypatch.setenv(repository.CACHE, "")
    settings = repository.environment()
    assert settings["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
    assert settings["DVC_NO_ANALYTICS"] == "1"
    assert settings[repository.FILES_ROOT] == str(Path.cwd() / "data/landing")
    assert settings[repository.CACHE] == "", "nothing is to be remembered"
    monkeypatch.setenv(repository.CACHE, "folds")
    assert repository.environment()[repository.CACHE] == str(Path.cwd() / "folds")


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """What a shell starts in the background ignores interrupts, and so would this process."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_an_interrupt_ends_the_whole_tree_below_a_command(tmp_path: Path) -> None:
    script = (
        "import os, subprocess, sys\n"
        "grandchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('pid', 'w').write(str(grandchild.pid))\n"
        "grandchild.wait()\n"
    )
    started = tmp_path / "pid"

    def interrupt() -> None:
        while not (started.exists() and started.read_text()):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        repository.execute([sys.executable, "-c", script], tmp_path)
    grandchild = int(started.read_text())
    for _ in range(200):
        state = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(grandchild)],
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()
        if state in ("", "Z"):
            return
        time.sleep(0.05)
    pytest.fail(f"process {grandchild} still runs ({state})")


def test_the_root_is_found_from_a_folder_below(toy: Path) -> None:
    assert repository.find_root(toy / "conf" / "model") == toy


@pytest.mark.parametrize(("setting", "found"), [("true", True), ("false", False)])
def test_a_folder_without_git_is_a_root_where_dvc_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, found: bool
) -> None:
    hermetic(monkeypatch, tmp_path)
    root = tmp_path / "workspace"
    (root / ".dvc").mkdir(parents=True)
    (root / ".dvc" / "config.local").write_text(f"[core]\n    no_scm = {setting}\n")
    if found:
        assert repository.find_root(root) == root
    else:
        with pytest.raises(RepositoryError, match="in no git repository"):
            repository.find_root(root)


def test_outside_a_repository_the_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match=f"{tmp_path}: in no git repository"):
        repository.find_root(tmp_path)


def test_an_unknown_revision_is_named(toy: Path) -> None:
    with pytest.raises(RepositoryError, match="'v9' is no branch, tag, commit or experiment"):
        repository.resolve("v9", toy)


def test_files_of_a_revision_and_of_the_workspace(toy: Path) -> None:
    metrics = repository.read_metrics(toy)
    assert list(metrics) == ["features", "forecast"]
    (toy / "metrics" / "features.json").unlink()
    assert list(repository.read_metrics(toy)) == ["forecast"]
    assert repository.read_metrics(toy, "HEAD") == metrics
    assert repository.changed_files(toy) == ["metrics/features.json"]
    assert repository.read_text("nowhere.txt", toy, "HEAD") is None


def test_half_a_metrics_file_is_named(toy: Path) -> None:
    (toy / "metrics" / "forecast.json").write_text('{"n_obs": ')
    with pytest.raises(
        RepositoryError, match=r"metrics/forecast\.json at the workspace: not valid"
    ):
        repository.read_metrics(toy)


def test_a_temporary_clone_has_its_own_cache_and_goes_away(toy: Path) -> None:
    with repository.temporary_clone(toy) as clone:
        assert (clone / "dvc.yaml").read_text() == (toy / "dvc.yaml").read_text()
        cache = repository.dvc("cache", "dir", root=clone).strip()
        assert not Path(cache).is_relative_to(toy)
    assert not clone.parent.exists()
