"""Complete subset regression: the mean of many small log-linear models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlrisk.forecast.base import FloatArray
from mlrisk.forecast.linear import LogLinear


@dataclass(eq=False, repr=False)
class Subset(LogLinear):
    r"""Mean of log-linear models that each take a few of many inputs.

    Measures of the same volatility over other windows and from other prices are nearly collinear:
    all of them in one regression overfit, and whichever few are chosen, others would have done as
    well. The mean over subsets of one size shrinks without choosing (Elliott, Gargano and
    Timmermann 2013, J. Econometrics 177(2)). The geometric mean of log-linear forecasts is
    log-linear, so it is as additive as each of them.

    Of the subsets, which can be hundreds of thousands, ``count`` are drawn with a seed.

    Parameters
    ----------
    kept : list of str
        Inputs of every model, as logarithms.
    log_columns, columns : list of str
        Inputs to draw from, the first as logarithms.
    size : int
        Drawn inputs per model.
    count : int
        Models.
    seed : int
    """

    parallel: ClassVar[bool] = True

    kept: list[str]
    size: int
    count: int
    seed: int

    @property
    def logged(self) -> list[str]:
        return [*self.kept, *self.log_columns]

    def _regress(self, design: FloatArray, variance: FloatArray) -> tuple[FloatArray, float]:
        from sklearn.preprocessing import StandardScaler  # a second, which only a fit needs

        scaler = StandardScaler().fit(design)
        inputs = scaler.transform(design)
        log_variance = np.log(variance)
        level = float(log_variance.mean())
        products = inputs.T @ inputs
        moments = inputs.T @ (log_variance - level)

        chosen = self._subsets(design.shape[1])
        solved = np.linalg.solve(
            products[chosen[:, :, np.newaxis], chosen[:, np.newaxis, :]],
            moments[chosen][:, :, np.newaxis],
        )
        slopes = np.zeros(design.shape[1])
        np.add.at(slopes, chosen, solved[:, :, 0] / self.count)
        slopes /= scaler.scale_
        return slopes, level - float(scaler.mean_ @ slopes)

    def _subsets(self, n_inputs: int) -> np.ndarray:
        """Places of each model's inputs, shape (count, n_kept + size)."""
        first = len(self.kept)
        always = np.broadcast_to(np.arange(first), (self.count, first))
        order = np.random.default_rng(self.seed).random((self.count, n_inputs - first)).argsort()
        return np.hstack([always, first + order[:, : self.size]])
