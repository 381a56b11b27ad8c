r"""Probabilities made of several forecasters' probabilities.

The geometric pool multiplies what the members say, each to the power of its weight,

.. math:: p_k = \prod_m p_{mk}^{w_m} \Big/ \sum_j \prod_m p_{mj}^{w_m}

(Genest and Zidek 1986, Statistical Science 1(1)). Its log-odds are the weighted mean of the
members' log-odds, so that what drives it is the weighted mean of what drives them. The linear pool
is the weighted mean of the probabilities themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mlrisk.forecast.base import BoolArray, FloatArray
from mlrisk.forecast.columns import Columns
from mlrisk.forecast.combine import mixed_parts
from mlrisk.regime_forecast.probabilities import FLOOR, published


def geometric(shares: FloatArray, probabilities: FloatArray) -> FloatArray:
    """Weighted geometric means, scaled to sum to one.

    A zero is taken for the smallest probability that is published, so that nobody has a veto; a
    regime that all give no chance has none.

    Parameters
    ----------
    shares : array of shape (n_rows, n_members)
        Weights of each row, which sum to one.
    probabilities : array of shape (n_rows, n_members, 3)
        Zero shares may have null ones.
    """
    values, possible = _present(shares, probabilities)
    logs = (shares[:, :, np.newaxis] * np.log(np.maximum(values, FLOOR))).sum(axis=1)
    powers = np.exp(logs - logs.max(axis=1, keepdims=True)) * possible
    return powers / powers.sum(axis=1, keepdims=True)


def linear(shares: FloatArray, probabilities: FloatArray) -> FloatArray:
    """Weighted means; parameters as for ``geometric``."""
    values, _ = _present(shares, probabilities)
    means = (shares[:, :, np.newaxis] * values).sum(axis=1)
    return means / means.sum(axis=1, keepdims=True)


POOLS: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "geometric": geometric,
    "linear": linear,
}


def pooled(kind: str, weights: FloatArray, probabilities: FloatArray) -> FloatArray:
    """What a pool publishes.

    Parameters
    ----------
    kind : str
        One of ``POOLS``.
    weights : array of shape (n_members,) or (n_rows, n_members)
    probabilities : array of shape (n_rows, n_members, 3)
        At the precision they are stored with. Null where a member has no forecast: the others then
        share its weight.

    Returns
    -------
    array of shape (n_rows, 3)
        Null where no member with a weight has a forecast. A member alone keeps what it says.
    """
    shares = row_shares(weights, probabilities)
    result = np.full((len(shares), probabilities.shape[2]), np.nan)
    several = (shares > 0).sum(axis=1) > 1
    alone = (shares > 0).sum(axis=1) == 1
    if several.any():
        result[several] = POOLS[kind](shares[several], probabilities[several])
    result[alone] = probabilities[alone, shares[alone].argmax(axis=1)]
    return published(result)


def row_shares(weights: FloatArray, probabilities: FloatArray) -> FloatArray:
    """Weights of each row, shape (n_rows, n_members); they sum to one, or to zero for nobody."""
    there = np.where(np.isfinite(probabilities).all(axis=2), weights, 0.0)
    total = there.sum(axis=1, keepdims=True)
    return there / np.where(total > 0, total, 1.0)


def parts_of_log_odds(
    shares: FloatArray,
    parts: Sequence[FloatArray],
    columns: Columns,
    slopes: FloatArray,
    probabilities: FloatArray,
) -> FloatArray:
    r"""What drives :math:`\ln (p_{risk\,off} / p_{calm})` of a pool.

    .. math:: \phi_j = \frac{1}{T} \sum_m w_m \phi_{mj}

    with the members' own parts. The baseline is what is left of the log-odds: the members'
    baselines, all that a member says that cannot tell its parts, and the rounding of what is
    published. Under the geometric pool and a temperature that is all; a linear pool or another
    calibration moves the log-odds in a way that has no parts, and the baseline holds that too.

    Parameters
    ----------
    shares : array of shape (n_rows, n_members)
        As ``row_shares`` gives them.
    parts : sequence of array of shape (n_rows, n_told_by_the_member + 1)
        The baseline last; zero where a member has no forecast, without any part where it cannot
        tell.
    columns : Columns
        What each member tells.
    slopes : array of shape (n_rows,)
        What calibration multiplies log-odds by, :math:`1 / T`.
    probabilities : array of shape (n_rows, 3)
        As they are published after calibration.

    Returns
    -------
    array of shape (n_rows, n_told + 1)
        The baseline last.
    """
    total = mixed_parts(shares, parts, columns)[:, :-1] * slopes[:, np.newaxis]
    rest = log_odds(probabilities) - total.sum(axis=1)
    return np.column_stack([total, rest])


def log_odds(probabilities: FloatArray) -> FloatArray:
    """Logarithm of risk-off over calm, shape (n_rows,), of published probabilities."""
    floored = np.maximum(probabilities, FLOOR)
    return np.log(floored[:, -1] / floored[:, 0])


def _present(shares: FloatArray, probabilities: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Probabilities without nulls, and which regimes anybody gives a chance."""
    values = np.where(shares[:, :, np.newaxis] > 0, probabilities, 0.0)
    return values, np.asarray((values > 0).any(axis=1))
