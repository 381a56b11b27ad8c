"""What the market is told apart by: a few features, in units of their own deviation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.errors import MlriskError
from mlrisk.rounding import round_significant

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

FITTED_DIGITS = 6
"""Significant digits a fitted number keeps, so that the last bits in which processors differ do
not reach a probability."""

CONSTANT = 1e-9
"""Share of its largest value below which the deviation of an input is rounding and no movement."""


class RegimeError(MlriskError, ValueError):
    """Clusters that cannot be told apart; says why and what to change."""


def fitted(values: FloatArray) -> FloatArray:
    """Fitted numbers at their published precision."""
    return round_significant(values, FITTED_DIGITS)


def matrix(features: pd.DataFrame, columns: Sequence[str], in_logs: Sequence[bool]) -> FloatArray:
    """The regime inputs, each as it is or by its logarithm.

    Returns
    -------
    array of shape (n_sessions, n_columns)
        Null where a feature is, or where the one to take the logarithm of is not positive.
    """
    values = features[list(columns)].to_numpy(dtype=np.float64)
    positive = np.where(values > 0, values, np.nan)
    return np.where(list(in_logs), np.log(positive), values)


def complete(values: FloatArray) -> BoolArray:
    """Sessions on which every input is known, shape (n_sessions,)."""
    return np.asarray(np.isfinite(values).all(axis=1))


def moving(window: FloatArray) -> BoolArray:
    """Inputs that are no constant in a window of shape (n_sessions, n_inputs)."""
    size = np.abs(window).max(axis=0)
    return np.asarray(window.std(axis=0) > CONSTANT * size, dtype=np.bool_)


@dataclass(frozen=True)
class Scale:
    """Mean and standard deviation of each input in a window, shape (n_inputs,)."""

    mean: FloatArray
    deviation: FloatArray

    @classmethod
    def of(cls, window: FloatArray) -> Scale:
        """Of a window of shape (n_sessions, n_inputs) without nulls or constant inputs."""
        return cls(fitted(window.mean(axis=0)), fitted(window.std(axis=0)))

    def standardised(self, values: FloatArray) -> FloatArray:
        """Deviations from the mean, in standard deviations."""
        return (values - self.mean) / self.deviation

    def restored(self, values: FloatArray) -> FloatArray:
        """The inverse of ``standardised``."""
        return values * self.deviation + self.mean
