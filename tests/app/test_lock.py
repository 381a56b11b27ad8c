from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app import lock, mend, repository
from app.lock import BusyError, Held

HOLDS = """
import sys, time
from pathlib import Path
from app import lock, repository
with lock.held(Path("."), 0) as held:
    held.note("started")
    {do}
"""
CHILD = "repository.execute([sys.executable, '-c', {code!r}], Path('.'))"
SLEEPS = "import time; time.sleep(60)"
# As DVC starts a stage: the descriptor is closed, the environment stays.
STARTS = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', '{SLEEPS}'])"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a git repository."""
    repository.git("init", "--quiet", root=tmp_path)
    return tmp_path


@pytest.fixture
def start(root: Path) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Starts a process that holds the lock and does something; all of it ends with the test."""
    started = []

    def begin(do: str) -> subprocess.Popen[bytes]:
        code = HOLDS.format(do=do)
        started.append(subprocess.Popen([sys.executable, "-c", code], cwd=root))
        _await(lambda: (root / lock.LOCK).exists() and (root / lock.LOCK).read_text() != "")
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()
    for sleeper in _sleepers(root):
        sleeper.kill()


def _await(ready: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _sleepers(folder: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline", "cwd"])
        if process.info["cwd"] == str(folder) and (process.info["cmdline"] or [""])[-1] == SLEEPS
    ]


def note_of(root: Path) -> str | None:
    with lock.held(root, 0) as held:
        return held.unfinished


def test_a_note_lasts_until_it_is_cleared(root: Path) -> None:
    with lock.held(root, 0) as held:
        assert held.unfinished is None
        held.note("a long thing to do")
        held.note("a thing")
    with lock.held(root, 0) as held:
        assert held.unfinished == "a thing"
        held.clear()
    assert note_of(root) is None
    assert lock.MARK not in os.environ


def test_a_note_cut_short_is_an_unfinished_run(root: Path) -> None:
    assert note_of(root) is None
    place = root / lock.LOCK
    for text, step in (('{"step": "a thing"} to do"}', "a thing"), ('{"st', "unknown")):
        place.write_text(text)
        assert note_of(root) == step


def test_a_run_is_waited_for_and_named(
    root: Path, start: Callable[[str], subprocess.Popen[bytes]]
) -> None:
    other = start("time.sleep(60)")
    with pytest.raises(BusyError, match=rf"still at work: process {other.pid} \("):
        note_of(root)
    other.kill()
    with lock.held(root, 20) as held:
        assert held.unfinished == "started"


@pytest.mark.parametrize("code", [SLEEPS, STARTS], ids=["child", "grandchild"])
def test_what_a_killed_run_started_is_waited_for(
    root: Path, start: Callable[[str], subprocess.Popen[bytes]], code: str
) -> None:
    run = start(CHILD.format(code=code) + "; time.sleep(60)")
    _await(lambda: _sleepers(root))
    run.kill()
    run.wait()
    (child,) = _sleepers(root)
    with pytest.raises(BusyError, match=f"process {child.pid} "):
        note_of(root)
    child.kill()
    with lock.held(root, 20) as held:
        assert held.unfinished == "started"


def test_no_lock_of_git_is_removed_while_a_git_is_at_work(root: Path) -> None:
    with lock.held(root, 0) as held:
        held.note("started")
        stale = root / ".git" / "index.lock"
        stale.touch()
        work = subprocess.Popen(["git", "cat-file", "--batch"], cwd=root, stdin=subprocess.PIPE)
        try:
            with pytest.raises(BusyError, match=rf"index\.lock.*process {work.pid} \(git cat-file"):
                mend.remove_stale_locks(root, held.noted_at)
        finally:
            work.communicate()
        assert stale.exists()
        mend.remove_stale_locks(root, held.noted_at)
        assert not stale.exists()


def test_children_inherit_the_lock_and_nothing_else(root: Path) -> None:
    def inherited() -> set[str]:
        code = "import os, psutil; print(*(f.path for f in psutil.Process().open_files()))"
        return set(repository.output([sys.executable, "-c", code], root).split())

    assert inherited() == set()
    with lock.held(root, 0) as held:
        assert isinstance(held, Held)
        assert inherited() == {str((root / lock.LOCK).resolve())}
