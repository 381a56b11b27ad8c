"""Kinds of fields, and what every body has in common."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from mlrisk.documents import interface
from mlrisk.documents.base import DocumentError

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(_DAY.pattern + r"([Tt ][0-9].{4,30})?")

EXAMPLE_DAY = "2025-10-24"


def _iso_day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("iso_day", "must be a day of the calendar such as 2025-10-24")


def _moment(value: str) -> str:
    try:
        if _MOMENT.fullmatch(value):
            interface.constraints({"as_of": value})
            return value
    except DocumentError:
        pass
    raise PydanticCustomError(
        "moment", "must be a day such as 2025-10-24 or a moment such as 2025-10-24T19:00:00Z"
    )


Day = Annotated[
    date, BeforeValidator(_iso_day), WithJsonSchema({"type": "string", "format": "date"})
]
Moment = Annotated[
    str,
    AfterValidator(_moment),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": name} for name in ("date", "date-time")]}
    ),
]
Positive = Annotated[float, Field(gt=0)]
Probability = Annotated[float, Field(ge=0, le=1)]
FeatureName = Annotated[str, StringConstraints(max_length=64)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Level = Literal["80", "90"]
Label = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Request(BaseModel):
    """A body: no field that is not described, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
