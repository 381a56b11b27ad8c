"""The day's forecast as a source beside the documents: which field means what, stated how."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import pandas as pd

from mlrisk.calendar import INFORMATION_HOUR
from mlrisk.documents.answer.figures import Figure, figures, supported
from mlrisk.documents.base import Claim

Prediction = Mapping[str, object]

FIELDS = {
    "date": "the last closed session, at whose close the forecast is made",
    "rv_5d_hat": "forecast of realised volatility over the next five sessions, as a move of five "
    "sessions",
    "var_5d_hat": "forecast of realised variance over the next five sessions",
    "rv_5d_lo_80": "lower end of the 80 percent prediction interval of volatility",
    "rv_5d_hi_80": "upper end of the 80 percent prediction interval of volatility",
    "rv_5d_lo_90": "lower end of the 90 percent prediction interval of volatility",
    "rv_5d_hi_90": "upper end of the 90 percent prediction interval of volatility",
    "regime_probs.calm": "probability of a calm regime over the next five sessions",
    "regime_probs.transition": "probability of a transition regime over the next five sessions",
    "regime_probs.risk_off": "probability of a risk-off regime over the next five sessions",
    "top_drivers": "largest drivers of the volatility forecast, the reasons why it is what it is",
    "regime_drivers": "largest drivers of the regime probabilities",
    "model_version": "version of the model that made the forecast",
    "regime_model_version": "version of the model that made the regime probabilities",
}
"""What each field of ``predictions_daily`` states; the words a claim that names it may use."""

_OWN = re.compile(
    r"\b(?:(?:today|tomorrow|current|next|this|coming|your|our|the)\b.{0,40}\b"
    r"(?:volatility forecast|forecast of volatility|reali[sz]ed volatility|prediction|"
    r"risk[\s-]off probability|probability of (?:a )?risk[\s-]off)"
    r"|(?:forecast|predict\w*|expect\w*)\b.{0,30}\bvolatil\w+"
    r"|volatil\w+\b.{0,30}\b(?:forecast|predict\w*|expected)"
    r"|regime prob\w+|rv_5d\w*|top drivers|model version|risk[\s-]off\b.{0,20}\bprobab\w+"
    r"|probab\w+\b.{0,20}\b(?:risk[\s-]off|calm|transition))",
    re.IGNORECASE,
)
_DOCUMENTS = re.compile(
    r"\b(?:fomc|committee|minutes|statements?|participants?|members?|staff|officials|policymakers|"
    r"speech|fed|federal reserve|document|record|say|said|says)\b",
    re.IGNORECASE,
)


def asks_for_forecast(question: str) -> bool:
    """Whether a question is about the project's own forecast and not about documents."""
    return bool(_OWN.search(question)) and not _DOCUMENTS.search(question)


def known_at(prediction: Prediction, as_of: pd.Timestamp | None) -> bool:
    """Whether a row was known: it is, from 22:00 UTC of its session on."""
    if not prediction:
        return False
    if as_of is None:
        return True
    day = pd.Timestamp(str(prediction["date"])[:10], tz="UTC")
    return day + INFORMATION_HOUR <= as_of


def states(claimed: Figure, prediction: Prediction, fields: Sequence[str]) -> bool:
    """Whether a figure is that of a named field, at the precision it is stated with.

    A field is stated as it is or, with the sign for it, in percent. The numbers in a field's own
    name and description (5 sessions, 80 percent) are supported by naming it.
    """
    for name in fields:
        if supported(claimed, figures(FIELDS[name])):
            return True
        if any(claimed.value == int(digits) for digits in re.findall(r"\d+", name)):
            return True
        value = prediction.get(name)
        if name == "date":
            if supported(claimed, figures(str(value)[:10])):
                return True
        elif isinstance(value, float | int) and _rounds_to(value, claimed):
            return True
    return False


def _rounds_to(value: float, claimed: Figure) -> bool:
    if claimed.unit not in {"", "percent"} or pd.isna(value):
        return False
    exact = Fraction(repr(float(value))) * (100 if claimed.unit == "percent" else 1)
    step = Fraction(1, 10**claimed.decimals)
    if claimed.value == 0 and exact != 0 and claimed.decimals == 0:
        return False  # "0 percent" says never where the field says seldom
    return abs(exact - claimed.value) <= step / 2


def words(prediction: Prediction, fields: Iterable[str]) -> str:
    """All that may be said of some fields without figures: names, meanings, and lists of names."""
    said = []
    for name in fields:
        value = prediction.get(name)
        listed = "" if isinstance(value, float | int) or value is None else f" {_listed(value)}"
        said.append(f"{name.replace('_', ' ').replace('.', ' ')}: {FIELDS[name]}{listed}")
    return "; ".join(said)


def claims(prediction: Prediction) -> list[Claim]:
    """The forecast in sentences, each naming the fields it states; none for a row without one."""
    if not prediction or pd.isna(_number(prediction, "rv_5d_hat")):
        return []
    volatility, variance = "rv_5d_hat", "var_5d_hat"
    found = [
        Claim(
            f"The forecast of realised volatility over the next 5 sessions, made at the close of "
            f"{str(prediction['date'])[:10]}, is {_percent(prediction, volatility)} "
            f"({volatility}), that of its variance {_number(prediction, variance):.6f} "
            f"({variance}).",
            fields=("date", volatility, variance),
        )
    ]
    low, high = "rv_5d_lo_80", "rv_5d_hi_80"
    if not pd.isna(_number(prediction, low)):
        found.append(
            Claim(
                f"The 80 % prediction interval of volatility reaches from "
                f"{_percent(prediction, low)} to {_percent(prediction, high)} ({low}, {high}).",
                fields=(low, high),
            )
        )
    regimes = [name for name in FIELDS if name.startswith("regime_probs.")]
    if not any(pd.isna(_number(prediction, name)) for name in regimes):
        listed = ", ".join(
            f"{name.partition('.')[2].replace('_', '-')} {_percent(prediction, name, 1)}"
            for name in regimes
        )
        found.append(
            Claim(
                f"Regime probabilities over the next 5 sessions (regime_probs): {listed}.",
                fields=tuple(regimes),
            )
        )
    for name, lead in (
        ("top_drivers", "The largest drivers of the volatility forecast are"),
        ("regime_drivers", "The largest drivers of the regime probabilities are"),
    ):
        drivers = _listed(prediction.get(name))
        if drivers:
            found.append(Claim(f"{lead} {drivers} ({name}).", fields=(name,)))
    return found


def _listed(value: object) -> str:
    if isinstance(value, str) or value is None:
        return value or ""
    return ", ".join(map(str, value)) if isinstance(value, Iterable) else str(value)


def _number(prediction: Prediction, name: str) -> float:
    value = prediction.get(name)
    return float(value) if isinstance(value, float | int) else float("nan")


def _percent(prediction: Prediction, name: str, decimals: int = 2) -> str:
    return f"{100 * _number(prediction, name):.{decimals}f} %"
