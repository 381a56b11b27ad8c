"""What the dashboard shows now: one reading of the repository for all visitors of the process."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from app.faces.live import Live
from app.faces.snapshot import Snapshot, load

if TYPE_CHECKING:
    from mlrisk.documents.assemble import Desk

ROOT_VARIABLE = "MLRISK_ROOT"
"""Names the repository where `streamlit run` is used as such; else it is the one it runs in."""

REFRESH_SECONDS = 5.0


class Workspace:
    """A repository's newest finished run, and its documents.

    Parameters
    ----------
    root : Path

    Raises
    ------
    MlriskError
        Where there is no finished run to show.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.live = Live(root, load)
        self._opening = threading.Lock()
        self._desk: tuple[str, Desk] | None = None

    def desk(self, snapshot: Snapshot) -> Desk:
        """The documents of a snapshot; opened at the first question after each run."""
        from app import assistant

        with self._opening:
            if self._desk is None or self._desk[0] != snapshot.version.dvc_lock:
                self._desk = snapshot.version.dvc_lock, assistant.load(self.root)
            return self._desk[1]


_lock = threading.Lock()
_shown: Workspace | None = None


def show(workspace: Workspace | None) -> None:
    """What every page shows from now on; nothing is what the process was started in."""
    global _shown  # noqa: PLW0603  # a process has one dashboard
    _shown = workspace


def shown() -> Workspace | None:
    """What is shown; None before the first page."""
    return _shown


def workspace() -> Workspace:
    """What is shown; opened here where nobody has done so."""
    with _lock:
        found = _shown
        if found is None:
            found = Workspace(_root())
            found.live.follow(REFRESH_SECONDS, threading.Event())
            show(found)
        return found


def _root() -> Path:
    from app.repository import find_root

    named = os.environ.get(ROOT_VARIABLE)
    return Path(named) if named else find_root()
