"""What a brief may state: values by the name of their field, and how each is written."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from mlrisk.documents.base import DocumentError

SESSIONS_A_YEAR, HORIZON = 252, 5
MOMENT = "%A %-d %B %Y, %H:%M UTC"

Value = float | pd.Timestamp
Facts = Mapping[tuple[str, str], Value]
"""Values by field and by the date (ISO) of the row that holds it; of an event, the event's own."""


@dataclass(frozen=True)
class Unit:
    """How a field's value is shown.

    Parameters
    ----------
    shown : callable
        From the field's value to the number that is written, a percentage.
    decimals : int
    sign : bool
        Whether a plus is written.
    """

    shown: Callable[[float], float]
    decimals: int
    sign: bool = False


UNITS: Mapping[str, Unit] = {
    "annualised": Unit(lambda value: 100 * math.sqrt(SESSIONS_A_YEAR / HORIZON) * value, 1),
    "move": Unit(lambda value: 100 * value, 2),
    "per_cent": Unit(lambda value: value, 1),
    "probability": Unit(lambda value: 100 * value, 0),
    "effect": Unit(lambda value: 100 * math.expm1(value / 2), 1, sign=True),
    "odds": Unit(lambda value: 100 * math.expm1(value), 0, sign=True),
}
"""``annualised`` and ``move``: a five-session volatility, a year and as it is; ``effect``: a part
of log variance as what it alone does to volatility; ``odds``: a part of log-odds likewise."""


@dataclass(frozen=True)
class Figure:
    """A value as it is written.

    Parameters
    ----------
    text : str
    field : str
        Name of the field that holds it.
    of : str
        ISO date of the row.
    unit : str
        One of ``UNITS``, or ``moment``.
    """

    text: str
    field: str
    of: str
    unit: str


def figure(facts: Facts, field: str, of: str, unit: str) -> Figure:
    """A field's value in the precision of its unit; every number of a brief is written here."""
    value = facts[field, of]
    if isinstance(value, pd.Timestamp):
        return Figure(value.strftime(MOMENT), field, of, "moment")
    how = UNITS[unit]
    # Minus zero is zero.
    number = round(how.shown(value), how.decimals) + 0.0
    return Figure(f"{number:{'+' if how.sign else ''}.{how.decimals}f}%", field, of, unit)


def require_stated(said: Figure, facts: Facts) -> None:
    """Raise unless the written text, read back, is its field's value at the stated precision."""
    value = facts.get((said.field, said.of))
    if value is None:
        raise DocumentError(
            f"the brief states {said.text!r} for {said.field} of {said.of}, which has no value"
        )
    if isinstance(value, pd.Timestamp):
        same = pd.Timestamp(pd.to_datetime(said.text, format="%A %d %B %Y, %H:%M UTC")) == (
            value.tz_convert("UTC").tz_localize(None).floor("min")
        )
    else:
        decimals = len(said.text.rstrip("%").partition(".")[2])
        shown = UNITS[said.unit].shown(value)
        # Half of the last digit that is written, and the rounding of a double.
        same = abs(float(said.text.rstrip("%")) - shown) <= 0.5 * 10**-decimals + 1e-9
    if not same:
        raise DocumentError(
            f"the brief states {said.text!r} for {said.field} of {said.of}, which is {value}; "
            "figures are written by `figure` alone"
        )
