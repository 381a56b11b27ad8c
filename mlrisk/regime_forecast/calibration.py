"""Calibration of regime probabilities on forecasts that have come true or not.

A forecast is calibrated where of all sessions that were given risk-off with 30 %, about 30 % turned
out so. Each calibrator is fitted on past out-of-sample forecasts and what they were forecasts of,
and is then a function of one row of probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.contracts import REGIMES
from mlrisk.errors import MlriskError
from mlrisk.forecast.base import FloatArray
from mlrisk.regime_forecast.calibrator import Calibrator, Temperature
from mlrisk.regime_forecast.monotone import Isotonic, VennAbers
from mlrisk.regime_forecast.probabilities import published
from mlrisk.regime_forecast.walks import outcomes_at


class CalibrationError(MlriskError, ValueError):
    """A calibrator that does not exist."""


CALIBRATORS: Mapping[str, Callable[[], Calibrator]] = {
    "temperature": Temperature,
    "isotonic": Isotonic,
    "venn_abers": VennAbers,
}
NONE = "none"
KINDS = (NONE, *CALIBRATORS)
"""Every calibration there is."""


def fitted(
    name: str, probabilities: FloatArray, outcomes: FloatArray, min_scored: int
) -> Calibrator | None:
    """A calibrator on the forecasts whose outcome is known; None where it is the identity.

    Parameters
    ----------
    name : str
        ``none``, or one of ``CALIBRATORS``.
    probabilities : array of shape (n_sessions, 3)
        Null where there was no forecast.
    outcomes : array of shape (n_sessions,)
        Null where there was none.
    min_scored : int
        Known forecasts before anything is fitted.
    """
    if name not in KINDS:
        raise CalibrationError(f"unknown calibration {name!r}; there are {', '.join(KINDS)}")
    known = np.isfinite(probabilities).all(axis=1) & np.isfinite(outcomes)
    if name == NONE or known.sum() < min_scored:
        return None
    return CALIBRATORS[name]().fit(probabilities[known], outcomes[known])


def applied(calibrator: Calibrator | None, probabilities: FloatArray) -> FloatArray:
    """Published probabilities, shape (n_rows, 3), of published ones; null rows stay null."""
    if calibrator is None:
        return probabilities
    result = np.full(probabilities.shape, np.nan)
    there = np.isfinite(probabilities).all(axis=1)
    if there.any():
        result[there] = published(calibrator.apply(probabilities[there]))
    return result


def refits(
    name: str,
    probabilities: FloatArray,
    outcomes: FloatArray,
    starts: npt.NDArray[np.intp],
    purge: int,
    min_scored: int,
) -> list[Calibrator | None]:
    """The calibrator of each fold.

    Parameters
    ----------
    name, probabilities, outcomes, min_scored
        As for ``fitted``, a row for each session of the walk-forward, in the order of time.
    starts : array of int, shape (n_folds,)
        Place of each refit's first session.
    purge : int
        Sessions after which the outcome of a forecast is known.

    Warnings
    --------
    The calibrator of a fold sees outcomes dated ``purge`` sessions before its first session or
    earlier.
    """
    stops = [max(int(start) - purge + 1, 0) for start in starts]
    return [fitted(name, probabilities[:stop], outcomes[:stop], min_scored) for stop in stops]


def walked(
    calibrators: Sequence[Calibrator | None],
    probabilities: FloatArray,
    starts: npt.NDArray[np.intp],
) -> FloatArray:
    """Published probabilities of every session by its fold's calibrator, shape (n_sessions, 3)."""
    folds = np.split(probabilities, starts[1:])
    return np.concatenate(
        [applied(one, rows) for one, rows in zip(calibrators, folds, strict=True)]
    )


def slopes(calibrators: Sequence[Calibrator | None]) -> FloatArray:
    """What each fold's calibrator multiplies log-odds by, shape (n_folds,)."""
    return np.array([1.0 if one is None else one.slope for one in calibrators])


def last_refit(
    forecasts: pd.DataFrame,
    labels: pd.DataFrame,
    contender: str,
    name: str,
    last_known: pd.Timestamp,
    min_scored: int,
) -> Calibrator | None:
    """The calibrator of the last fold, from what the walk-forward published.

    Parameters
    ----------
    forecasts : DataFrame
        As ``contracts.REGIME_FORECASTS`` describes them.
    labels : DataFrame
        Columns date, ``regime_5d``.
    contender, name : str
        Whose forecasts are calibrated, and how.
    last_known : Timestamp
        Date of the last label that is known at the refit.
    min_scored : int
    """
    raw = (forecasts["contender"] == contender) & (forecasts["calibration"] == NONE)
    rows = forecasts[raw & (forecasts["date"] <= last_known)]
    known = outcomes_at(labels, pd.DatetimeIndex(rows["date"]))
    return fitted(name, rows[list(REGIMES)].to_numpy(), known, min_scored)
