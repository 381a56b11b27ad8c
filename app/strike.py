"""Kill daily runs at random moments, and look at what the next ones make of it."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Literal

import pandas as pd
import psutil

from app import log, publish
from app.repository import RepositoryError, environment, execute, git, output

Target = Literal["process", "tree", "descendant"]
TARGETS: tuple[Target, ...] = ("process", "tree", "descendant")
MOMENTS = ("pull", "compose", "repro", "outputs", "commit")
"""Events after which a run is killed in every second case: most of its time is the DAG's."""
_SOON_SECONDS = 0.4
_PAUSE_SECONDS = 0.005


@dataclass
class Blows:
    """How many runs were killed, what was hit, and every difference that was found."""

    hit: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)


def command(session: pd.Timestamp) -> list[str]:
    """The daily run of one session, by the code of the folder it is started in."""
    return [sys.executable, "-m", "app.cli", "daily", "--as-of", f"{session:%Y-%m-%d}"]


def run(clone: Path, session: pd.Timestamp, env: dict[str, str]) -> float:
    """Run one session to its end; its seconds."""
    began = time.monotonic()
    output(command(session), clone, env=env)
    return time.monotonic() - began


def repeat(
    clone: Path,
    session: pd.Timestamp,
    env: dict[str, str],
    kills: int,
    seconds: float,
    chance: random.Random,
    stop: Event,
) -> Blows:
    """Take the last commit back and make it again, through a number of kills.

    A run that ends before it is killed is held against the commit it repeats, and taken back too.

    Parameters
    ----------
    clone : Path
        A temporary clone whose last commit is the session's.
    session : Timestamp
    env : dict
        Variables of the runs.
    kills : int
    seconds : float
        What a run takes.
    chance : Random
        Chooses moments and targets.
    stop : Event
        Set where nobody waits for the rest any more.
    """
    blows = Blows()
    if kills == 0:
        return blows
    wanted = git("rev-parse", "HEAD", root=clone)
    _take_back(clone, wanted)
    while blows.hit.total() < kills and not stop.is_set():
        target = chance.choice(TARGETS)
        code = _strike(clone, session, env, target, _moment(chance, seconds), chance)
        if code is None:
            blows.hit[target] += 1
            log.event("killed", target=target, kills=blows.hit.total())
            continue
        if code != 0:
            blows.differences.append(
                f"a run that nobody killed ended with {code}: {_said(clone)[-1:]}"
            )
            return blows
        blows.differences += _held_against(clone, wanted)
        _take_back(clone, wanted)
    try:
        run(clone, session, env)
    except RepositoryError as error:
        blows.differences.append(f"the run after the last kill failed: {error}")
    blows.differences += _held_against(clone, wanted)
    return blows


def unclean(clone: Path) -> list[str]:
    """What git and DVC find wrong with a repository, and whether its data is on its remote."""
    looks = {
        "git fsck": ["git", "fsck", "--no-progress"],
        "dvc status": ["dvc", "status", "--quiet"],
        "dvc status --cloud": ["dvc", "status", "--quiet", "--cloud"],
    }
    found = [name for name, words in looks.items() if execute(words, clone).returncode != 0]
    return found + git("status", "--porcelain", root=clone).splitlines()


def end_children() -> None:
    """Kill everything that this process started."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _held_against(clone: Path, wanted: str) -> list[str]:
    files = git("diff", "--name-only", "--no-renames", wanted, "HEAD", root=clone).splitlines()
    made = int(git("rev-list", "--count", f"{wanted}~1..HEAD", root=clone))
    return [
        *(f"{name}: after kills and in the run that nobody killed" for name in files),
        *([f"{made} commits of one session"] if made != 1 else []),
        *(f"{what}: after kills" for what in unclean(clone)),
    ]


def _take_back(clone: Path, wanted: str) -> None:
    """The state before a commit, without what its run computed or pushed."""
    before = f"{wanted}~1"
    git("reset", "--quiet", "--hard", before, root=clone)
    git("update-ref", publish.PUSHED, before, root=clone)
    for folder in ("cache/runs", "remote"):
        shutil.rmtree(clone.parent / folder, ignore_errors=True)
    # What an earlier commit names and this clone never computed stays away.
    execute(["dvc", "checkout", "--quiet", "--force", "--allow-missing"], clone)


def _moment(chance: random.Random, seconds: float) -> tuple[str | None, float]:
    """An event (or the start) and the seconds after it."""
    if chance.random() < 0.5:
        return None, chance.uniform(0, seconds)
    return chance.choice(MOMENTS), chance.uniform(0, _SOON_SECONDS)


def _strike(
    clone: Path,
    session: pd.Timestamp,
    env: dict[str, str],
    target: Target,
    moment: tuple[str | None, float],
    chance: random.Random,
) -> int | None:
    """Start a run and kill it; its exit code where it ended before."""
    event, delay = moment
    with (clone.parent / "stderr").open("w") as stderr:
        child = subprocess.Popen(
            command(session),
            cwd=clone,
            env=environment() | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            process_group=0,
        )
    while event and event not in _events(clone) and child.poll() is None:
        time.sleep(_PAUSE_SECONDS)
    try:
        return child.wait(delay)
    except subprocess.TimeoutExpired:
        _kill(psutil.Process(child.pid), target, chance)
    child.wait()
    return None


def _kill(process: psutil.Process, target: Target, chance: random.Random) -> None:
    descendants = process.children(recursive=True)
    if target == "descendant" and descendants:
        victims = [chance.choice(descendants)]
    else:
        victims = [process, *(descendants if target == "tree" else [])]
    for victim in victims:
        with suppress(psutil.NoSuchProcess):
            victim.kill()


def _said(clone: Path) -> list[str]:
    return (clone.parent / "stderr").read_text(encoding="utf-8", errors="replace").splitlines()


def _events(clone: Path) -> set[str]:
    found = set()
    for line in _said(clone):
        try:
            found.add(json.loads(line)["event"])
        except (ValueError, KeyError, TypeError):
            continue
    return found
