"""Scores of forecasts that are probabilities of several classes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

SMALLEST = 1e-6
"""Probabilities below are taken for this in the log loss: hard persistence says zero."""


def brier(probability: FloatArray, outcome: IntArray) -> FloatArray:
    r"""Quadratic score of a three-way forecast, per observation: 0 at best, 2 at worst.

    .. math:: B_t = \sum_c (p_{tc} - 1[y_t = c])^2

    In the sum form of Brier (1950, Monthly Weather Review 78(1)).

    Parameters
    ----------
    probability : array of shape (n_observations, n_classes)
    outcome : array of int, shape (n_observations,)
        Column of what came.
    """
    hit = np.arange(probability.shape[1]) == outcome[:, None]
    score: FloatArray = ((probability - hit) ** 2).sum(axis=1)
    return score


def log_loss(probability: FloatArray, outcome: IntArray) -> FloatArray:
    """Minus the log of the probability of what came, at least ``SMALLEST``, per observation."""
    said = probability[np.arange(len(outcome)), outcome]
    loss: FloatArray = -np.log(np.maximum(said, SMALLEST))
    return loss


def area_under_curve(score: FloatArray, event: BoolArray) -> float | None:
    r"""Chance that a session before the event is ranked above one that is not, ties half.

    .. math:: AUC = \frac{\sum_{t: o_t = 1} R_t - n_1 (n_1 + 1) / 2}{n_1 n_0}

    with mid-ranks *R* (Hanley and McNeil 1982, Radiology 143(1)).

    Returns
    -------
    float or None
        None where there is nothing to tell apart: one outcome only, or one score.
    """
    positive = int(event.sum())
    negative = len(event) - positive
    if not (positive and negative) or np.ptp(score) == 0:
        return None
    ranks = pd.Series(score).rank(method="average").to_numpy()
    above = ranks[event].sum() - positive * (positive + 1) / 2
    return float(above / (positive * negative))
