"""Which values a feature may be given, and which ones the served models were trained on."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

REACH = 10
"""A value may lie this many times the width of history beyond its ends."""

_SHARE = r"(?:prob_cluster|downside_share|drawdown)_\w+"
_CORRELATION = r"(?:corr|sector_corr)_\w+"
_STRENGTH = r"rsi_\w+"
_SIZE = (
    r"\w+_(?:rv|vol|parkinson|garman_klass|rogers_satchell|yang_zhang|overnight_vol)_\d+d"
    r"|\w+_ewma_vol|vix(?:3m|9d)?|vvix|vix_term|vix9d_vix|(?:dist|days|sector_dispersion)_\w+"
)
_THRESHOLD = r"rv_(?:calm_below|risk_off_above)"
_DOMAINS = tuple(
    (re.compile(pattern), lower, upper)
    for pattern, lower, upper in (
        (_SHARE, 0.0, 1.0),
        (_CORRELATION, -1.0, 1.0),
        (_STRENGTH, 0.0, 100.0),
        (_SIZE, 0.0, math.inf),
        (_THRESHOLD, 1e-6, math.inf),
    )
)
_CODE = re.compile("regime_known|regime_cluster_id")


@dataclass(frozen=True)
class Span:
    """A closed range of values.

    Parameters
    ----------
    lower, upper : float
        Infinite where there is no bound.
    whole : bool
        Whether only whole numbers are meant: the number of a regime.
    """

    lower: float
    upper: float
    whole: bool = False

    def __contains__(self, value: float) -> bool:
        return self.lower <= value <= self.upper and not (self.whole and value != int(value))

    def __str__(self) -> str:
        number = "a whole number " if self.whole else ""
        return f"{number}from {self.lower:.6g} to {self.upper:.6g}"


def allowed(known: pd.DataFrame) -> dict[str, Span]:
    """What each feature may be given.

    A share lies within 0 and 1, a correlation within -1 and 1, and no volatility is negative. Apart
    from that a value may lie far beyond what was ever seen, but not so far that nothing but a wrong
    unit explains it.

    Parameters
    ----------
    known : DataFrame
        As ``Snapshot.known``.
    """
    values = known.drop(columns="date")
    lowest, highest = values.min(), values.max()
    found = {}
    for name in map(str, values):
        low, high = float(lowest[name]), float(highest[name])
        code = _CODE.fullmatch(name) is not None
        if math.isnan(low):
            low, high = -math.inf, math.inf
        elif not code:
            reach = REACH * (high - low)
            low, high = low - reach, high + reach
        first, last = domain(name)
        found[name] = Span(max(first, low), min(last, high), code)
    return found


def domain(name: str) -> tuple[float, float]:
    """What a feature can be by its definition."""
    for pattern, lower, upper in _DOMAINS:
        if pattern.fullmatch(name):
            return lower, upper
    return -math.inf, math.inf


def trained(known: pd.DataFrame, cards: Sequence[Mapping[str, Any]]) -> dict[str, Span]:
    """What the models have seen of each feature that they read, from null to null.

    Parameters
    ----------
    known : DataFrame
        As ``Snapshot.known``.
    cards : sequence of dict
        Of the served models.
    """
    dates = known["date"]
    found: dict[str, Span] = {}
    for member in (one for card in cards for one in _members(card)):
        window = member["trained_on"]
        rows = known[dates.between(window["first_label"], window["last_label"])]
        for name in member["features"]:
            if name not in rows or rows[name].isna().all():
                continue
            low, high = float(np.nanmin(rows[name])), float(np.nanmax(rows[name]))
            before = found.get(name, Span(low, high))
            found[name] = Span(min(low, before.lower), max(high, before.upper))
    return found


def _members(card: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "members" in card:
        yield from card["members"].values()
    else:
        yield card
