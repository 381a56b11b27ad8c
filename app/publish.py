"""A day's data from and to the remote.

``refs/mlrisk/pushed`` is the last commit whose data is known to be on the remote, so that what a
remote missed while it was down follows later, and no run looks at all of history.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from app import log, own, repository
from app.repository import RepositoryError, execute, git
from mlrisk.store import recover

PUSHED = "refs/mlrisk/pushed"


def begin(root: Path) -> None:
    """Remember where the runs that push began, where that is not known yet."""
    if _pushed(root) is None:
        git("update-ref", PUSHED, "HEAD", root=root)


def push(root: Path) -> int:
    """Push the data of every commit since the last push; how many commits that were.

    Raises
    ------
    RepositoryError
        Where the remote does not take it; the commits stay, and the next run pushes again.
    """
    base = _pushed(root) or git("rev-parse", "HEAD", root=root)
    since = git("rev-list", f"{base}..HEAD", root=root).splitlines()
    try:
        # The base too: it may be the commit that the runs began with, which nobody has pushed.
        repository.push([base, *since], root)
    except RepositoryError as error:
        raise RepositoryError(
            f"the day is committed, but its data is not on the remote: {error}\nRun the same "
            "command again when the remote is back: it pushes what is missing."
        ) from None
    git("update-ref", PUSHED, "HEAD", root=root)
    return len(since)


def pull(
    root: Path, remote: str | None, half_checked_out: bool, before_landing: Callable[[], None]
) -> dict[str, Any]:
    """Bring back what the last commit names and the workspace lacks.

    Parameters
    ----------
    root : Path
    remote : str, optional
        Where it is fetched from, if it is not in the cache.
    half_checked_out : bool
        A run was killed while it brought the landing folder back.
    before_landing : callable
        Called before the landing folder is brought back.

    Returns
    -------
    dict
        For the log: ``missing`` before and ``absent`` after.

    Raises
    ------
    RepositoryError
        Where the landing folder cannot be had; any other output is computed anew.
    """
    # A fetch that was killed may have moved the folder aside.
    recover(root / own.LANDING)
    missing = [path for path in own.outputs(root) if not (root / path).exists()]
    has_landing = (root / own.LANDING_FILE).exists()
    needs_landing = has_landing and (half_checked_out or not (root / own.LANDING).exists())
    if not missing and not needs_landing:
        return {"missing": 0, "absent": 0}
    if remote:
        fetched = execute(["dvc", "fetch"], root)
        if fetched.returncode != 0:
            log.event("remote fails", remote=remote, detail=repository.complaint(fetched))
    if missing:
        execute(["dvc", "checkout", "--force", "--allow-missing", *missing], root)
    if needs_landing:
        before_landing()
        back = execute(["dvc", "checkout", "--force", own.LANDING_FILE], root)
        if back.returncode != 0:
            why = repository.complaint(back)
            raise RepositoryError(
                f"{own.LANDING_FILE}: the rows it names are neither in the workspace nor in the "
                f"cache{' nor on the remote ' + remote if remote else ''}. Fetching them again "
                f"would put today's history in place of what was known. {why}"
            )
    absent = [path for path in missing if not (root / path).exists()]
    return {"missing": len(missing) + needs_landing, "absent": len(absent)}


def _pushed(root: Path) -> str | None:
    found = execute(["git", "rev-parse", "--verify", "--quiet", PUSHED], root)
    return found.stdout.strip() or None
