"""What of the repository a daily run writes and commits, and nobody else between two commits."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
import yaml

from app import as_of, message
from app.repository import (
    RepositoryError,
    changed_files,
    execute,
    git,
    read_text,
    untracked_files,
)
from mlrisk.params.sections import PARAMS_FILE

LANDING = "data/landing"
LANDING_FILE = f"{LANDING}.dvc"
LOCK_FILE = "dvc.lock"
RECORD = "results/track_record.jsonl"
_RESULTS = ("metrics/", "plots/")


def require_committable(root: Path) -> None:
    """See to it that a day's commit can be made, and is of the day's files alone.

    Raises
    ------
    RepositoryError
        Where git has no identity, no branch is checked out, or tracked files have changes that
        are not a daily run's own.
    """
    for name in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        if execute(["git", "var", name], root).returncode != 0:
            raise RepositoryError(
                "git does not know who commits. Tell it: `git config user.name NAME` and "
                "`git config user.email ADDRESS`."
            )
    if execute(["git", "symbolic-ref", "--quiet", "HEAD"], root).returncode != 0:
        raise RepositoryError(
            "no branch is checked out, so a commit would be lost with the next checkout. "
            "Run `git switch BRANCH`."
        )
    # By the last commit's dvc.lock: the workspace's may be half written.
    outs = outputs(root, "HEAD")
    others = [path for path in _changed(root) if not _is_own(path, root, outs)]
    if others:
        shown = ", ".join(others[:5]) + (f" and {len(others) - 5} more" if len(others) > 5 else "")
        raise RepositoryError(
            f"uncommitted changes of {shown}: a day's commit is of the day's results alone, made "
            "by the code of the commit before it. Commit or stash them and run again."
        )


def restore(root: Path) -> None:
    """Put the files that only runs write back to the last commit: a run may have been cut short."""
    paths = _changed(root)
    if paths:
        git("restore", "--source=HEAD", "--staged", "--worktree", "--", *paths, root=root)
    if execute(["git", "cat-file", "-e", f"HEAD:{RECORD}"], root).returncode != 0:
        _remove(root / RECORD)  # the first line of all, of a run that did not get to its commit
    # data/landing is not among them: it is not computed, and ``fetch`` knows what is left of it.
    for path in map(Path, [*outputs(root), PARAMS_FILE, RECORD, as_of.source_file(root)]):
        for draft in (f".tmp-{path.name}", f".tmp-old-{path.name}"):
            _remove(root / path.with_name(draft))


def commit(root: Path, text: str) -> str | None:
    """Commit the day's files with a message; the commit, or none where nothing changed."""
    outs = outputs(root)
    fresh = [path for path in untracked_files(root) if _is_output(path, outs)]
    paths = [path for path in changed_files(root) if _is_own(path, root, outs)]
    if fresh:
        git("add", "--", *fresh, root=root)
    if not fresh and not paths:
        return None
    options = ("--quiet", "--cleanup=verbatim", "--only", "--message", text)
    git("commit", *options, "--", *sorted({*fresh, *paths}), root=root)
    return git("rev-parse", "HEAD", root=root)


def uncommitted(root: Path, sessions: Sequence[pd.Timestamp]) -> list[pd.Timestamp]:
    """Those of the sessions that no commit of the checked-out history is of."""
    source = Path(as_of.source_file(root)).stem
    told = git("log", f"--format={message.trailer_format()}", root=root).splitlines()
    done = {line.split("\t")[0] for line in told if line.endswith(f"\t{source}")}
    return [session for session in sessions if f"{session:%Y-%m-%d}" not in done]


def landing_is_source(root: Path) -> bool:
    """Whether the configured source reads what ``mlrisk fetch`` appends to."""
    tree = yaml.safe_load((root / PARAMS_FILE).read_text(encoding="utf-8"))
    return bool(tree["source"]["input"] == LANDING)


def outputs(root: Path, revision: str | None = None) -> dict[str, str]:
    """Hash of every output of the DAG by path, as dvc.lock has it."""
    lock: Mapping[str, Any] = yaml.safe_load(read_text(LOCK_FILE, root, revision) or "") or {}
    return {
        out["path"]: out.get("md5", "")
        for stage in lock.get("stages", {}).values()
        for out in stage.get("outs", [])
    }


def data_hashes(root: Path) -> dict[str, str]:
    """Hash of everything that DVC keeps, results that git keeps aside."""
    hashes = {p: md5 for p, md5 in outputs(root).items() if not p.startswith(_RESULTS)}
    landed = read_text(LANDING_FILE, root)
    if landed is not None:
        hashes[LANDING] = yaml.safe_load(landed)["outs"][0]["md5"]
    return hashes


def require_as_locked(root: Path, path: str) -> None:
    """See to it that an output's folder is the one that ``dvc.lock`` names.

    Parameters
    ----------
    root : Path
    path : str
        The output, or a folder within it.

    Raises
    ------
    RepositoryError
        Where no stage writes it, or its files are others.
    """
    named = outputs(root)
    out = next((one for one in named if path == one or path.startswith(f"{one}/")), None)
    if out is None:
        raise RepositoryError(f"{LOCK_FILE}: no stage writes {path}. Run `dvc repro`.")
    if not (root / out).is_dir() or _folder_hash(root / out) != named[out]:
        raise RepositoryError(
            f"{out}: not what {LOCK_FILE} names ({named[out]}). Run `dvc repro` (or `dvc checkout "
            f"{out}`), so that what is published can be had again from a commit."
        )


def _folder_hash(folder: Path) -> str:
    """What DVC calls a folder's content: the hash of the list of its files and their hashes."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    listed = [
        {
            "md5": hashlib.md5(path.read_bytes()).hexdigest(),
            "relpath": str(path.relative_to(folder)),
        }
        for path in files
    ]
    text = json.dumps(sorted(listed, key=lambda file: file["relpath"]), sort_keys=True)
    return f"{hashlib.md5(text.encode()).hexdigest()}.dir"


def _changed(root: Path) -> list[str]:
    """Tracked files that differ from the last commit in the workspace or in the index alone."""
    staged = git("diff", "--name-only", "--no-renames", "--cached", "HEAD", root=root)
    return sorted({*changed_files(root), *staged.splitlines()})


def _is_own(path: str, root: Path, outs: Iterable[str]) -> bool:
    if path == as_of.source_file(root):
        return _only_the_day_differs(path, root)
    return path.startswith(_RESULTS) or _is_output(path, outs)


def _is_output(path: str, outs: Iterable[str]) -> bool:
    """Whether a run writes a file, which git may not have seen before."""
    places = [*outs, LANDING]
    beside = {str(PurePosixPath(place).parent / ".gitignore") for place in places}
    below = any(path == place or path.startswith(f"{place}/") for place in places)
    return below or path in beside | {PARAMS_FILE, LOCK_FILE, LANDING_FILE, RECORD}


def _only_the_day_differs(path: str, root: Path) -> bool:
    now, before = read_text(path, root), read_text(path, root, "HEAD")
    if now is None or before is None:
        return False
    return as_of.replaced(before, as_of.read(now, path), path) == now


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
