"""What is served now, from the moment on that there is something to serve."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from pathlib import Path

from app.api.problems import ProblemError
from app.api.service import Service
from app.faces.live import Live, follow
from mlrisk.errors import MlriskError
from mlrisk.log import event


class Following:
    """The newest service of a repository; it waits where there is none to begin with.

    Parameters
    ----------
    root : Path
    load : callable
        Reads everything of ``root``.
    """

    def __init__(self, root: Path, load: Callable[[Path], Service]) -> None:
        self._root, self._load = root, load
        self._live: Live[Service] | None = None
        self._problem: str | None = None

    @property
    def current(self) -> Service:
        """What is served; to be taken once per request.

        Raises
        ------
        ProblemError
            Where nothing is.
        """
        if self._live is None:
            raise ProblemError(
                "not-ready", self.problem or "It is being read.", headers={"Retry-After": "5"}
            )
        return self._live.current

    @property
    def ready(self) -> bool:
        """Whether there is something to serve."""
        return self._live is not None

    @property
    def problem(self) -> str | None:
        """Why what lies in the repository now is not served, without its place on the disk."""
        said = self._problem if self._live is None else self._live.problem
        return None if said is None else said.replace(f"{self._root}/", "")

    def refresh(self) -> None:
        """Read what there is, where it is new."""
        if self._live is not None:
            if self._live.refresh():
                set_apart()
            return
        try:
            self._live = Live(self._root, self._load)
            set_apart()
        except MlriskError as error:
            if str(error) != self._problem:
                event("not loaded", reason=str(error))
            self._problem = str(error)

    def follow(self, seconds: float, stop: threading.Event) -> threading.Thread:
        """Refresh every few seconds, in a thread, until ``stop`` is set."""
        return follow(self.refresh, seconds, stop)


def set_apart() -> None:
    """Take what was read out of the garbage collector's sight.

    It stays until the next run, and looking through millions of its objects for garbage would stop
    every request for a seventh of a second, a few times a minute.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
