"""One daily run at a time, and a note of the one that did not end well.

The lock is an ``flock`` whose descriptor the children inherit: the kernel lets go of it when the
last of them is dead, however they died. What DVC starts does not inherit it, and is told by a
variable of its environment instead. So whoever has the lock, and finds no such process, knows that
nothing of an earlier run is at work any more.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from app import log
from mlrisk.errors import MlriskError

LOCK = Path(".dvc/tmp/mlrisk-daily.lock")
MARK = "MLRISK_RUN"
"""Environment variable of everything a run starts: the path of the lock."""
_PAUSE_SECONDS = 0.1
_LONGEST = 1000


class BusyError(MlriskError, RuntimeError):
    """Another run, or what it started, is still at work."""


@dataclass
class Held:
    """The lock while it is held, and what is written in it.

    The file is empty after a run that ended well, so text in it is a run that did not. A note is
    one write over the one before: a kill leaves either.
    """

    _file: int

    @property
    def unfinished(self) -> str | None:
        """The note of a run that did not end well: what it was about to do."""
        text = os.pread(self._file, _LONGEST, 0)
        return _step(text.decode(errors="replace")) if text else None

    @property
    def noted_at(self) -> float:
        """When the file was last written, in the file system's own time."""
        return os.fstat(self._file).st_mtime

    def note(self, step: str) -> None:
        """Write down what is about to be done; the file's time is when that began."""
        text = json.dumps({"step": step}).encode()
        os.pwrite(self._file, text, 0)
        os.ftruncate(self._file, len(text))

    def clear(self) -> None:
        """Nothing is left to be made good."""
        os.ftruncate(self._file, 0)


@contextmanager
def held(root: Path, wait: float) -> Iterator[Held]:
    """Hold the repository's lock; an earlier run and what it started are waited for.

    Parameters
    ----------
    root : Path
    wait : float
        Seconds until that is given up.

    Raises
    ------
    BusyError
        Where they are still at work then; names the processes.
    """
    place = (root / LOCK).resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait
    file = os.open(place, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _await(lambda: _taken(file), lambda: _told(_holders(place)), deadline)
        _await(lambda: not _marked(place), lambda: _told(_marked(place)), deadline)
        os.set_inheritable(file, True)
        os.environ[MARK] = str(place)
        yield Held(file)
    finally:
        os.environ.pop(MARK, None)
        os.close(file)


def at_work(root: Path) -> list[str]:
    """Git and DVC processes of this user in a repository, in words; not those that we run under."""
    place, ours = root.resolve(), {os.getpid(), *(one.pid for one in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter(["name", "cwd"]):
        name, folder = process.info["name"] or "", process.info["cwd"]
        tool = name in {"git", "dvc"} or name.startswith("git-")
        if tool and process.pid not in ours and folder and Path(folder).is_relative_to(place):
            found.append(process)
    return _words(found)


def _await(ready: Callable[[], bool], who: Callable[[], str], deadline: float) -> None:
    told = False
    while not ready():
        if time.monotonic() > deadline:
            raise BusyError(
                f"an earlier run is still at work: {who()}. Wait for it (--wait SECONDS) or end "
                "it; the next run makes good what it left."
            )
        if not told:
            log.event("waiting", on=who())
            told = True
        time.sleep(_PAUSE_SECONDS)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holders(place: Path) -> list[psutil.Process]:
    """Who has the lock open: the run, or children it left; and what those started."""
    found = {process.pid: process for process in _marked(place)}
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and any(
                Path(file.path) == place for file in process.open_files()
            ):
                found[process.pid] = process
        except (psutil.Error, OSError):
            continue
    return list(found.values())


def _told(holders: list[psutil.Process]) -> str:
    return "; ".join(_words(holders)) or f"a process that has {LOCK} open"


def _marked(place: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(place) and process.pid != os.getpid():
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def _words(processes: list[psutil.Process]) -> list[str]:
    words = []
    for process in processes:
        try:
            words.append(f"process {process.pid} ({' '.join(process.cmdline())[:80]})")
        except psutil.Error:
            words.append(f"process {process.pid}")
    return words


def _step(text: str) -> str:
    try:
        # Behind a note there may be the end of a longer one.
        return str(json.JSONDecoder().raw_decode(text)[0]["step"])
    except (ValueError, KeyError, TypeError):
        return "unknown"
