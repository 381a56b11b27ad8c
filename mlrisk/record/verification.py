"""Whether every line says what the rules make of the lines before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from mlrisk import calendar
from mlrisk.record.chain import Finding
from mlrisk.record.events import Event, Forecast, Realisation, Series, Statement, series
from mlrisk.record.ledger import LOSS_DECIMALS, Ledger, Outcome, outcome_known

_LAST_BIT = 1.5 * 10.0**-LOSS_DECIMALS
"""How far a loss may be from one that another processor has rounded."""

_RULES = {
    "revision": "revision",
    "late": "late",
    "forecast": "order",
    "qlike": "losses",
    "qlike_rv20": "losses",
    "within_80": "intervals",
    "within_90": "intervals",
    "running": "running",
}
"""Derived fields, and the rule that each stands under."""

_Complaint = tuple[str, str]


def verify(events: Sequence[Event]) -> list[Finding]:
    """Derive every line anew from the lines before it.

    Parameters
    ----------
    events : sequence of Event
        Of a chain without findings.

    Returns
    -------
    list of Finding
        Rules ``session``, ``look-ahead``, ``order``, ``revision``, ``late``, ``losses``,
        ``intervals`` and ``running``, in the order of the lines.
    """
    ledger = Ledger()
    findings = []
    for number, event in enumerate(events, 1):
        check = _forecast if isinstance(event, Forecast) else _realisation
        for rule, detail in _told(check, event, ledger):
            findings.append(Finding(number, rule, detail, event.seq, event.date.isoformat()))
        ledger.add(event)
    return findings


def against(
    events: Sequence[Event],
    key: Series,
    statements: Mapping[date, Statement],
    outcomes: Mapping[date, Outcome],
) -> tuple[list[Finding], int]:
    """Hold the last word on each date of a series against what the DAG has, bit for bit.

    A forecast that another model made than the one that the DAG now has for its date is left aside.

    Returns
    -------
    findings : list of Finding
        Rule ``data``.
    compared : int
        How many forecasts were.
    """
    findings: list[Finding] = []
    compared = 0
    for there in Ledger(events).dates(key).values():
        forecast = there.forecasts[-1] if there.forecasts else None
        now = statements.get(forecast.date) if forecast else None
        if forecast and now and forecast.made_by() == now.made_by():
            compared += 1
            findings += _unlike(forecast, forecast.statement().model_dump(), now.model_dump())
        outcome = there.realisations and outcomes.get(there.realisations[-1].date)
        if outcome:
            last = there.realisations[-1]
            findings += _unlike(last, {n: getattr(last, n) for n in vars(outcome)}, vars(outcome))
    return sorted(findings, key=lambda finding: finding.line), compared


def _unlike(event: Event, on_record: Mapping[str, Any], now: Mapping[str, Any]) -> list[Finding]:
    return [
        Finding(
            event.seq + 1,
            "data",
            f"{name} is {on_record[name]!r} on record and {now[name]!r} in the DAG's data. Where "
            "its inputs were restated, `mlrisk publish` puts that on record.",
            event.seq,
            event.date.isoformat(),
        )
        for name in now
        if on_record[name] != now[name]
    ]


def _told(
    check: Callable[[Any, Ledger], list[_Complaint]], event: Event, ledger: Ledger
) -> list[_Complaint]:
    try:
        for day in (event.date, event.as_of):
            _require_session(day)
        return check(event, ledger)
    except calendar.CalendarError as error:
        return [("session", str(error))]


@cache
def _require_session(day: date) -> None:
    calendar.require_session(day)


def _forecast(event: Forecast, ledger: Ledger) -> list[_Complaint]:
    if event.as_of < event.date:
        return [("look-ahead", f"appended as of {event.as_of}, before its own session")]
    there = ledger.dates(series(event)).get(event.date)
    said = event.statement()
    complaints = _derived(event, ledger.forecast(said, event.as_of))
    if there and there.forecasts and there.forecasts[-1].statement() == said:
        complaints.append(("revision", f"says what line {there.forecasts[-1].seq + 1} says"))
    return complaints


def _realisation(event: Realisation, ledger: Ledger) -> list[_Complaint]:
    known = outcome_known(event.date)
    if event.as_of < known:
        return [("look-ahead", f"appended as of {event.as_of}; it is known on {known:%Y-%m-%d}")]
    outcome = Outcome(event.rv_5d, event.regime_5d)
    expected = ledger.realisation(series(event), event.date, outcome, event.as_of)
    if expected is None:
        return [("order", "no forecast of that date stands before it")]
    complaints = _derived(event, {k: v for k, v in expected.items() if k != "running"})
    # Of the losses as they stand: one that is wrong is told on its own line, and not on each after.
    enters = expected["running"] is not None
    running = ledger.running(series(event), event.qlike, event.qlike_rv20) if enters else None
    if event.running != running:
        shown = [None if one is None else one.model_dump() for one in (event.running, running)]
        complaints.append(("running", f"{shown[0]} where the lines so far give {shown[1]}"))
    there = ledger.dates(series(event))[event.date]
    if there.realisations and (there.realisations[-1].rv_5d, there.realisations[-1].regime_5d) == (
        event.rv_5d,
        event.regime_5d,
    ):
        complaints.append(("revision", f"says what line {there.realisations[-1].seq + 1} says"))
    return complaints


def _derived(event: Event, expected: Mapping[str, Any]) -> list[_Complaint]:
    complaints = []
    for name, rule in _RULES.items():
        if name not in expected:
            continue
        found, wanted = getattr(event, name), expected[name]
        near = rule == "losses" and abs(found - wanted) <= _LAST_BIT
        if found != wanted and not near:
            complaints.append((rule, f"{name} is {found} where the lines so far give {wanted}"))
    return complaints
