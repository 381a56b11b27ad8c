"""A forecast as it was published, or what the served models say of other values.

What is stored is repeated to the last bit. A vector is completed from the stored day, and answered
by the one pair of models that is served, whatever the date: they have learnt from all that came
before ``as_of``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from difflib import get_close_matches
from math import isfinite
from typing import Any, get_args

import numpy as np

from app.api.problems import FieldError, ProblemError, pointer
from app.api.schemas import (
    Interval,
    Level,
    PredictAnswer,
    PredictRequest,
    Published,
    PublishedDay,
    RegimeProbs,
)
from app.api.service import Service
from app.faces.day import ANNUAL
from mlrisk.calendar import INFORMATION_HOUR
from mlrisk.regime_forecast.base import CALM_BELOW, RISK_OFF_ABOVE
from mlrisk.rounding import round_significant
from mlrisk.serving import PROBABILITIES, Forecast, RowError

VECTOR = "feature_vector"
_CLOSE = 3
"""Known names that an unknown one is answered with, at most."""
_JUDGED = 10
"""Unknown names that close ones are sought for: it takes a millisecond each."""


def answer(service: Service, asked: PredictRequest) -> PredictAnswer:
    """The answer to a request.

    Parameters
    ----------
    service : Service
    asked : PredictRequest

    Raises
    ------
    ProblemError
        Where the date has no forecast, a feature is unknown, a value cannot be its feature's, or
        the models have no forecast for the vector.
    """
    day = service.session(asked.as_of_date)
    if asked.feature_vector is None:
        return PredictAnswer(
            **_explained(service, day),
            as_of_date=day,
            basis="stored",
            filled=[],
            unused=[],
            extrapolated=[],
            in_sample=False,
            as_of=service.last,
        )
    given = {name: value for name, value in asked.feature_vector.items() if value is not None}
    require_known(service, asked.feature_vector)
    require_allowed(service, given)
    return _what_if(service, day, given)


def require_known(service: Service, names: Mapping[str, Any]) -> None:
    """Raise unless each name is that of a feature; close names are told."""
    unknown = [name for name in names if name not in service.allowed]
    if not unknown:
        return
    errors = []
    for name in unknown[:_JUDGED]:
        close = get_close_matches(name.lower(), service.allowed, _CLOSE)
        said = f"no such feature{'; close to ' + ', '.join(close) if close else ''}"
        errors.append(FieldError(pointer(VECTOR, name), said, members={"close": close}))
    more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
    raise ProblemError("unknown-feature", f"There is no feature {unknown[0]}{more}.", errors)


def require_allowed(service: Service, given: Mapping[str, float]) -> None:
    """Raise unless each value can be its feature's."""
    errors = [
        FieldError(pointer(VECTOR, name), f"must be {service.allowed[name]}", value)
        for name, value in given.items()
        if value not in service.allowed[name]
    ]
    if errors:
        shown = ", ".join(
            name for name, value in given.items() if value not in service.allowed[name]
        )
        raise ProblemError(
            "value-out-of-bounds", f"Not within what the feature can be: {shown}.", errors
        )


def published(service: Service, day: date) -> Published:
    """The forecast of a session as it was published."""
    return Published(**_figures(service, day), date=day, known_at=known_at(day))


def published_day(service: Service, day: date) -> PublishedDay:
    """The same and its parts."""
    return PublishedDay(**_explained(service, day), date=day, known_at=known_at(day))


