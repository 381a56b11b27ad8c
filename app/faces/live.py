"""What is served now, exchanged as a whole when a finished run lands.

Whoever asks takes one reference and works with it to the end of a request: a request sees the run
before or the run after, never parts of both. What cannot be read leaves the one before in place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from app.faces.snapshot import digest, lock_bytes
from mlrisk.errors import MlriskError
from mlrisk.log import event

T = TypeVar("T")

_NOT_WHOLE = (MlriskError, OSError, KeyError, ValueError, TypeError)
"""What reading may end with while files are exchanged: an error that is told, or a file that is
half there. Nobody is at hand to see either, so what was read before goes on being served."""


class Live(Generic[T]):
    """The newest whole reading of a repository.

    Parameters
    ----------
    root : Path
    load : callable
        Reads everything of ``root``; raises ``MlriskError`` where that is not whole.

    Raises
    ------
    MlriskError
        Where there is nothing to serve to begin with.
    """

    def __init__(self, root: Path, load: Callable[[Path], T]) -> None:
        self._root, self._load = root, load
        self._loading = threading.Lock()
        self._seen = digest(lock_bytes(root))
        self._current = load(root)
        self.problem: str | None = None
        """Why what lies in the repository now is not served; None where it is."""

    @property
    def current(self) -> T:
        """What is served; to be taken once per request."""
        return self._current

    def refresh(self) -> bool:
        """Read again where dvc.lock is another one; whether what is served has changed.

        One thread reads, any other goes on with what there is.
        """
        if not self._loading.acquire(blocking=False):
            return False
        try:
            return self._refresh()
        finally:
            self._loading.release()

    def _refresh(self) -> bool:
        try:
            found = digest(lock_bytes(self._root))
            if found == self._seen:
                self.problem = None
                return False
            fresh = self._load(self._root)
        except _NOT_WHOLE as error:
            self._note(str(error))
            return False
        self._current, self._seen, self.problem = fresh, found, None
        event("reloaded", dvc_lock=found)
        return True

    def _note(self, problem: str) -> None:
        if problem != self.problem:
            event("not reloaded", reason=problem)
        self.problem = problem

    def follow(self, seconds: float, stop: threading.Event) -> threading.Thread:
        """Refresh every few seconds, in a thread, until ``stop`` is set."""
        return follow(self.refresh, seconds, stop)


def follow(
    refresh: Callable[[], object], seconds: float, stop: threading.Event
) -> threading.Thread:
    """Call ``refresh`` every few seconds, in a thread, until ``stop`` is set."""

    def watch() -> None:
        while not stop.wait(seconds):
            refresh()

    thread = threading.Thread(target=watch, name="reload", daemon=True)
    thread.start()
    return thread
