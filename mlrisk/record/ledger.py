"""What the lines so far say, and what the next one has to say by the rules.

The same derivation writes a line and checks it: a line is right when deriving it again, from the
lines before it alone, gives the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from mlrisk import calendar
from mlrisk.evaluation import losses
from mlrisk.record.events import (
    Event,
    Forecast,
    Intervals,
    Realisation,
    Running,
    Series,
    Statement,
    known_at,
    series,
)
from mlrisk.targets import HORIZON

LOSS_DECIMALS = 8
"""Coarse enough that the last bits of a logarithm, in which processors differ, do not show."""

_LONGEST = pd.Timedelta(days=21)
"""In which there have always been ``HORIZON`` sessions, closures of the exchange included."""


@dataclass(frozen=True)
class Outcome:
    """What came of a session's forecast, as ``labels_daily`` has it."""

    rv_5d: float
    regime_5d: str | None


@dataclass
class Dates:
    """What is on record of one date of a series, first version first."""

    forecasts: list[Forecast] = field(default_factory=list)
    realisations: list[Realisation] = field(default_factory=list)


@dataclass
class _Account:
    """One series: its dates, how far its data ever went, and the losses of those in time."""

    dates: dict[date, Dates] = field(default_factory=dict)
    as_of: date = date.min
    n: int = 0
    qlike: Fraction = Fraction(0)
    qlike_rv20: Fraction = Fraction(0)

    def running(self, qlike: float, qlike_rv20: float) -> Running:
        """The mean losses with one more pair; the sums are exact, in whatever order they grew."""
        n = self.n + 1
        return Running(
            n=n,
            qlike=_rounded(float((self.qlike + Fraction(qlike)) / n)),
            qlike_rv20=_rounded(float((self.qlike_rv20 + Fraction(qlike_rv20)) / n)),
        )


class Ledger:
    """The lines so far, by series and date.

    Parameters
    ----------
    events : iterable of Event
        In the order of the file.
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._accounts: dict[Series, _Account] = {}
        for event in events:
            self.add(event)

    def dates(self, key: Series) -> dict[date, Dates]:
        """What is on record of a series, by date in the order of the file."""
        return self._account(key).dates

    def add(self, event: Event) -> None:
        """Take the next line in, as it stands."""
        account = self._account(series(event))
        account.as_of = max(account.as_of, event.as_of)
        versions = account.dates.setdefault(event.date, Dates())
        if isinstance(event, Forecast):
            versions.forecasts.append(event)
            return
        versions.realisations.append(event)
        if event.running is not None:
            account.n += 1
            account.qlike += Fraction(event.qlike)
            account.qlike_rv20 += Fraction(event.qlike_rv20)

    def forecast(self, said: Statement, as_of: date) -> dict[str, Any]:
        """The line of a forecast that is appended now, but for its place in the chain.

        Parameters
        ----------
        said : Statement
        as_of : date
            Last session whose data the appending run has. A forecast is late where that, or what
            an earlier line of its series had, goes beyond its own session.
        """
        account = self._account(series(said))
        there = account.dates.get(said.date, Dates())
        return said.model_dump(mode="json") | {
            "kind": "forecast",
            "as_of": as_of.isoformat(),
            "known_at": f"{known_at(said.date):%Y-%m-%dT%H:%M:%SZ}",
            "revision": len(there.forecasts),
            "late": max(as_of, account.as_of) > said.date,
        }

    def realisation(
        self, key: Series, day: date, outcome: Outcome, as_of: date
    ) -> dict[str, Any] | None:
        """The line of what came of a forecast; null where none of that date is on record.

        The forecast that is scored is the first of its date. Running figures are of first outcomes
        of forecasts that were in time.
        """
        account = self._account(key)
        there = account.dates.get(day)
        if there is None or not there.forecasts:
            return None
        scored = there.forecasts[0]
        enters = not scored.late and not there.realisations
        qlike = loss(outcome.rv_5d, scored.var_5d_hat)
        qlike_rv20 = loss(outcome.rv_5d, scored.var_5d_rv20)
        running = account.running(qlike, qlike_rv20) if enters else None
        return {
            "kind": "realisation",
            "source": scored.source,
            "benchmark": scored.benchmark,
            "date": day.isoformat(),
            "as_of": as_of.isoformat(),
            "revision": len(there.realisations),
            "forecast": scored.seq,
            "rv_5d": outcome.rv_5d,
            "regime_5d": outcome.regime_5d,
            "qlike": qlike,
            "qlike_rv20": qlike_rv20,
            **covered(scored.intervals, outcome.rv_5d),
            "running": None if running is None else running.model_dump(),
        }

    def running(self, key: Series, qlike: float, qlike_rv20: float) -> Running:
        """The running figures of a series with one more pair of losses."""
        return self._account(key).running(qlike, qlike_rv20)

    def _account(self, key: Series) -> _Account:
        return self._accounts.setdefault(key, _Account())


def loss(rv: float, variance_hat: float) -> float:
    """QLIKE of one forecast, to 1e-8."""
    return _rounded(float(losses.qlike(np.array([rv * rv]), np.array([variance_hat]))[0]))


def covered(intervals: Intervals | None, rv: float) -> dict[str, bool | None]:
    """Whether a volatility lay within the intervals, bounds included."""
    if intervals is None:
        return {"within_80": None, "within_90": None}
    return {
        "within_80": intervals.lo_80 <= rv <= intervals.hi_80,
        "within_90": intervals.lo_90 <= rv <= intervals.hi_90,
    }


@cache
def outcome_known(day: date) -> date:
    """The session at whose close the five sessions after ``day`` are known.

    Raises
    ------
    CalendarError
        Where ``day`` is no session.
    """
    session = calendar.require_session(day)
    return calendar.sessions(session, session + _LONGEST)[HORIZON].date()


def _rounded(value: float) -> float:
    # A forecast that was met exactly has a loss of zero, not of minus a last bit.
    return max(0.0, float(f"{value:.{LOSS_DECIMALS}f}"))
