"""Every contender by name. ``conf/forecast`` has a leaf, and ``dvc.yaml`` a stage, for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlrisk.forecast.base import Contender, Learner
from mlrisk.forecast.boosted import Lightgbm, Xgboost
from mlrisk.forecast.linear import LogLinear
from mlrisk.forecast.naive import ScaledVolatility

ROSTER: Mapping[str, type[Contender]] = {
    "rv20": ScaledVolatility,
    "ewma": ScaledVolatility,
    "har": LogLinear,
    "har_vix": LogLinear,
    "lightgbm": Lightgbm,
    "xgboost": Xgboost,
}

LEARNERS = tuple(name for name, kind in ROSTER.items() if issubclass(kind, Learner))
"""Contenders that may be trained and served: ``model=`` takes one of these."""


def contender(name: str, settings: Mapping[str, Any]) -> Contender:
    """An unfitted contender.

    Parameters
    ----------
    name : str
        A name of the roster.
    settings : mapping
        The arguments of its class, with column names already resolved.
    """
    if name not in ROSTER:
        raise ValueError(f"unknown contender {name!r}; there are {', '.join(ROSTER)}")
    return ROSTER[name](**settings)


def learner(name: str, settings: Mapping[str, Any]) -> Learner:
    """An unfitted contender that may be served."""
    model = contender(name, settings)
    if not isinstance(model, Learner):
        raise ValueError(f"{name!r} cannot be served; there are {', '.join(LEARNERS)}")
    return model
