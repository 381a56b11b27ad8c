"""Simulated volatility with overlapping five-session sums, for tests whose answer is known.

Log volatility is the sum of a slow and a fast autoregression, about as wide as that of the S&P 500.
The forecasts of one world differ by errors with an autocorrelation of 0.95 from one session to the
next: that between RV20 and a forecast on the VIX falls to 0.7 in a week and to 0.4 in two.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

FloatArray = npt.NDArray[np.float64]

HORIZON = 5
SLOW, FAST = (0.98, 0.5), (0.8, 0.35)
"""Autocorrelation and standard deviation of the two parts of log volatility."""


def autoregression(
    rng: np.random.Generator, shape: tuple[int, int], persistence: float
) -> FloatArray:
    """Rows of unit variance, begun long before."""
    burn_in = 300
    shocks = rng.standard_normal((shape[0], shape[1] + burn_in))
    scale = np.sqrt(1 - persistence**2)
    return lfilter([scale], [1, -persistence], shocks, axis=1)[:, burn_in:]


def perfect_forecasts(
    rng: np.random.Generator, worlds: int, count: int
) -> tuple[FloatArray, FloatArray]:
    """Realised variances of the next five sessions, and their conditional means given volatility.

    Returns
    -------
    two arrays of shape (worlds, count)
    """
    parts = [
        (phi, size, size * autoregression(rng, (worlds, count + HORIZON), phi))
        for phi, size in (SLOW, FAST)
    ]
    daily = np.exp(2 * sum(part for _, _, part in parts))
    squares = daily * rng.standard_normal(daily.shape) ** 2
    realized = sum(squares[:, lag : lag + count] for lag in range(1, HORIZON + 1))
    expected = np.zeros((worlds, count))
    for ahead in range(1, HORIZON + 1):
        log_mean = np.zeros((worlds, count))
        for phi, size, part in parts:
            log_mean += 2 * phi**ahead * part[:, :count] + 2 * size**2 * (1 - phi ** (2 * ahead))
        expected += np.exp(log_mean)
    return realized, expected


def losses(
    rng: np.random.Generator,
    worlds: int,
    count: int,
    noises: tuple[float, ...],
    persistence: float = 0.95,
    shared: float = 0.3,
) -> FloatArray:
    """QLIKE of forecasts that are perfect but for a log error they share and one of their own.

    Parameters
    ----------
    rng : Generator
    worlds, count : int
    noises : tuple of float
        Standard deviation of each forecast's own error: 0.6 between RV20 and one on the VIX.
    persistence : float
        Autocorrelation of the own errors.
    shared : float
        Standard deviation of the common error, which lasts for months.

    Returns
    -------
    array of shape (worlds, count, len(noises))
    """
    realized, expected = perfect_forecasts(rng, worlds, count)
    expected *= np.exp(shared * autoregression(rng, (worlds, count), 0.98))
    result = np.empty((worlds, count, len(noises)))
    for place, noise in enumerate(noises):
        error = noise * autoregression(rng, (worlds, count), persistence)
        ratio = realized / (expected * np.exp(error))
        result[:, :, place] = ratio - np.log(ratio) - 1
    return result
