"""Returns, bars and volumes of everything that trades in the simulated world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlrisk.sources.simulated.streams import FloatArray, stream
from mlrisk.sources.simulated.volatility import State, autoregression, student

SESSIONS_PER_YEAR = 252
QUARTER_HOURS = 26
"""Steps of the path from open to close: 6.5 hours."""
TICK = 2
"""Decimals of a price: cents."""

Three = tuple[float, float, float]


@dataclass(frozen=True)
class Asset:
    """How something that trades follows the benchmark.

    Parameters
    ----------
    price : float
        Close before the first session.
    drift : float
        Mean log return a year beyond what ``beta`` brings.
    beta : 3 numbers
        Load on the benchmark's return in each regime.
    own : 3 numbers
        Annual volatility of the rest in each regime, where the factors stand at zero.
    follow : float
        Power of the benchmark's factor variance that the rest's variance goes with.
    overnight : float
        Share of a day's variance that passes between close and open.
    volume : float
        Typical shares a day; zero where only a close is published.
    """

    price: float
    drift: float
    beta: Three
    own: Three
    follow: float
    overnight: float
    volume: float


BENCHMARK = "SPY"
CLOSE_ONLY = frozenset({"DXY", "WTI"})
OWN_PERSISTENCE, OWN_SPREAD, OWN_DEGREES = 0.97, 0.35, 6.0

# Loads and overnight shares are those of the ETFs' returns of 2007-2026, sorted by the VIX of the
# day before (below 18, 18 to 26, above 26); own volatilities come to theirs with the factors added.
ASSETS: dict[str, Asset] = {
    "SPY": Asset(125.0, 0.0, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), 0.0, 0.33, 9.0e7),
    "TLT": Asset(90.0, 0.055, (-0.22, -0.26, -0.26), (0.115, 0.130, 0.165), 0.15, 0.48, 1.0e7),
    "HYG": Asset(100.0, 0.020, (0.30, 0.32, 0.38), (0.034, 0.050, 0.090), 0.50, 0.36, 1.5e7),
    "GLD": Asset(53.0, 0.065, (0.07, 0.06, 0.04), (0.140, 0.160, 0.190), 0.15, 0.51, 9.0e6),
    "XLB": Asset(31.0, 0.0, (1.03, 1.05, 1.04), (0.090, 0.110, 0.135), 0.25, 0.38, 1.0e7),
    "XLE": Asset(52.0, 0.0, (0.96, 1.01, 1.20), (0.150, 0.190, 0.230), 0.30, 0.35, 2.5e7),
    "XLF": Asset(32.0, -0.02, (1.04, 1.20, 1.38), (0.080, 0.110, 0.200), 0.45, 0.37, 6.0e7),
    "XLI": Asset(32.0, 0.0, (1.03, 1.00, 0.98), (0.065, 0.080, 0.110), 0.30, 0.40, 1.2e7),
    "XLK": Asset(22.0, 0.02, (1.18, 1.12, 1.03), (0.070, 0.083, 0.105), 0.30, 0.40, 1.4e7),
    "XLP": Asset(24.0, 0.03, (0.53, 0.51, 0.57), (0.078, 0.087, 0.110), 0.25, 0.42, 1.2e7),
    "XLU": Asset(32.0, 0.02, (0.42, 0.50, 0.72), (0.118, 0.125, 0.150), 0.25, 0.30, 1.8e7),
    "XLV": Asset(32.0, 0.02, (0.78, 0.71, 0.69), (0.083, 0.088, 0.110), 0.25, 0.35, 1.0e7),
    "XLY": Asset(34.0, 0.01, (1.07, 1.10, 1.00), (0.070, 0.085, 0.115), 0.30, 0.40, 9.0e6),
    "DXY": Asset(91.0, 0.008, (-0.08, -0.07, -0.08), (0.060, 0.070, 0.085), 0.10, 0.0, 0.0),
    "WTI": Asset(63.0, -0.05, (0.50, 0.52, 0.60), (0.280, 0.330, 0.450), 0.30, 0.0, 0.0),
}


@dataclass(frozen=True)
class Returns:
    """Log returns of one asset and the standard deviation each was drawn with, shape (n,)."""

    total: FloatArray
    deviation: FloatArray


@dataclass(frozen=True)
class Bars:
    """Prices of one asset in dollars, rounded to cents; shape (n_sessions,) each."""

    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray


def asset_returns(name: str, state: State, seed: int) -> Returns:
    r"""Returns of an asset: the benchmark's by ``beta``, plus Student-t returns of its own.

    .. math:: r_{i,t} = \alpha_i + \beta_i[S_t] r_t
        + s_i[S_t] \, e^{(\gamma_i (f^1 + f^2)_{t-1} + g_{i,t-1}) / 2} \, z_{i,t}

    ``g`` is a log-variance factor of the asset's own.
    """
    asset = ASSETS[name]
    if name == BENCHMARK:
        return Returns(state.returns, np.sqrt(state.variance * state.mixing))
    n_sessions = len(state.regime)
    normals = stream(seed, name, "returns").standard_normal((n_sessions, 2))
    mixing = student(OWN_DEGREES, stream(seed, name, "mixing"), n_sessions)
    own_factor = autoregression(normals[:, 1], OWN_PERSISTENCE, OWN_SPREAD)
    before = np.concatenate([[0.0], (asset.follow * (state.slow + state.fast) + own_factor)[:-1]])
    own = np.array(asset.own)[state.regime] ** 2 / SESSIONS_PER_YEAR * np.exp(before) * mixing
    beta = np.array(asset.beta)[state.regime]
    alpha = asset.drift / SESSIONS_PER_YEAR
    total = alpha + beta * state.returns + np.sqrt(own) * normals[:, 0]
    return Returns(total, np.sqrt(beta**2 * state.variance * state.mixing + own))


def closes(name: str, returns: FloatArray) -> FloatArray:
    """Closes in dollars, not yet rounded."""
    return np.asarray(ASSETS[name].price * np.exp(np.cumsum(returns)))


def bars(name: str, returns: Returns, seed: int) -> Bars:
    r"""Open, high, low and close that agree with the close-to-close return.

    The night takes a share :math:`\lambda` of the variance and, given the day's return *r*, is
    :math:`\lambda r + \sqrt{\lambda (1 - \lambda)} \, \sigma n`, so that night and day are
    uncorrelated and their variances add up. From open to close runs a Brownian bridge of quarter
    hours; within each step the extremes are drawn from their law given both ends,

    .. math:: M = \tfrac12 \bigl(a + b + \sqrt{(b - a)^2 - 2 v \ln U}\bigr)

    (Glasserman 2003, Monte Carlo Methods in Financial Engineering, sec. 6.4), so the range is that
    of the continuous path and the estimators of Parkinson and Garman-Klass are unbiased.
    """
    share = ASSETS[name].overnight
    n_sessions = len(returns.total)
    normals = stream(seed, name, "path").standard_normal((n_sessions, 1 + QUARTER_HOURS))
    uniforms = 1.0 - stream(seed, name, "extremes").random((n_sessions, 2, QUARTER_HOURS))

    night = (
        share * returns.total + np.sqrt(share * (1.0 - share)) * returns.deviation * normals[:, 0]
    )
    step = (1.0 - share) * returns.deviation**2 / QUARTER_HOURS
    walk = np.cumsum(normals[:, 1:], axis=1) * np.sqrt(step)[:, None]
    clock = np.arange(1, QUARTER_HOURS + 1) / QUARTER_HOURS
    ends = night[:, None] + walk - clock * (walk[:, -1] - (returns.total - night))[:, None]
    begins = np.concatenate([night[:, None], ends[:, :-1]], axis=1)
    spread = np.sqrt(
        (ends - begins)[:, None, :] ** 2 - 2.0 * step[:, None, None] * np.log(uniforms)
    )
    top = ((begins + ends + spread[:, 0]) / 2.0).max(axis=1)
    bottom = ((begins + ends - spread[:, 1]) / 2.0).min(axis=1)

    close = closes(name, returns.total)
    before = np.concatenate([[ASSETS[name].price], close[:-1]])
    first = np.round(before * np.exp(night), TICK)
    last = np.round(close, TICK)
    return Bars(
        open=first,
        high=np.maximum(np.round(before * np.exp(top), TICK), np.maximum(first, last)),
        low=np.minimum(np.round(before * np.exp(bottom), TICK), np.minimum(first, last)),
        close=last,
    )


def volumes(name: str, returns: Returns, state: State, seed: int) -> FloatArray:
    """Shares traded: more in turbulent times and on large moves; whole lots of a hundred."""
    noise = stream(seed, name, "volume").standard_normal((len(state.regime), 2))
    before = np.concatenate([[0.0], (state.slow + state.fast)[:-1]])
    log_volume = (
        0.25 * before
        + 0.15 * np.abs(returns.total) / returns.deviation
        + autoregression(noise[:, 0], 0.8, 0.2)
        + 0.15 * noise[:, 1]
    )
    return np.asarray(np.round(ASSETS[name].volume * np.exp(log_volume), -2))
