"""Forecasts of the regime held against what came.

A forecast is three probabilities, of calm, transition and risk-off over the next five sessions; all
that is compared is compared on the same dates. Who says it and how it is calibrated are named by a
pair, ``(contender, calibration)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.contracts import REGIMES
from mlrisk.evaluation import windows
from mlrisk.evaluation.alarms import lead_times
from mlrisk.evaluation.compare import EvaluationError
from mlrisk.evaluation.long_run import BoolArray
from mlrisk.evaluation.probabilities import area_under_curve, brier, log_loss
from mlrisk.evaluation.reliability import decomposition, expected_calibration_error

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Pair = tuple[str, str]

RISK_OFF = REGIMES.index("risk_off")
UNCALIBRATED = "none"


@dataclass(frozen=True)
class Alarm:
    """When a probability of risk-off counts as a warning; see ``alarms.lead_times``."""

    threshold: float
    reach: int


@dataclass(frozen=True)
class Compared:
    """Forecasts on the dates that all of them and the labels have.

    Parameters
    ----------
    dates : DatetimeIndex of shape (n_dates,)
    session : array of int, shape (n_dates,)
        Place of each date among all sessions.
    outcome : array of int, shape (n_dates,)
        Place in ``REGIMES`` of the label of each date.
    known : array of int, shape (n_dates,)
        The same of the label that is known at each date; -1 where there is none yet.
    probabilities : dict of (str, str) to array of shape (n_dates, 3)
        By contender and calibration, in the order of ``REGIMES``.
    left_out : dict of str to str
        Why a contender is not compared.
    """

    dates: pd.DatetimeIndex
    session: IntArray
    outcome: IntArray
    known: IntArray
    probabilities: dict[Pair, FloatArray]
    left_out: dict[str, str]

    def inside(self, members: BoolArray) -> Compared:
        """Some of the dates."""
        return Compared(
            self.dates[members],
            self.session[members],
            self.outcome[members],
            self.known[members],
            {pair: values[members] for pair, values in self.probabilities.items()},
            self.left_out,
        )


def compared(
    forecasts: pd.DataFrame,
    labels: pd.DataFrame,
    contenders: Sequence[str],
    served: Pair,
    horizon: int,
    *,
    min_shared: float,
    reasons: Mapping[str, str | None],
) -> Compared | None:
    """Forecasts of the contenders, each under every calibration, on common dates.

    None where too little is known for any served forecast with a label.

    Parameters
    ----------
    forecasts : DataFrame
        Columns contender, calibration, date, calm, transition, risk_off.
    labels : DataFrame
        Columns date, ``regime_5d``: a row for each session, in order.
    contenders : sequence of str
    served : (str, str)
        Must be there: the others are held against it.
    horizon : int
        Sessions a label looks ahead: the regime known at *t* is the label dated *t - h*.
    min_shared : float
        Share of the served forecast's dates that a contender must have: one with a short history
        would take the others' away.
    reasons : mapping of str to str or None
        Why a contender has no forecast.

    Raises
    ------
    EvaluationError
        Where what is to be served lacks its inputs, or is none of the forecasts.
    """
    code = labels["regime_5d"].map({name: place for place, name in enumerate(REGIMES)})
    truth = pd.DataFrame(
        {
            "session": np.arange(len(labels)),
            "outcome": code.to_numpy(dtype=np.float64),
            "known": code.shift(horizon).fillna(-1).to_numpy(dtype=np.int64),
        },
        index=pd.DatetimeIndex(labels["date"]),
    ).dropna(subset="outcome")
    columns = list(REGIMES)
    tables: dict[Pair, pd.DataFrame] = {
        (str(name), str(calibration)): rows.set_index("date")[columns].dropna()
        for (name, calibration), rows in forecasts.groupby(["contender", "calibration"], sort=False)
    }
    dates = truth.index.intersection(tables[served].index if served in tables else [])
    lacking = None if served in tables else "there is none of that name"
    if why := reasons.get(served[0]) or lacking:
        known = sorted({name for (name, _), rows in tables.items() if len(rows)})
        raise EvaluationError(
            f"the forecast of regimes that is to be served, {served[0]} with calibration "
            f"{served[1]}, is not there: {why}. Set regime_model in conf/regime_model to one of "
            f"{', '.join(known) or 'none'}."
        )
    if dates.empty:
        return None
    chosen: dict[Pair, pd.DataFrame] = {}
    left_out: dict[str, str] = {}
    for name in dict.fromkeys([*contenders, served[0]]):
        own = {pair: rows for pair, rows in tables.items() if pair[0] == name and len(rows)}
        shared = min((int(dates.isin(rows.index).sum()) for rows in own.values()), default=0)
        if not own:
            left_out[name] = reasons.get(name) or "it has no forecast"
        elif shared < min_shared * len(dates):
            left_out[name] = f"it has {shared} of the {len(dates)} dates of the served forecast"
        else:
            chosen |= own
    chosen[served] = tables[served]
    for rows in chosen.values():
        dates = dates.intersection(rows.index)
    at = truth.loc[dates]
    return Compared(
        dates=pd.DatetimeIndex(dates),
        session=at["session"].to_numpy(dtype=np.int64),
        outcome=at["outcome"].to_numpy(dtype=np.int64),
        known=at["known"].to_numpy(dtype=np.int64),
        probabilities={pair: rows.loc[dates].to_numpy() for pair, rows in chosen.items()},
        left_out=left_out,
    )


def not_yet(served: Pair) -> dict[str, Any]:
    """What there is to say before any served forecast has a known outcome: a gate that is shut."""
    reason = "no served forecast of regimes has a known outcome yet"
    return {
        "n_obs": 0,
        "model": {"name": served[0], "calibration": served[1]},
        "gate": {"passed": False, "reasons": [reason]},
    }


def window(those: Compared) -> dict[str, Any]:
    """What is compared: how many dates, from when to when, and how often each regime came."""
    counts = np.bincount(those.outcome, minlength=len(REGIMES)) / len(those.dates)
    return {
        "n_obs": len(those.dates),
        "window_start": those.dates[0],
        "window_end": those.dates[-1],
        "base_rates": dict(zip(REGIMES, counts.tolist(), strict=True)),
    }


def headlines(those: Compared, pair: Pair, bins: int) -> dict[str, Any]:
    """The figures by which forecasts are ranked.

    Returns
    -------
    dict
        Means of ``brier`` and ``log_loss``; ``auc`` of risk-off; ``onset_auc``, the same among
        sessions whose known regime is another one, where persistence has nothing to say; ``ece``
        of risk-off.
    """
    probability = those.probabilities[pair]
    risk_off, event = probability[:, RISK_OFF], those.outcome == RISK_OFF
    elsewhere = (those.known >= 0) & (those.known != RISK_OFF)
    return {
        "brier": float(brier(probability, those.outcome).mean()),
        "log_loss": float(log_loss(probability, those.outcome).mean()),
        "auc": area_under_curve(risk_off, event),
        "onset_auc": area_under_curve(risk_off[elsewhere], event[elsewhere]),
        "ece": expected_calibration_error(risk_off, event.astype(np.float64), bins),
    }


def figures(those: Compared, pair: Pair, bins: int, horizon: int, alarm: Alarm) -> dict[str, Any]:
    """``headlines``, the parts of the Brier score, and how early risk-off is warned of."""
    probability = those.probabilities[pair]
    parts = [
        decomposition(probability[:, place], (those.outcome == place).astype(np.float64), bins)
        for place in range(len(REGIMES))
    ]
    return {
        **headlines(those, pair, bins),
        **{
            name: sum(getattr(part, name) for part in parts)
            for name in ("reliability", "resolution", "uncertainty", "within_bins")
        },
        "warning": _warning(those, pair, horizon, alarm),
    }


def _warning(those: Compared, pair: Pair, horizon: int, alarm: Alarm) -> dict[str, Any]:
    # A session that is not compared keeps its place in time.
    place = those.session - those.session[0]
    probability = np.full(place[-1] + 1, np.nan)
    event = np.zeros(place[-1] + 1, dtype=bool)
    probability[place] = those.probabilities[pair][:, RISK_OFF]
    event[place] = those.outcome == RISK_OFF
    return asdict(lead_times(probability, event, alarm.threshold, horizon, alarm.reach))


def all_figures(
    those: Compared, bins: int, horizon: int, alarm: Alarm
) -> dict[str, dict[str, dict[str, Any]]]:
    """``figures`` by contender and calibration."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name, calibration in those.probabilities:
        values = figures(those, (name, calibration), bins, horizon, alarm)
        found.setdefault(name, {})[calibration] = values
    return found


def plain_and_served(those: Compared, served: Pair) -> dict[str, Pair]:
    """Each contender as it speaks itself, and the forecast that is served; by what it is called."""
    plain = {name: (name, UNCALIBRATED) for name, _ in those.probabilities}
    shown = {name: pair for name, pair in plain.items() if pair in those.probabilities}
    return shown | {"served": served}


def over_spans(
    those: Compared, served: Pair, bounds: Mapping[str, tuple[date, date]], bins: int
) -> dict[str, dict[str, Any]]:
    """``headlines`` in each span of dates, of each contender uncalibrated and of the served."""
    found: dict[str, dict[str, Any]] = {}
    for span, members in windows.spans(those.dates, bounds).items():
        inside = those.inside(members)
        found[span] = {
            "n_obs": len(inside.dates),
            "contenders": {
                name: headlines(inside, pair, bins)
                for name, pair in plain_and_served(those, served).items()
            },
        }
    return found
