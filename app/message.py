"""What a day's commit says: the forecast, and the data it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from app.figures import gate_verdict

SESSION = "Session"
SOURCE = "Source"
"""Trailers of the message, by which a day's commit is found again."""


def write(
    session: pd.Timestamp,
    params: Mapping[str, Any],
    metrics: Mapping[str, Any],
    hashes: Mapping[str, str],
) -> str:
    """The message of a day's commit: a function of what it commits.

    Parameters
    ----------
    session : Timestamp
    params : mapping
        ``params.yaml``.
    metrics : mapping
        ``metrics/*.json`` by name: ``prediction``, and ``forecast`` for the gate.
    hashes : mapping
        Hash of each dataset by path.
    """
    prediction = metrics["prediction"]
    subject = (
        f"{session:%Y-%m-%d}: {params['roles']['benchmark']} 5-day volatility "
        f"{100 * prediction['rv_5d_hat']:.2f} % "
        f"({prediction['rv_5d_hat_annualized_percent']:.1f} % a year), "
        f"{prediction['model']} {prediction['model_version']}"
    )
    drivers = ", ".join(
        f"{feature} {contribution:+.3f}"
        for feature, contribution in prediction["top_drivers"].items()
    )
    width = max(map(len, hashes), default=0)
    data = [f"  {path:<{width}}  {value}" for path, value in sorted(hashes.items())]
    body = [
        f"Drivers in log variance: {drivers or 'none'}",
        f"Gate of {prediction['model']}: {gate_verdict(metrics.get('forecast', {}))}",
        *(
            [f"Gate of the regimes: {gate_verdict(metrics['regimes'])}"]
            if "regimes" in metrics
            else []
        ),
        "",
        "Data:",
        *data,
        "",
        f"{SESSION}: {session:%Y-%m-%d}",
        f"{SOURCE}: {params['source']['name']}",
    ]
    return _text([subject, "", *body])


def trailer_format() -> str:
    """The format by which ``git log`` shows the session and source of a day's commit."""
    keys = (f"%(trailers:key={key},valueonly,separator=%x2C)" for key in (SESSION, SOURCE))
    return "%x09".join(keys)


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
