r"""Long-run variance of averages over overlapping horizons, with its degrees of freedom.

Losses of five-session forecasts made every session overlap, and the difference between two
forecasts lasts for weeks (that between RV20 and one built on the VIX has an autocorrelation of 0.7
a week later). The first alone would make a loss difference a moving average of order four; the
second lets it be correlated far beyond, at a level that heavy tails hide from any single
autocorrelation. The weighted periodogram estimator looks at the lowest frequencies only, where
both show, is never negative, and comes with its own Student distribution: see ``superiority`` for
what it was chosen over.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mlrisk.errors import MlriskError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

MIN_HORIZONS = 10
"""Horizons that do not overlap which a test wants at the least."""


class InferenceError(MlriskError, ValueError):
    """Numbers that no test can be made of; names which, and what was expected."""


class TooFewObservationsError(InferenceError):
    """A window that is too short for a test."""


@dataclass(frozen=True)
class LongRun:
    """Covariance matrix of a sum of scores, and how well it is known.

    Parameters
    ----------
    covariance : array of shape (n_scores, n_scores)
        Of the sum over the window, in squared units of the scores.
    degrees : int
        Of the Wishart distribution that the estimate follows in the limit.
    """

    covariance: FloatArray
    degrees: int


def long_run(scores: FloatArray, members: BoolArray | None = None) -> LongRun:
    r"""Covariance of the sum of serially dependent scores, by the lowest frequencies.

    .. math:: \hat\Omega = \frac{1}{m} \sum_{j=1}^{m} \mathrm{Re}\, w_j w_j^*, \qquad
        w_j = \sum_t s_t e^{-2 \pi i j t / n}, \qquad m = \lfloor n_g^{1/3} \rfloor

    The Daniell-weighted periodogram with fixed-smoothing asymptotics: the estimate is a mean of
    ``2 m`` squares, hence a Student distribution with that many degrees of freedom for one score
    and Hotelling's for several (Sun 2013, Econometrics Journal 16(1)). The number of frequencies
    is that which Coroneo and Iacone (2020, J. Applied Econometrics 35(4)) recommend for forecast
    comparisons.

    Parameters
    ----------
    scores : array of shape (n_observations, n_scores)
        In the order of time, one row per session; their mean over ``members`` is zero.
    members : array of bool, shape (n_observations,), optional
        Which rows are in the window. Gaps keep their length in time (Parzen 1963, Sankhya A 25(4):
        amplitude modulation), so that two episodes years apart are not taken for neighbours.
        ``m`` counts members only.
    """
    window = np.ones(len(scores), dtype=bool) if members is None else members
    modulated = np.where(window[:, None], scores, 0.0)
    waves = lowest_waves(modulated, int(window.sum()))
    covariance: FloatArray = np.real(waves.T @ waves.conj()) / len(waves)
    return LongRun(covariance, 2 * len(waves))


def long_run_variances(scores: FloatArray) -> FloatArray:
    """The diagonal of ``long_run`` over all rows: each score's variance of its sum."""
    waves = lowest_waves(scores, len(scores))
    variances: FloatArray = (waves.real**2 + waves.imag**2).mean(axis=0)
    return variances


def lowest_waves(scores: FloatArray, n_obs: int) -> npt.NDArray[np.complex128]:
    """Fourier coefficients of each score at the frequencies in use, all but zero's.

    Linear in the scores, and the same for scores that differ by a constant.
    """
    used = frequencies_used(n_obs)
    cosines_and_sines = fourier_basis(len(scores), used) @ scores
    waves: npt.NDArray[np.complex128] = cosines_and_sines[:used] - 1j * cosines_and_sines[used:]
    return waves


@lru_cache(maxsize=16)
def fourier_basis(length: int, used: int) -> FloatArray:
    """Cosines, then sines, of the lowest frequencies, shape (2 * used, length).

    A dozen of two thousand frequencies are in use: their product with the scores is several times
    faster than a Fourier transform, and a bootstrap takes it thousands of times.
    """
    # Whole turns are taken off in whole numbers, so that late angles are as exact as early ones.
    steps = np.outer(np.arange(1, used + 1), np.arange(length)) % length
    angles = 2 * np.pi * steps / length
    basis: FloatArray = np.concatenate([np.cos(angles), np.sin(angles)])
    return basis


def frequencies_used(n_obs: int) -> int:
    """Cube root of the number of observations, rounded down; in whole numbers, hence exact."""
    root = round(n_obs ** (1 / 3))
    return root if root**3 <= n_obs else root - 1


def checked(
    name: str, values: FloatArray, horizon: int, members: BoolArray | None = None
) -> BoolArray:
    """The window as a mask, after a look at what a test will be made of.

    Raises
    ------
    InferenceError
        Where the lengths differ, or a value in the window is not finite.
    TooFewObservationsError
        Where the window holds fewer than ten horizons.
    """
    if values.ndim != 1:
        raise InferenceError(f"{name} has shape {values.shape}; one value per session is expected")
    if horizon < 1:
        raise InferenceError(f"horizon is {horizon}; it counts sessions and is at least 1")
    window = np.ones(len(values), dtype=bool) if members is None else members
    if window.shape != values.shape:
        raise InferenceError(
            f"{name} has {len(values)} values and its window {len(window)}; give one of each per "
            "session"
        )
    bad = window & ~np.isfinite(values)
    if bad.any():
        place = int(bad.argmax())
        raise InferenceError(
            f"{name}[{place}] is {values[place]}, {int(bad.sum())} such in all; compare on dates "
            "that both have"
        )
    count = int(window.sum())
    if count < MIN_HORIZONS * horizon:
        raise TooFewObservationsError(
            f"{name} has {count} observations; {MIN_HORIZONS} horizons of {horizon} sessions, "
            f"{MIN_HORIZONS * horizon} in all, are the least that a test can be made of"
        )
    return window


def is_constant(values: FloatArray) -> BoolArray:
    """Whether each column (or the only one) is one number throughout, up to rounding."""
    size = np.abs(values).max(axis=0)
    constant: BoolArray = np.asarray(np.ptp(values, axis=0) <= 1e-12 * size)
    return constant


def trimmed(window: BoolArray) -> slice:
    """From the first to the last session of a window."""
    inside = np.flatnonzero(window)
    return slice(int(inside[0]), int(inside[-1]) + 1)
