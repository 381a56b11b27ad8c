"""The macro calendar as it was announced by the information time of a session."""

from __future__ import annotations

import pandas as pd

from mlrisk.calendar import INFORMATION_HOUR, first_session_informed, sessions
from mlrisk.documents.brief.bullets import Bullet, stated
from mlrisk.documents.brief.figures import HORIZON, figure
from mlrisk.documents.brief.words import EVENTS

AHEAD = "Ahead"
_A_SESSION_AT_MOST = pd.Timedelta(days=5)
"""More than a session takes on average over any two of them, closures of a week included."""


def events(announcements: pd.DataFrame, session: pd.Timestamp, count: int) -> pd.DataFrame:
    """Events that stand on the schedule for the ``count`` sessions after one.

    Parameters
    ----------
    announcements : DataFrame
        As ``contracts.RAW_CALENDAR``.
    session : Timestamp
    count : int

    Returns
    -------
    DataFrame
        Columns event, event_datetime and ahead (1 for the session after), in order of time.

    Warnings
    --------
    What was announced, moved or taken off the schedule after 22:00 UTC of ``session`` is not known.
    """
    known_by = session.tz_localize("UTC") + INFORMATION_HOUR
    rows = announcements[
        (announcements["known_from"] <= known_by) & (announcements["event_datetime"] > known_by)
    ]
    last = rows.sort_values("known_from", kind="stable").groupby(["event_datetime", "event"])
    stands = last["status"].last().rename("status").reset_index()
    stands = stands[stands["status"] == "scheduled"].reset_index(drop=True)
    following = sessions(session, session + (count + 1) * _A_SESSION_AT_MOST)[1 : count + 1]
    on = first_session_informed(stands["event_datetime"])
    stands = stands.assign(ahead=following.get_indexer(pd.DatetimeIndex(on)) + 1)
    return stands.loc[stands["ahead"] > 0, ["event", "event_datetime", "ahead"]]


def facts_of(coming: pd.DataFrame) -> dict[tuple[str, str], pd.Timestamp]:
    """The moment of each event, by its field and date."""
    pairs = zip(coming["event"], coming["event_datetime"], strict=True)
    return {(f"calendar.{event}", f"{moment:%Y-%m-%d}"): moment for event, moment in pairs}


def bullets(coming: pd.DataFrame) -> list[Bullet]:
    """A statement per event, with a word on whether it falls within the forecast."""
    facts = facts_of(coming)
    found = []
    for event, moment, ahead in coming.itertuples(index=False):
        said = figure(facts, f"calendar.{event}", f"{moment:%Y-%m-%d}", "moment")
        within = ", within the forecast" if ahead <= HORIZON else ""
        found.append(stated(AHEAD, f"{{}}: {EVENTS[event]}{within}.", [said]))
    if not found:
        found = [stated(AHEAD, "Nothing is on the schedule.", [], "calendar")]
    return found
