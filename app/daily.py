"""``mlrisk daily`` and ``mlrisk backfill``: a session's forecast as a commit.

A day is a function of the last commit, the session and what the source has for it. Each run starts
from the last commit, whatever an earlier one left in the files that only runs write, and makes at
most one commit. So a run that was killed at any point is made good by running again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from app import as_of, compose, lock, log, mend, message, own, publish, record
from app.repository import RepositoryError, default_remote, dvc, execute, read_metrics
from mlrisk.calendar import INFORMATION_HOUR, require_session, sessions
from mlrisk.errors import MlriskError
from mlrisk.params.sections import PARAMS_FILE
from mlrisk.store import write_text

Fetch = Callable[[Path, pd.Timestamp, Sequence[str]], Mapping[str, Any]]
WAIT_SECONDS = 1800.0
_STARTED, _CHECKING_OUT = "started", "checking out data/landing"


class DailyError(MlriskError, ValueError):
    """A day that cannot be run; says why and what to do."""


@dataclass(frozen=True)
class Settings:
    """How days are run.

    Parameters
    ----------
    now : Timestamp
        The time, in UTC: a session is refused before 22:00 UTC of its date.
    fetch : callable
        ``app.fetch.fetch``: appends to data/landing up to a session.
    wait : float
        Seconds that an earlier run is waited for.
    rewind : bool
        Allow a session before the one that the last commit serves.
    accept : sequence of str
        Restatements that ``fetch`` takes over.
    """

    now: pd.Timestamp
    fetch: Fetch
    wait: float = WAIT_SECONDS
    rewind: bool = False
    accept: Sequence[str] = ()


def latest_session(now: pd.Timestamp) -> pd.Timestamp:
    """The last session whose information time has passed."""
    day = now.tz_convert("UTC").tz_localize(None)
    recent = sessions(day.normalize() - pd.Timedelta(days=14), day.normalize())
    return recent[recent + INFORMATION_HOUR <= day][-1]


def daily(root: Path, day: date, settings: Settings) -> list[str]:
    """Run one session; the commit it made, or none where there was nothing to do.

    Raises
    ------
    CalendarError
        Where the date is no session.
    DailyError
        Where the session cannot be run: too early, before the one that is served, or uncommitted
        changes of somebody else.
    BusyError
        Where another run does not end in time.
    RepositoryError
        Where git or DVC fails; the next run makes good what this one left.
    """
    session = require_session(day)
    return _run(root, lambda: [session], [session], settings)


def backfill(root: Path, first: date, last: date, settings: Settings) -> list[str]:
    """Run every session from ``first`` to ``last`` that has no commit yet; push once at the end.

    Raises
    ------
    As ``daily``.
    """
    wanted = list(sessions(first, last))
    if not wanted:
        raise DailyError(f"there is no session from {first:%Y-%m-%d} to {last:%Y-%m-%d}")
    return _run(root, lambda: own.uncommitted(root, wanted), wanted, settings)


def fetched(root: Path, session: date | pd.Timestamp, settings: Settings) -> Mapping[str, Any]:
    """Fetch alone, while no run is at work; what ``settings.fetch`` says of it.

    Raises
    ------
    DailyError
        Where the session's information time has not passed.
    """
    day = require_session(session)
    _require_passed(day, settings.now)
    with lock.held(root, settings.wait):
        return settings.fetch(root, day, settings.accept)


def _run(
    root: Path,
    todo: Callable[[], Sequence[pd.Timestamp]],
    wanted: Sequence[pd.Timestamp],
    settings: Settings,
) -> list[str]:
    for session in wanted:
        _require_passed(session, settings.now)
    with lock.held(root, settings.wait) as held:
        if held.unfinished is not None:
            mend.remove_stale_locks(root, held.noted_at)
        own.require_committable(root)
        days = todo()
        if days and not settings.rewind:
            _require_forward(root, days[0])
        half_checked_out = held.unfinished == _CHECKING_OUT
        held.note(_CHECKING_OUT if half_checked_out else _STARTED)
        own.restore(root)
        behind = compose.write(root)
        remote = default_remote(root)
        if remote:
            publish.begin(root)
        with log.step("pull") as fields:
            begin_landing = partial(held.note, _CHECKING_OUT)
            fields.update(publish.pull(root, remote, half_checked_out, begin_landing))
        held.note(_STARTED)
        commits = []
        for session in days:
            if not behind and as_of.served(root) == session and _complete(root, session):
                log.event("nothing to do", as_of=f"{session:%Y-%m-%d}")
            elif made := _day(root, session, settings):
                commits.append(made)
        if remote:
            with log.step("push") as fields:
                fields |= {"remote": remote, "commits": publish.push(root)}
        held.clear()
    return commits


def _day(root: Path, session: pd.Timestamp, settings: Settings) -> str | None:
    day = f"{session:%Y-%m-%d}"
    if own.landing_is_source(root):
        with log.step("fetch") as fields:
            fields.update(settings.fetch(root, session, settings.accept))
            # Without links there is no moment in which a file is gone from the folder.
            dvc("add", "--quiet", "--no-relink", own.LANDING, root=root)
    with log.step("compose") as fields:
        fields |= {"as_of": day, "changed": _write_as_of(root, session)}
    with log.step("repro"):
        dvc("repro", root=root, capture=False)
    hashes = own.data_hashes(root)
    _log_outputs(root, day, hashes)
    with log.step("record") as fields:
        fields.update(record.append(root).counts())
    with log.step("commit") as fields:
        text = message.write(session, _params(root), read_metrics(root), hashes)
        made = own.commit(root, text)
        fields |= {"as_of": day, "commit": made, "subject": text.splitlines()[0]}
    return made


def _require_passed(session: pd.Timestamp, now: pd.Timestamp) -> None:
    known = session.tz_localize("UTC") + INFORMATION_HOUR
    if now < known:
        raise DailyError(
            f"{session:%Y-%m-%d}: what is known on that session is complete at "
            f"{known:%Y-%m-%d %H:%M} UTC, and it is {now.tz_convert('UTC'):%Y-%m-%d %H:%M}. The "
            f"last session that can be run is {latest_session(now):%Y-%m-%d}."
        )


def _require_forward(root: Path, session: pd.Timestamp) -> None:
    served = as_of.served(root)
    if session < served:
        raise DailyError(
            f"{session:%Y-%m-%d} lies before {served:%Y-%m-%d}, which the last commit serves: a "
            "history that is served goes forward. To go back on purpose, say --rewind."
        )


def _complete(root: Path, session: pd.Timestamp) -> bool:
    """Whether nothing is left to compute for the session that is served, nor to publish."""
    up_to_date = execute(["dvc", "status", "--quiet"], root).returncode == 0
    return up_to_date and record.is_published(root, session)


def _write_as_of(root: Path, session: pd.Timestamp) -> bool:
    place = root / as_of.source_file(root)
    text = place.read_bytes().decode()
    wanted = as_of.replaced(text, session, as_of.source_file(root))
    if wanted != text:
        write_text(place, wanted)
    changed = compose.write(root)
    composed = _params(root)["as_of"]
    if composed != f"{session:%Y-%m-%d}":
        raise DailyError(
            f"{PARAMS_FILE}: as_of is {composed} although {as_of.source_file(root)} says "
            f"{session:%Y-%m-%d}. conf/config.yaml has it from the source (`as_of: "
            "${source.as_of}`); take out what sets it otherwise."
        )
    return changed


def _log_outputs(root: Path, day: str, hashes: Mapping[str, str]) -> None:
    prediction = read_metrics(root).get("prediction")
    if prediction is None or prediction.get("date") != day:
        found = "no forecast" if prediction is None else f"the forecast of {prediction.get('date')}"
        raise RepositoryError(
            f"metrics/prediction.json: {found} where that of {day} was asked for. `dvc status` "
            "shows whether the stage that writes it ran."
        )
    batch = sorted((root / "data" / "batch").glob(f"*{day.replace('-', '')}*"))
    files = [str(path.relative_to(root)) for path in batch]
    log.event("outputs", **prediction, files=files, hashes=dict(hashes))


def _params(root: Path) -> dict[str, Any]:
    tree: dict[str, Any] = yaml.safe_load((root / PARAMS_FILE).read_text(encoding="utf-8"))
    return tree
