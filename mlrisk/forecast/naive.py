"""Volatility as it was, scaled to the horizon: the baselines, with nothing to fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from mlrisk.forecast.base import HORIZON, BoolArray, Contender, FloatArray


@dataclass(eq=False, repr=False)
class ScaledVolatility(Contender):
    """The next five sessions are as volatile as the last ones were.

    With the 20-session volatility this is RV20, the baseline of every figure; with the
    exponentially weighted one it is RiskMetrics (J.P. Morgan 1996, section 5.3).

    Parameters
    ----------
    column : str
        A volatility in units of a move over ``window`` sessions.
    window : int
        Sessions that the column's variance sums over.
    """

    column: str
    window: int

    @property
    def inputs(self) -> list[str]:
        return [self.column]

    def usable_values(self, values: FloatArray) -> BoolArray:
        return np.asarray(values[:, 0] > 0)

    def fit(self, features: pd.DataFrame, variance: FloatArray) -> Self:
        return self

    def predict(self, features: pd.DataFrame) -> FloatArray:
        """Variance of the next five sessions, shape (n_rows,).

        Products alone: what they give is the same on every processor, and a stored volatility has
        few enough digits for its square to lie on the very edge of rounding.
        """
        volatility = features[self.column].to_numpy()
        return volatility * volatility * (HORIZON / self.window)

    def state(self) -> dict[str, Any]:
        return {}
