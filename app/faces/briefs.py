"""The brief of any session that has a forecast: that of the last one is read, any other is made."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd

from app.faces.snapshot import Snapshot, digest, lock_bytes
from mlrisk.documents.assemble import Desk
from mlrisk.documents.brief.day import Tables
from mlrisk.documents.brief.page import Brief, as_json, daily_brief
from mlrisk.documents.brief.releases import asking

STORED = "data/brief/brief.json"


def brief(snapshot: Snapshot, desk: Desk, date: pd.Timestamp) -> Brief:
    """What was to be known after the close of a session, as the stage ``brief`` makes it.

    Takes about a second.

    Raises
    ------
    DocumentError
        Where there is no forecast of that date.
    """
    settings = snapshot.settings.brief.model_dump()
    return daily_brief(
        date,
        snapshot.version.benchmark,
        Tables(
            snapshot.predictions,
            snapshot.contributions,
            snapshot.regime_contributions,
            snapshot.baseline,
        ),
        snapshot.calendar,
        snapshot.documents,
        desk.assistant,
        asking=asking(settings),
        ahead_sessions=settings["ahead_sessions"],
    )


def told(snapshot: Snapshot, desk: Callable[[], Desk], date: pd.Timestamp) -> dict[str, Any]:
    """The same in the contract of ``daily_brief``; at once where the stage has made it.

    Parameters
    ----------
    snapshot : Snapshot
    desk : callable
        Loads what answers from documents, which takes seconds; not called where it is not needed.
    date : Timestamp

    Raises
    ------
    DocumentError
        Where there is no forecast of that date.
    """
    return stored(snapshot, date) or as_json(brief(snapshot, desk(), date))


def stored(snapshot: Snapshot, date: pd.Timestamp) -> dict[str, Any] | None:
    """The brief that the DAG wrote; None where it is of another session or of another run."""
    if f"{date:%Y-%m-%d}" != snapshot.version.as_of:
        return None
    try:
        found: dict[str, Any] = json.loads((snapshot.root / STORED).read_bytes())
    except (OSError, ValueError):
        return None
    # Read first and compared then: what another run wrote meanwhile has changed the lock.
    same = digest(lock_bytes(snapshot.root)) == snapshot.version.dvc_lock
    return found if same and found.get("date") == snapshot.version.as_of else None
