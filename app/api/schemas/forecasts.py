"""Forecasts: what is asked for, and what is told."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.api.schemas.fields import (
    EXAMPLE_DAY,
    Day,
    FeatureName,
    Level,
    Number,
    Positive,
    Probability,
    Request,
)


class PredictRequest(Request):
    """A forecast as it was published, or one from other values of the features."""

    as_of_date: Day | None = Field(
        None, description="A session that has a forecast; the latest by default.",
        examples=[EXAMPLE_DAY],
    )  # fmt: skip
    feature_vector: dict[FeatureName, Number | None] | None = Field(
        None,
        max_length=256,
        description=(
            "Values by feature, as GET /features lists them. A feature that is left out, or null, "
            "is that of the stored day. Without a vector the answer is the forecast as published."
        ),
        examples=[{"spy_vol_10d": 0.12, "vix": 19.4, "vix_term": 1.12, "cpi_yoy_z": 0.8}],
    )


class Interval(BaseModel):
    """Bounds of the volatility of the next five sessions, as a five-session move."""

    lower: Positive = Field(examples=[0.0068950709])
    upper: Positive = Field(examples=[0.023415295])


class RegimeProbs(BaseModel):
    """Probabilities of the regime of the next five sessions; they add up to one."""

    calm: Probability = Field(examples=[0.62498613])
    transition: Probability = Field(examples=[0.33813086])
    risk_off: Probability = Field(examples=[0.03688301])


class Figures(BaseModel):
    """A forecast."""

    model_config = ConfigDict(protected_namespaces=())

    rv_5d_hat: Positive = Field(
        description="Conditional mean of the volatility of the next five sessions, as a move over "
        "five sessions.",
        examples=[0.017623002],
    )
    regime_probs: RegimeProbs | None = Field(description="Null where no regime model is trained.")
    top_drivers: list[str] = Field(
        description="Features with the largest parts in the log variance, largest first.",
        examples=[["vix", "spy_vol_5d", "vix_ret_1d"]],
    )
    var_5d_hat: Positive = Field(
        description="Conditional mean of the variance; above the square of `rv_5d_hat` by Jensen's "
        "inequality.",
        examples=[0.00036617979],
    )
    rv_5d_hat_annualized: Positive = Field(
        description="`rv_5d_hat` times sqrt(252/5).", examples=[0.125110978]
    )
    intervals: dict[Level, Interval] = Field(
        description="By level in per cent; empty before enough errors were known."
    )
    regime_drivers: list[str] = Field(
        description="Features with the largest parts in the log-odds of risk-off against calm.",
        examples=[["vix_ret_1d", "vix", "vix_ret_5d"]],
    )
    model_version: str = Field(
        description="Content hash of the volatility model that made the forecast.",
        examples=["21cb01de9d9d7f12"],
    )
    regime_model_version: str = Field(
        description="The same of the regime model; empty where there is none.",
        examples=["aac81f45255a0841"],
    )


class Explained(Figures):
    """A forecast and its parts."""

    contributions: dict[str, float] = Field(
        description="Part of each feature, and `baseline`, in the logarithm of `var_5d_hat`; they "
        "add up to it."
    )
    regime_contributions: dict[str, float] = Field(
        description="The same in the log-odds of risk-off against calm; empty where there are no "
        "probabilities."
    )


class PredictAnswer(Explained):
    """A forecast, and what it was made from."""

    as_of_date: date = Field(description="Session at whose close it is made.")
    basis: Literal["stored", "what_if"] = Field(
        description="`stored`: the forecast as published. `what_if`: of the served models, from "
        "the vector."
    )
    filled: list[str] = Field(
        description="What the models read and the vector does not give: taken from the stored day, "
        "a null there among it. Empty for a stored forecast."
    )
    unused: list[str] = Field(description="Features of the vector that the models do not read.")
    extrapolated: list[str] = Field(
        description="Features whose values lie outside those that the models were trained on."
    )
    in_sample: bool = Field(
        description="Whether the models have learnt from data after `as_of_date`: then this is no "
        "forecast that could have been made at the time."
    )
    as_of: date = Field(description="Last session that is served; its fit is the served one.")


class Dated(BaseModel):
    """When a forecast was made."""

    date: date
    known_at: AwareDatetime = Field(
        description="22:00 UTC of the session: nothing later went into it.",
        examples=["2025-10-24T22:00:00Z"],
    )


class Published(Figures, Dated):
    """A forecast as it was published."""


class PublishedDay(Explained, Dated):
    """A forecast as it was published, and its parts."""


class Page(BaseModel):
    """Forecasts in order of time."""

    predictions: list[Published]
    count: int = Field(ge=0, le=1000)
    total: int = Field(ge=0, description="Forecasts between the two dates, on all pages.")
    next: str | None = Field(description="Address of the next page; null on the last.")
