"""What a run that was killed leaves behind in git's and DVC's own folders."""

from __future__ import annotations

from pathlib import Path

from app import log
from app.lock import BusyError, at_work
from app.repository import git

# Where git keeps `<name>.lock` beside the file it is about to replace.
_LOCKS = (
    "*.lock",
    "refs/**/*.lock",
    "objects/*.lock",
    "objects/info/*.lock",
    "objects/info/commit-graphs/*.lock",
)
_RWLOCK = Path(".dvc/tmp/rwlock")


def remove_stale_locks(root: Path, since: float) -> None:
    """Remove the lock files of git and DVC that a dead run left.

    The caller holds the lock of the daily run, so nothing that an earlier one started is alive. A
    git that somebody else started may be: then nothing is removed.

    Parameters
    ----------
    root : Path
    since : float
        When the dead run began to write, in the file system's time; older locks are not its own.

    Raises
    ------
    BusyError
        Where there are such files while a git or DVC works in the repository.
    """
    stale = [path for path in _locks(root) if _modified(path) >= since]
    if not stale:
        return
    working = at_work(root)
    names = [str(path.relative_to(root) if path.is_relative_to(root) else path) for path in stale]
    if working:
        raise BusyError(
            f"an earlier run was killed and left {', '.join(names)}, which may also be of "
            f"{'; '.join(working)}. Run again when that has ended."
        )
    for path in stale:
        path.unlink(missing_ok=True)
    log.event("mended", removed=names)


def _locks(root: Path) -> list[Path]:
    folders = {
        (root / git("rev-parse", name, root=root)).resolve()
        for name in ("--git-dir", "--git-common-dir")
    }
    found = {path for folder in folders for name in _LOCKS for path in folder.glob(name)}
    # DVC finds out by itself that a writer is dead, but not that the file was half written or that
    # the number of its process has been given to another.
    return [*sorted(found), *([root / _RWLOCK] if (root / _RWLOCK).exists() else [])]


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
