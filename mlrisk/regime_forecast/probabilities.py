"""Probabilities of the three regimes as they are published: each to 1e-8, together exactly one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mlrisk.rounding import round_decimals

FloatArray = npt.NDArray[np.float64]

DECIMALS = 8

FLOOR = 1e-8
"""What a published probability of zero is taken for where a logarithm is asked for: the smallest
one that can be published."""


def published(probabilities: FloatArray) -> FloatArray:
    """Rounded so that each row still sums to one: what is left over goes to the largest.

    Parameters
    ----------
    probabilities : array of shape (n_rows, n_regimes)
        Rows sum to one but for rounding, or are null.

    Returns
    -------
    array of shape (n_rows, n_regimes)
        What is published already stays as it is. Of equally large ones the first takes the rest.
    """
    # In units of the last decimal, of which sums are exact.
    units = np.rint(round_decimals(probabilities, DECIMALS) * 10.0**DECIMALS)
    rest = 10.0**DECIMALS - units.sum(axis=1)
    units[np.arange(len(units)), units.argmax(axis=1)] += rest
    return units / 10.0**DECIMALS