def known_at(day: date) -> datetime:
    """22:00 UTC of a session."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + INFORMATION_HOUR.to_pytimedelta()


def _what_if(service: Service, day: date, given: Mapping[str, float]) -> PredictAnswer:
    served = service.served
    row = {**service.known.row(day), **given}
    _require_ordered(row, given)
    try:
        made = served.forecast(row)
    except RowError:
        raise ProblemError(
            "no-forecast",
            f"{day} lacks values that no model can do without.",
            [
                FieldError(pointer(VECTOR, name), "has no value on that day; give one")
                for name in served.inputs
                if row[name] is None
            ],
        ) from None
    except ArithmeticError:
        made = None
    if made is None or not _is_finite(made):
        far = [name for name in given if _is_outside(service, name, row[name])]
        raise ProblemError(
            "no-forecast",
            "The models' answer to this vector is no finite number.",
            [FieldError(pointer(VECTOR, name), "far from all that was seen") for name in far],
        )
    stored = service.predictions.row(day)
    return PredictAnswer(
        rv_5d_hat=made.rv_5d_hat,
        regime_probs=RegimeProbs(**made.regime_probs) if made.regime_probs else None,
        top_drivers=made.top_drivers,
        var_5d_hat=made.var_5d_hat,
        rv_5d_hat_annualized=made.rv_5d_hat * ANNUAL,
        intervals=_scaled(stored, made.rv_5d_hat),
        regime_drivers=made.regime_drivers,
        model_version=made.model_version,
        regime_model_version=made.regime_model_version,
        contributions=made.contributions,
        regime_contributions=made.regime_contributions,
        as_of_date=day,
        basis="what_if",
        filled=[name for name in served.reads if name not in given],
        unused=[name for name in given if name not in served.reads],
        extrapolated=[name for name in served.reads if _is_outside(service, name, row[name])],
        in_sample=not _is_of(made, stored),
        as_of=service.last,
    )


def _require_ordered(row: Mapping[str, Any], given: Mapping[str, float]) -> None:
    low, high = row.get(CALM_BELOW), row.get(RISK_OFF_ABOVE)
    if low is None or high is None or low <= high:
        return
    errors = [
        FieldError(pointer(VECTOR, name), f"{CALM_BELOW} lies above {RISK_OFF_ABOVE}", given[name])
        for name in (CALM_BELOW, RISK_OFF_ABOVE)
        if name in given
    ]
    raise ProblemError(
        "contradiction", f"{CALM_BELOW} = {low} lies above {RISK_OFF_ABOVE} = {high}.", errors
    )


def _is_outside(service: Service, name: str, value: float | None) -> bool:
    span = service.trained.get(name)
    return span is not None and value is not None and value not in span


def _is_of(made: Forecast, stored: Mapping[str, Any]) -> bool:
    """Whether the day's forecast was published by this very fit: it has learnt nothing since."""
    return (made.model_version, made.regime_model_version) == (
        stored["model_version"],
        stored["regime_model_version"],
    )


def _is_finite(made: Forecast) -> bool:
    sizes = (made.rv_5d_hat, made.var_5d_hat)
    parts = (
        *made.contributions.values(),
        *made.regime_contributions.values(),
        *(made.regime_probs or {}).values(),
    )
    return all(isfinite(size) and size > 0 for size in sizes) and all(map(isfinite, parts))


def _figures(service: Service, day: date) -> dict[str, Any]:
    row = service.predictions.row(day)
    return {
        "rv_5d_hat": row["rv_5d_hat"],
        "regime_probs": _probabilities(row),
        "top_drivers": row["top_drivers"],
        "var_5d_hat": row["var_5d_hat"],
        "rv_5d_hat_annualized": row["rv_5d_hat"] * ANNUAL,
        "intervals": _intervals(row),
        "regime_drivers": row["regime_drivers"],
        "model_version": row["model_version"],
        "regime_model_version": row["regime_model_version"],
    }


def _explained(service: Service, day: date) -> dict[str, Any]:
    return {
        **_figures(service, day),
        "contributions": _parts(service.contributions.row(day)),
        "regime_contributions": _parts(service.regime_contributions.row(day)),
    }


def _parts(row: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in row.items() if value is not None}


def _probabilities(row: Mapping[str, Any]) -> RegimeProbs | None:
    found = {name: row[column] for name, column in PROBABILITIES.items()}
    return None if None in found.values() else RegimeProbs(**found)


def _intervals(row: Mapping[str, Any]) -> dict[Level, Interval]:
    bounds = {
        level: (row[f"rv_5d_lo_{level}"], row[f"rv_5d_hi_{level}"]) for level in get_args(Level)
    }
    return {
        level: Interval(lower=lower, upper=upper)
        for level, (lower, upper) in bounds.items()
        if lower is not None
    }


def _scaled(stored: Mapping[str, Any], rv_5d_hat: float) -> dict[Level, Interval]:
    """The stored day's intervals around another forecast.

    A bound is the forecast times a quantile of past ratios of realised to forecast volatility
    (``mlrisk/forecast/intervals.py``), and the quantile is the day's, whatever is forecast: bounds
    are to forecast as they were.
    """
    factor = rv_5d_hat / stored["rv_5d_hat"]
    bounds = _intervals(stored)
    ends = [end * factor for one in bounds.values() for end in (one.lower, one.upper)]
    # As precise as the stored ones: the stored forecast has the stored bounds, to the last bit.
    places = iter(round_significant(np.array(ends)).tolist())
    return {level: Interval(lower=next(places), upper=next(places)) for level in bounds}
