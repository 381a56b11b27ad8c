"""What a volatility forecast says about the regime, by the errors it has made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from mlrisk.forecast.base import FITTED_DIGITS, FloatArray
from mlrisk.forecast.columns import row_sums
from mlrisk.regime_forecast.base import (
    CALM,
    RISK_OFF,
    RISK_OFF_ABOVE,
    THRESHOLDS,
    RegimeContender,
    places_of,
)
from mlrisk.rounding import round_significant

VOLATILITY, VARIANCE = "rv_5d_hat", "var_5d_hat"
"""Columns of the volatility forecast that was made at the close."""

PART = "part_"
"""Prefix of the columns of that forecast's own contributions in log variance."""

NARROWEST = 0.1
"""Least change of the log variance that a slope is taken over, 5 % of volatility: over less, how
the errors happen to lie in between would make it."""


@dataclass(eq=False, repr=False)
class VolatilityImplied(RegimeContender):
    r"""Chance that the volatility ahead falls below or above the thresholds.

    With the errors :math:`e_i = \ln(rv_i / \widehat{rv}_i)` that the out-of-sample forecasts have
    made so far, and *N(x)* how many of the *n* lie below *x*,

    .. math::
        p_{calm} = \frac{N(\ln l_t - \ln \widehat{rv}_t) + 1/2}{n + k/2}, \quad
        p_{risk\,off} = \frac{n - N(\ln u_t - \ln \widehat{rv}_t) + 1/2}{n + k/2}

    for thresholds *l* and *u* and *k* regimes, and what is left for transition: filtered historical
    simulation (Barone-Adesi, Giannopoulos and Vosper 1999, J. Futures Markets 19(5)) with the half
    observation a regime of Krichevsky and Trofimov (1981, IEEE Trans. Information Theory 27(2)), so
    that nothing is impossible. *N* is linear between the errors, with each error itself counted by
    half: the probabilities and what drives them then move with the forecast and not in steps.

    Parameters
    ----------
    regimes : list of str
        That a label may be. With calm and risk-off alone, calm is whatever is not risk-off.
    min_errors : int
        Known errors that the distribution wants.
    parts : list of str
        Features that the volatility forecast has contributions of, in columns ``part_{feature}``.
    """

    explained: ClassVar[bool] = True

    regimes: list[str]
    min_errors: int
    parts: list[str]

    @property
    def labels(self) -> tuple[str, ...]:
        return ("rv_5d",)

    @property
    def borders(self) -> list[str]:
        """Columns of the thresholds between its regimes, in order."""
        return [RISK_OFF_ABOVE] if len(self.regimes) == 2 else list(THRESHOLDS)

    @property
    def inputs(self) -> list[str]:
        return [VOLATILITY, VARIANCE, *self.borders]

    @property
    def reads(self) -> list[str]:
        return [*self.inputs, *(PART + name for name in self.parts)]

    @property
    def told(self) -> list[str] | None:
        return self.parts

    def least_rows(self, usual: int) -> int:
        return self.min_errors

    def learn(self, window: pd.DataFrame) -> Self:
        errors = np.log(window["rv_5d"].to_numpy() / window[VOLATILITY].to_numpy())
        return self._know(np.sort(round_significant(errors, FITTED_DIGITS)))

    def _know(self, errors: FloatArray) -> Self:
        self.errors_ = errors
        self.counted_ = counted(errors)
        return self

    def probabilities(self, values: FloatArray) -> FloatArray:
        logs = np.log(values[:, : len(self.inputs)])
        return self._at(logs[:, 2:], logs[:, 0])

    def _at(self, log_borders: FloatArray, log_forecast: FloatArray) -> FloatArray:
        """Probabilities were the log volatility forecast that, shape (..., n_rows, 3)."""
        known, places = len(self.errors_), places_of(self.regimes)
        below = np.full((*log_forecast.shape, len(places) + 1), float(known))
        below[..., 0] = 0.0
        below[..., 1:-1] = np.interp(log_borders - log_forecast[..., np.newaxis], *self.counted_)
        counts = below[..., 1:] - below[..., :-1]
        probabilities = np.zeros((*log_forecast.shape, len(self.published)))
        probabilities[..., places] = (counts + 0.5) / (known + len(places) / 2)
        return probabilities

    def parts_of_log_odds(self, values: FloatArray) -> FloatArray:
        r"""Parts of the log-odds: one per part of the volatility forecast, and the baseline.

        The log-odds are a function *g* of the log variance forecast, which is a sum:
        :math:`\ln h = b + \sum_j \phi_j`. Along the straight way from the baseline *b* to it, input
        *j* adds

        .. math:: \phi_j \int_0^1 g'(b + s (\ln h - b)) \, ds
            = \phi_j \, \frac{g(\ln h) - g(b)}{\ln h - b}

        which are the Aumann-Shapley prices (Aumann and Shapley 1974, Values of Non-Atomic Games;
        Sundararajan, Taly and Yan 2017, ICML: integrated gradients). The baseline is what is left,
        *g(b)*; it moves with the thresholds. The ratio of the volatility forecast to the root of
        the variance forecast is held at its value of the day. Where the way is shorter than
        ``NARROWEST``, the slope is taken over that much around its middle.
        """
        logs = np.log(values[:, : len(self.inputs)])
        log_volatility, log_variance, log_borders = logs[:, 0], logs[:, 1], logs[:, 2:]
        parts = np.nan_to_num(values[:, len(self.inputs) :])
        ratio = log_volatility - log_variance / 2
        change = row_sums(parts)

        middle, half = log_variance - change / 2, np.maximum(np.abs(change), NARROWEST) / 2
        at = np.stack([log_variance, middle - half, middle + half])
        chances = self._at(log_borders, at / 2 + ratio)
        now, before, after = np.log(chances[..., RISK_OFF] / chances[..., CALM])
        slope = (after - before) / (2 * half)
        baseline = now - slope * change
        return np.column_stack([parts * slope[:, np.newaxis], baseline])

    def version(self) -> str:
        """Without ``parts``: a feature that the volatility forecast takes up later moves no bit."""
        plain = type(self)(self.regimes, self.min_errors, [])
        return super(VolatilityImplied, plain.restore(self.state())).version()

    def state(self) -> dict[str, Any]:
        return {"errors": self.errors_.tolist()}

    def restore(self, state: dict[str, Any]) -> Self:
        return self._know(np.array(state["errors"]))


def counted(errors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How many errors lie below each of them, the function that is linear in between.

    Parameters
    ----------
    errors : array of shape (n_errors,)
        Sorted.

    Returns
    -------
    values, counts : array of shape (n_different_errors,)
        At an error those below it count, and half of those that equal it: from half of the smallest
        one to all but half of the largest.
    """
    values, counts = np.unique(errors, return_counts=True)
    return values, np.cumsum(counts) - counts / 2
