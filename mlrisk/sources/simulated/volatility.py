"""The true variance of the simulated benchmark: regimes times two log-volatility factors.

The equations are in the package's docstring. Everything here is exact: the expectation of future
variance given the state is a closed form, so the best possible forecast is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from mlrisk.sources.simulated.streams import FloatArray, IntArray, stream

HORIZON = 5
"""Sessions the oracle looks ahead."""


@dataclass(frozen=True)
class Law:
    """The parameters of the variance process, per session; sources are in the package's table.

    Parameters
    ----------
    transition : 3 rows of 3
        Row *j*: probability of tomorrow's regime given regime *j* today.
    log_variance : 3 numbers
        Level of log daily variance in each regime.
    drift : 3 numbers
        Mean return of a session in each regime.
    persistence, spread, leverage : slow and fast factor
        First autocorrelation, unconditional standard deviation, correlation of the factor's
        innovation with the return shock.
    degrees : float
        Degrees of freedom of the Student-t return shock; above 4, so that kurtosis is finite.
    """

    transition: tuple[tuple[float, float, float], ...] = (
        (0.9950, 0.0045, 0.0005),
        (0.0075, 0.9850, 0.0075),
        (0.0017, 0.0153, 0.9830),
    )
    log_variance: tuple[float, float, float] = (-10.15, -9.30, -8.10)
    drift: tuple[float, float, float] = (0.0007, 0.0003, -0.0009)
    persistence: tuple[float, float] = (0.97, 0.85)
    spread: tuple[float, float] = (0.62, 0.40)
    leverage: tuple[float, float] = (-0.75, -0.70)
    degrees: float = 24.0


@dataclass(frozen=True)
class State:
    """What is true of each session, known at its close; all arrays of shape (n_sessions,).

    Parameters
    ----------
    regime : array of int
        0 calm, 1 transition, 2 risk-off.
    slow, fast : array
        Factors after the session's shock: they set the variance of the *next* session.
    variance : array
        Variance of the session's return, fixed at the close before but for the regime.
    mixing : array
        Inverse-gamma factor of mean 1 that turns the session's Gaussian shock into Student-t.
    gaussian : array
        The session's Gaussian shock, which the factors lean against.
    returns : array
        Log return, close to close: drift plus root of variance and mixing times the shock.
    """

    regime: IntArray
    slow: FloatArray
    fast: FloatArray
    variance: FloatArray
    mixing: FloatArray
    gaussian: FloatArray
    returns: FloatArray


def simulate(law: Law, seed: int, n_sessions: int) -> State:
    """The first ``n_sessions`` sessions of a world; a longer draw begins with a shorter one."""
    normals = stream(seed, "factors").standard_normal((n_sessions, 3))
    gaussian = normals[:, 0]
    mixing = student(law.degrees, stream(seed, "mixing"), n_sessions)
    regime = _regimes(law, stream(seed, "regimes").random(n_sessions))
    slow, fast = (
        autoregression(
            lean(law.leverage[factor], gaussian, normals[:, 1 + factor]),
            law.persistence[factor],
            law.spread[factor],
        )
        for factor in range(2)
    )
    before = np.concatenate([[0.0], (slow + fast)[:-1]])
    variance = np.exp(np.array(law.log_variance)[regime] + before)
    returns = np.array(law.drift)[regime] + np.sqrt(variance * mixing) * gaussian
    return State(regime, slow, fast, variance, mixing, gaussian, returns)


def autoregression(shocks: FloatArray, persistence: float, spread: float) -> FloatArray:
    """First-order autoregression of unconditional standard deviation ``spread``, begun at zero."""
    scale = spread * float(np.sqrt(1.0 - persistence**2))
    return np.asarray(lfilter([scale], [1.0, -persistence], shocks), dtype=np.float64)


def lean(correlation: float, shock: FloatArray, own: FloatArray) -> FloatArray:
    """Unit-variance innovations with the given correlation to ``shock``."""
    return correlation * shock + float(np.sqrt(1.0 - correlation**2)) * own


def student(degrees: float, rng: np.random.Generator, n_sessions: int) -> FloatArray:
    """Inverse-gamma factors of mean 1: times their root a Gaussian is a unit-variance Student-t."""
    chi_square = 2.0 * rng.standard_gamma(degrees / 2.0, n_sessions)
    return np.asarray((degrees - 2.0) / chi_square)


def expected_variance(law: Law, state: State, horizons: Sequence[int]) -> FloatArray:
    """Expected sum of squared returns over the next sessions, given the state at each close.

    Parameters
    ----------
    horizons : sequence of int
        Sessions, increasing.

    Returns
    -------
    array of shape (n_sessions, n_horizons)
        Row *t* looks at sessions *t+1..t+h* and knows nothing but the state at the close of *t*.
    """
    levels = np.exp(np.array(law.log_variance))
    squared_drift = np.array(law.drift) ** 2
    chances = np.eye(3)
    uncertainty = 0.0
    total = np.zeros(len(state.regime))
    sums = []
    for ahead in range(1, max(horizons) + 1):
        chances = _product(chances, np.array(law.transition))
        # The factors of session t+ahead have moved ahead-1 steps since the close of t.
        slow, fast = (phi ** (ahead - 1) for phi in law.persistence)
        factors = np.exp(slow * state.slow + fast * state.fast + uncertainty / 2.0)
        uncertainty += _step_variance(law, ahead - 1)
        level = (chances * levels).sum(axis=1)[state.regime]
        drift = (chances * squared_drift).sum(axis=1)[state.regime]
        total = total + level * factors + drift
        if ahead in horizons:
            sums.append(total)
    return np.column_stack(sums)


def _step_variance(law: Law, age: int) -> float:
    """What an innovation of both factors adds to the variance of their sum ``age`` steps later.

    The innovations share the return shock, hence the cross term.
    """
    slow, fast = (
        spread * (1.0 - phi**2) ** 0.5 * phi**age
        for spread, phi in zip(law.spread, law.persistence, strict=True)
    )
    return slow**2 + fast**2 + 2.0 * law.leverage[0] * law.leverage[1] * slow * fast


def _product(left: FloatArray, right: FloatArray) -> FloatArray:
    """Matrix product without BLAS, whose last bits depend on the processor."""
    return np.asarray((left[:, :, None] * right[None, :, :]).sum(axis=1))


def _regimes(law: Law, uniforms: FloatArray) -> IntArray:
    """The chain that begins calm and moves by inverting each row's distribution."""
    edges = [[row[0], row[0] + row[1]] for row in law.transition]
    path = np.empty(len(uniforms), dtype=np.int64)
    regime = 0
    for position, uniform in enumerate(uniforms.tolist()):
        low, high = edges[regime]
        regime = (uniform >= low) + (uniform >= high)
        path[position] = regime
    return path
