"""The same names for the same clusters, whatever number a fit gives them."""

from __future__ import annotations

import numpy as np

from mlrisk.regimes.inputs import FloatArray, IntArray
from mlrisk.rounding import round_significant


def matched(before: FloatArray, means: FloatArray) -> tuple[IntArray, FloatArray]:
    """Pair each earlier centroid with a new one, so that all together move least.

    The Hungarian method (Kuhn 1955, Naval Research Logistics Quarterly 2), as scipy has it.

    Parameters
    ----------
    before, means : array of shape (n_clusters, n_inputs)
        Centroids on one scale.

    Returns
    -------
    tuple
        For each earlier cluster the number of its new one, and how far the centroid went.
    """
    from scipy.optimize import linear_sum_assignment

    apart = before[:, np.newaxis, :] - means
    # Rounded, so that no pairing hangs on last bits.
    distance = round_significant(np.sqrt(np.sum(apart * apart, axis=2)))
    rows, order = linear_sum_assignment(distance)
    return np.asarray(order), np.asarray(distance[rows, order])
