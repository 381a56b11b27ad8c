"""Two finished runs of one repository, and the exchange of one for the other.

The second differs in the model that is served, so that every answer tells which of the two it is
from.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from app.faces.snapshot import LOCK_FILE
from app.repository import output
from mlrisk.params.sections import PARAMS_FILE

STAGES = (
    *("train", "intervals", "regime_backtest", "regime_combine", "regime_train", "predict"),
    "brief",
)
"""What another model of those that were walked changes of what is served."""

_DAG_FILE, _NO_GIT = "dvc.yaml", "[core]\nno_scm = true\n"


def copy(root: Path, folder: Path) -> Path:
    """The outputs of a repository's last run, in a folder that can be served and written to."""
    folder.mkdir(parents=True)
    for name in (PARAMS_FILE, _DAG_FILE, LOCK_FILE):
        shutil.copy2(root / name, folder / name)
    for name in ("data", "models", "metrics", "plots"):
        shutil.copytree(root / name, folder / name)
    shutil.copytree(root / ".dvc", folder / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp"))
    (folder / ".dvc" / "config.local").write_text(_NO_GIT, encoding="utf-8")
    return folder


def run_stage(folder: Path, stage: str) -> None:
    """One stage in a process of its own, as the DAG runs it."""
    output([sys.executable, "-m", f"stages.{stage}"], folder)


def change_model(folder: Path, model: str, run: Callable[[Path, str], None] = run_stage) -> None:
    """Serve another model: run the stages that depend on the choice, and lock what they wrote."""
    path = folder / PARAMS_FILE
    params = yaml.safe_load(path.read_text(encoding="utf-8"))
    params["model"]["name"] = model
    path.write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")
    before = hashes(folder)
    for stage in STAGES:
        run(folder, stage)
    lock(folder, before)


def lock(folder: Path, before: Mapping[str, str]) -> None:
    """Give outputs that are not what they were another hash in dvc.lock, wherever it stands.

    Parameters
    ----------
    folder : Path
    before : mapping of str to str
        Hashes of the outputs when dvc.lock was right.
    """
    path, now = folder / LOCK_FILE, hashes(folder)
    stages = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    for stage in stages["stages"].values():
        for one in (*stage.get("deps", ()), *stage.get("outs", ())):
            if now.get(one["path"]) != before.get(one["path"]):
                one["md5"] = now[one["path"]]
    path.write_text(yaml.safe_dump(stages, sort_keys=False), encoding="utf-8")


def exchange(source: Path, target: Path) -> int:
    """Put one run in the place of another, file by file, dvc.lock last; gives how many changed.

    Each file is replaced at once, but not all files are: for a while the outputs are of two runs,
    as they are while DVC checks out another commit.
    """
    wanted, there = _files(source), _files(target)
    for name in there - wanted:
        (target / name).unlink()
    changed = [n for n in sorted(wanted) if n not in there or not _same(source / n, target / n)]
    for file in sorted(changed, key=Path(LOCK_FILE).__eq__):
        place = target / file
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f".tmp-{place.name}")
        shutil.copyfile(source / file, beside)
        beside.replace(place)
    return len(changed)


def hashes(folder: Path) -> dict[str, str]:
    """A hash of each output that dvc.lock names, over its files' names and contents."""
    stages = yaml.load((folder / LOCK_FILE).read_bytes(), Loader=yaml.CSafeLoader)["stages"]
    paths = {out["path"] for stage in stages.values() for out in stage.get("outs", ())}
    return {path: _hash(folder / path) for path in paths}


def _hash(path: Path) -> str:
    found = hashlib.md5(usedforsecurity=False)
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            found.update(os.fsencode(file.relative_to(path)) + b"\0" + file.read_bytes())
    return found.hexdigest()


def _files(folder: Path) -> set[Path]:
    """Files of a run, by their place in it."""
    served: Any = (folder / name for name in ("data", "models", "metrics", "plots"))
    found = {file for top in served for file in top.rglob("*") if file.is_file()}
    return {file.relative_to(folder) for file in found} | {Path(PARAMS_FILE), Path(LOCK_FILE)}


def _same(one: Path, other: Path) -> bool:
    return one.read_bytes() == other.read_bytes()
