"""How early a probability warns: alarms held against the spells that they are to announce.

A label dated *t* is of the sessions *t+1..t+h*. A **spell** of an event is a run of such labels,
with gaps of less than *h* sessions filled, since labels that near to each other share sessions. It
begins with the label dated *s*, and is known to have begun at *s + h*, when the last session of
that label has closed. There is an **alarm** where the probability is at least a threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

SESSIONS_PER_YEAR = 252


@dataclass(frozen=True)
class LeadTimes:
    """What alarms were worth.

    Parameters
    ----------
    spells : int
        Those whose whole time of warning lies within the sessions looked at.
    warned : int
        Spells with an alarm in the ``reach`` sessions before they were known.
    missed : int
        Spells without.
    median_lead, mean_lead : float
        Sessions from the first alarm in that time until the spell was known, over the warned; null
        without one. More than the horizon is an alarm before the first label of the spell.
    false_alarms_a_year : float
        Runs of alarms (gaps of less than the horizon filled) none of whose own labels is of the
        event.
    """

    spells: int
    warned: int
    missed: int
    median_lead: float
    mean_lead: float
    false_alarms_a_year: float


def lead_times(
    probability: FloatArray, event: BoolArray, threshold: float, horizon: int, reach: int
) -> LeadTimes:
    """How many sessions before a spell is known its probability first reached a threshold.

    Parameters
    ----------
    probability : array of shape (n_sessions,)
        Of the event over the next ``horizon`` sessions, a row for each session in order, as stored;
        null is no alarm.
    event : array of bool, shape (n_sessions,)
        Whether the label of that date is of the event.
    threshold : float
    horizon : int
        Sessions that a label looks ahead.
    reach : int
        Sessions before a spell is known in which an alarm counts for it; one that was raised
        earlier and still stands counts from the beginning of that time.
    """
    alarm = np.nan_to_num(probability, nan=-1.0) >= threshold
    known = spans_of(event, horizon)[:, 0] + horizon
    # One that is on when the sessions begin has no beginning, and the last may not be known yet.
    whole = known[(known - horizon > 0) & (known >= reach) & (known <= len(event))]
    leads = []
    for day in whole.tolist():
        before = np.flatnonzero(alarm[day - reach : day])
        if len(before):
            leads.append(reach - int(before[0]))
    runs = spans_of(alarm, horizon)
    false = sum(not event[first : last + 1].any() for first, last in runs.tolist())
    return LeadTimes(
        spells=len(whole),
        warned=len(leads),
        missed=len(whole) - len(leads),
        median_lead=float(np.median(leads)) if leads else float("nan"),
        mean_lead=float(np.mean(leads)) if leads else float("nan"),
        false_alarms_a_year=false * SESSIONS_PER_YEAR / len(event),
    )


def spans_of(flag: BoolArray, horizon: int) -> IntArray:
    """First and last place of each run of true, gaps of less than ``horizon`` filled; (n, 2)."""
    places = np.flatnonzero(flag)
    if not len(places):
        return np.empty((0, 2), dtype=np.int64)
    apart = np.flatnonzero(np.diff(places) > horizon)
    first = places[np.concatenate([[0], apart + 1])]
    last = places[np.concatenate([apart, [len(places) - 1]])]
    return np.column_stack([first, last])
