"""What a line of the track record says: a forecast, or later what came of it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

from mlrisk import calendar
from mlrisk.contracts.columns import TOLERANCE

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(min_length=1)]
Positive = Annotated[float, Field(gt=0)]
Loss = Annotated[float, Field(ge=0)]
Probability = Annotated[float, Field(ge=0, le=1)]


def known_at(session: date) -> datetime:
    """The information time of a session: nothing later is in its forecast."""
    return datetime.combine(session, time(), UTC) + calendar.INFORMATION_HOUR.to_pytimedelta()


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Intervals(_Part):
    """80 % and 90 % prediction intervals of ``rv_5d``, units of a five-session move."""

    lo_80: Positive
    hi_80: Positive
    lo_90: Positive
    hi_90: Positive

    @model_validator(mode="after")
    def _nested(self) -> Intervals:
        if not self.lo_90 <= self.lo_80 <= self.hi_80 <= self.hi_90:
            raise ValueError("must be lo_90 <= lo_80 <= hi_80 <= hi_90")
        return self


class RegimeProbs(_Part):
    """Probabilities of the regimes of the next five sessions."""

    calm: Probability
    transition: Probability
    risk_off: Probability

    @model_validator(mode="after")
    def _adds_up(self) -> RegimeProbs:
        total = self.calm + self.transition + self.risk_off
        if abs(total - 1) > TOLERANCE:
            raise ValueError(f"must add up to one; the sum is {total:.8g}")
        return self


class Statement(_Part):
    """A forecast as the DAG has it, and what it is scored against.

    Parameters
    ----------
    source, benchmark : str
        The series: forecasts of two sources, or of two benchmarks, are never mixed.
    date : date
        The session at whose close it was made.
    rv_5d_hat, var_5d_hat : float
        Five-session volatility, and its variance, which QLIKE scores.
    var_5d_rv20 : float
        Variance that RV20 forecasts at the same close.
    """

    source: Name
    benchmark: Name
    date: date
    rv_5d_hat: Positive
    var_5d_hat: Positive
    intervals: Intervals | None
    regime_probs: RegimeProbs | None
    top_drivers: list[Name]
    var_5d_rv20: Positive
    model: Name
    model_version: Name
    regime_model_version: Name | None

    def made_by(self) -> tuple[str, str, str | None]:
        """The models: with the same ones, only restated inputs make another forecast."""
        return self.model, self.model_version, self.regime_model_version


class _Link(_Part):
    """What makes a line a link of the chain.

    Parameters
    ----------
    seq : int
        Number of the line, from 0.
    as_of : date
        The last session whose data the repository had when the line was appended.
    revision : int
        0 for what was said first of a date, 1 for what took its place, and so on.
    previous, hash : str
        SHA-256 of the line before and of this one, as ``chain`` takes it.
    """

    seq: NonNegativeInt
    as_of: date
    revision: NonNegativeInt
    previous: Digest
    hash: Digest


class Forecast(Statement, _Link):
    """A forecast that was published.

    Parameters
    ----------
    known_at : datetime
        22:00 UTC of the session: nothing later is in it.
    late : bool
        It was appended when a later session was known already.
    """

    kind: Literal["forecast"] = "forecast"
    known_at: datetime
    late: bool

    @model_validator(mode="after")
    def _known_at_the_close(self) -> Forecast:
        if self.known_at != known_at(self.date):
            raise ValueError(f"known_at must be {known_at(self.date):%Y-%m-%dT%H:%M:%SZ}")
        return self

    def statement(self) -> Statement:
        """What was said, without its place in the record."""
        return Statement.model_construct(
            **{name: getattr(self, name) for name in Statement.model_fields}
        )


class Running(_Part):
    """Mean losses of the forecasts in time of a series, up to and with a line.

    Parameters
    ----------
    n : int
    qlike, qlike_rv20 : float
        Of what was published, and of RV20 on the same dates.
    """

    n: Annotated[int, Field(ge=1)]
    qlike: Loss
    qlike_rv20: Loss


class Realisation(_Link):
    """What came of a forecast.

    Parameters
    ----------
    forecast : int
        ``seq`` of the forecast that is scored: the first of its date.
    rv_5d : float
        Volatility of the five sessions after ``date``.
    regime_5d : str, optional
        The regime they were.
    qlike, qlike_rv20 : float
        Losses of ``var_5d_hat`` and of ``var_5d_rv20``.
    within_80, within_90 : bool, optional
        Whether ``rv_5d`` lay within the intervals; null where there were none.
    running : Running, optional
        Null on a line that does not enter: of a late forecast, or of a restated outcome.
    """

    kind: Literal["realisation"] = "realisation"
    source: Name
    benchmark: Name
    date: date
    forecast: NonNegativeInt
    rv_5d: Positive
    regime_5d: Literal["calm", "transition", "risk_off"] | None
    qlike: Loss
    qlike_rv20: Loss
    within_80: bool | None
    within_90: bool | None
    running: Running | None


Event = Forecast | Realisation
Series = tuple[str, str]
"""Source and benchmark."""

_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def parse(line: bytes) -> Event:
    """The event of a line.

    Raises
    ------
    pydantic.ValidationError
        Where the line is no JSON or not the fields of an event.
    """
    return _EVENT.validate_json(line, strict=True)


def series(event: Statement | Event) -> Series:
    """The series that an event belongs to."""
    return event.source, event.benchmark


def statement(row: Mapping[Hashable, Any], context: Mapping[str, Any], rv20: float) -> Statement:
    """A row of ``predictions_daily`` as a statement.

    Parameters
    ----------
    row : mapping
        Columns of ``contracts.PREDICTIONS_DAILY``.
    context : mapping
        ``source``, ``benchmark`` and ``model``, which the row does not name.
    rv20 : float
        Variance that RV20 forecasts at the same close.
    """
    bounds = {name: row[f"rv_5d_{name}"] for name in Intervals.model_fields}
    chances = {name: row[f"regime_probs.{name}"] for name in RegimeProbs.model_fields}
    return Statement(
        **context,
        date=pd.Timestamp(row["date"]).date(),
        rv_5d_hat=float(row["rv_5d_hat"]),
        var_5d_hat=float(row["var_5d_hat"]),
        intervals=_whole(Intervals, bounds),
        regime_probs=_whole(RegimeProbs, chances),
        top_drivers=list(row["top_drivers"]),
        var_5d_rv20=float(rv20),
        model_version=row["model_version"],
        regime_model_version=row["regime_model_version"] or None,
    )


def _whole(part: type[Any], values: Mapping[str, Any]) -> Any:
    if any(pd.isna(value) for value in values.values()):
        return None
    return part(**{name: float(value) for name, value in values.items()})
