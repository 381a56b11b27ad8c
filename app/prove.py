"""``mlrisk prove``: many daily runs, one run at the last day and killed runs end in the same bytes.

Everything happens in clones that are thrown away, each with a DVC cache of its own, so nothing that
one computed is taken over by another.
"""

from __future__ import annotations

import json
import random
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pandas as pd
from rich.table import Table

from app import as_of, log, real, record, strike
from app.repository import CACHE, FILES_ROOT, RepositoryError, dvc, git, output, temporary_clone
from mlrisk.calendar import sessions
from mlrisk.store import write_text

RESULT = Path("results/prove.json")
_ONCE = "once"


@dataclass(frozen=True)
class Plan:
    """What is to be shown.

    Parameters
    ----------
    data : Path, optional
        Folder of real data that the ``files`` source reads; without it, the source of conf/.
    days : int
        Consecutive daily runs that end at the source's ``as_of``.
    kills : int
        How often a run of the last day is killed.
    experiment : str
        Settings of conf/experiment that every run has; ``null`` for none.
    seed : int
        Of the moments and targets of the kills.
    """

    data: Path | None
    days: int
    kills: int
    experiment: str
    seed: int


def write(root: Path, plan: Plan) -> dict[str, Any]:
    """Run the proof on the last commit and write ``results/prove.json``.

    Returns
    -------
    dict
        What was written: source, span, counts, ``identical`` and every difference. Times are the
        machine's and stand in the log.

    Raises
    ------
    RepositoryError
        Where a run that nobody killed fails; nothing is written then.
    """
    result = prove(root, plan)
    write_text(root / RESULT, json.dumps(result, indent=2) + "\n")
    return result


def prove(root: Path, plan: Plan) -> dict[str, Any]:
    """Run the proof on the last commit; as ``write``."""
    # Two runs at a time, a core each; what one remembers is not the other's.
    env = {"MLRISK_WORKERS": "1", CACHE: ".cache/mlrisk"}
    if plan.data:
        env[FILES_ROOT] = str(plan.data.absolute())
    with ExitStack() as stack:
        many = stack.enter_context(temporary_clone(root))
        source, last = _configure(many, plan)
        span = sessions(last - pd.Timedelta(days=2 * plan.days + 14), last)[-plan.days - 1 :]
        _commit_start(many, span[0], env)
        one = stack.enter_context(temporary_clone(many))
        for clone in (many, one):
            # Beside the clone, and removed with it.
            store = str(clone.parent / "remote")
            dvc("remote", "add", "--local", "--default", "proof", store, root=clone)
        with ThreadPoolExecutor(1) as pool:
            stop = Event()
            other = pool.submit(_once_and_again, one, last, env, plan, stop)
            try:
                for session in span[1:]:
                    with log.step("day") as fields:
                        fields |= {"as_of": f"{session:%Y-%m-%d}"}
                        strike.run(many, session, env)
                    if other.done():
                        other.result()  # fails now, if it failed
                blows = other.result()
            except BaseException:
                stop.set()
                strike.end_children()
                raise
        differences = [
            *_differences(many, one),
            *(f"{what}: after {plan.days} runs" for what in strike.unclean(many)),
            *blows.differences,
        ]
    return {
        "source": source,
        "experiment": plan.experiment,
        "first": f"{span[1]:%Y-%m-%d}",
        "last": f"{last:%Y-%m-%d}",
        "days": plan.days,
        "kills": blows.hit.total(),
        "identical": not differences,
        "differences": differences,
    }


def _once_and_again(
    clone: Path, session: pd.Timestamp, env: dict[str, str], plan: Plan, stop: Event
) -> strike.Blows:
    """One run of a session; then the same run through kills, held against the first."""
    seconds = strike.run(clone, session, env)
    log.event("one run", as_of=f"{session:%Y-%m-%d}", seconds=round(seconds, 3))
    git("branch", _ONCE, root=clone)
    with log.step("kills") as fields:
        blows = strike.repeat(
            clone, session, env, plan.kills, seconds, random.Random(plan.seed), stop
        )
        fields.update(blows.hit)
    return blows


def table(result: dict[str, Any]) -> Table:
    """The result for a terminal."""
    verdict = "identical" if result["identical"] else f"{len(result['differences'])} differences"
    shown = Table(title=f"Daily runs: {verdict}", title_justify="left", show_header=False)
    rows = {
        "source": " ".join(map(str, result["source"].values())),
        "settings": f"experiment={result['experiment']}",
        f"{result['days']} daily runs": f"{result['first']} to {result['last']}",
        "runs killed": str(result["kills"]),
        "compared": "every tracked file: hashes of all data, predictions, metrics, plots, "
        "and what the track record says of the last day",
    }
    for name, value in rows.items():
        shown.add_row(name, value)
    for difference in result["differences"]:
        shown.add_row("DIFFERENT", difference)
    return shown


def _configure(clone: Path, plan: Plan) -> tuple[dict[str, str], pd.Timestamp]:
    """Choose source and experiment in a clone's conf/; the source, and its last session."""
    _choose(clone, "experiment", plan.experiment)
    found = {}
    if plan.data:
        _choose(clone, "source", "files")
        found["digest"] = real.digest(plan.data)
    name = as_of.source_file(clone)
    text = (clone / name).read_text(encoding="utf-8")
    if plan.data:
        text = re.sub(r"^digest:.*$", f"digest: {found['digest']}", text, flags=re.MULTILINE)
        write_text(clone / name, text)
    return {"name": Path(name).stem, **found}, as_of.read(text, name)


def _choose(clone: Path, group: str, option: str) -> None:
    place = clone / as_of.CONFIG
    text = place.read_text(encoding="utf-8")
    chosen, count = re.subn(
        rf"^(\s*- {group}:\s*)\S+", rf"\g<1>{option}", text, count=1, flags=re.MULTILINE
    )
    if count != 1:
        raise RepositoryError(f"{as_of.CONFIG}: no `- {group}: ...` among its defaults")
    write_text(place, chosen)


def _commit_start(clone: Path, session: pd.Timestamp, env: dict[str, str]) -> None:
    """Commit the settings as of a session, which both ways start from."""
    name = as_of.source_file(clone)
    text = (clone / name).read_text(encoding="utf-8")
    write_text(clone / name, as_of.replaced(text, session, name))
    output([sys.executable, "-m", "app.cli", "compose"], clone, env=env)
    git("switch", "--quiet", "--force-create", "prove", root=clone)
    git("commit", "--quiet", "--all", "--message", "Settings of the proof", root=clone)


def _differences(many: Path, one: Path) -> list[str]:
    git("fetch", "--quiet", str(one), _ONCE, root=many)
    # The record has a line per run; what it says of the last session must be the same.
    rest = ("--", ".", f":(exclude){record.RECORD}")
    files = git("diff", "--name-only", "--no-renames", "HEAD", "FETCH_HEAD", *rest, root=many)
    names = files.splitlines()
    if record.last_statement(many, "HEAD") != record.last_statement(many, "FETCH_HEAD"):
        names.append(record.RECORD)
    return [f"{name}: after many runs and after one" for name in names]
