"""Implied volatility indices: what options say about the variance to come, and how they mislead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlrisk.sources.simulated.streams import FloatArray, stream
from mlrisk.sources.simulated.volatility import Law, State, autoregression, expected_variance, lean

TENORS = {"VIX9D": 6, "VIX": 21, "VIX3M": 63}
"""Sessions in 9, 30 and 93 calendar days, shortest first."""
VOL_OF_VOL = "VVIX"
SYMBOLS = frozenset(TENORS) | {VOL_OF_VOL}
SESSIONS_PER_YEAR = 252.0
TICK = 2
"""Decimals of an index: hundredths of a volatility point."""


@dataclass(frozen=True)
class Premium:
    """What option prices add to the log of expected annual variance.

    Parameters
    ----------
    level : 3 numbers
        Mean premium at each tenor, shortest first.
    pull : float
        Share of a rise in log expected variance above ``anchor`` that the premium gives back: it
        is dear in calm and cheap in turbulence.
    anchor : float
        Log of annual variance at which the premium is ``level``.
    mood_persistence, mood_spread, mood_leverage : float
        Slow autoregression that moves all tenors alike; the correlation of its innovation with the
        benchmark's shock.
    fear_persistence, fear_spread, fear_leverage : float
        The same for a faster one, which moves each tenor by its ``tilt``. It looks like the fast
        volatility factor and so hides it.
    tilt : 3 numbers
        Loads of the tenors on fear.
    print_spread : float
        Standard deviation of each print's own noise.
    """

    level: tuple[float, float, float] = (0.13, 0.19, 0.33)
    pull: float = 0.55
    anchor: float = -3.6
    mood_persistence: float = 0.995
    mood_spread: float = 0.46
    mood_leverage: float = -0.85
    fear_persistence: float = 0.93
    fear_spread: float = 0.36
    fear_leverage: float = -0.63
    tilt: tuple[float, float, float] = (0.80, 0.45, 0.24)
    print_spread: float = 0.02


def indices(law: Law, premium: Premium, state: State, seed: int) -> dict[str, FloatArray]:
    r"""Closes of VIX9D, VIX, VIX3M and VVIX in points, each of shape (n_sessions,).

    .. math:: \ln (V_h / 100)^2 = (1 - c) x_h + c \, a + p_h + d_t + k_h b_t + \epsilon_{h,t},
        \quad x_h = \ln \tfrac{252}{h} E_t \sum_{i=1}^{h} r_{t+i}^2

    with mood *d* and fear *b*. All of it is known at the close: the expectation is the closed form
    of :func:`~mlrisk.sources.simulated.volatility.expected_variance`.
    """
    n_sessions = len(state.regime)
    noise = stream(seed, "premium").standard_normal((n_sessions, 2 + len(TENORS)))
    mood = autoregression(
        lean(premium.mood_leverage, state.gaussian, noise[:, 0]),
        premium.mood_persistence,
        premium.mood_spread,
    )
    fear = autoregression(
        lean(premium.fear_leverage, state.gaussian, noise[:, 1]),
        premium.fear_persistence,
        premium.fear_spread,
    )
    expected = expected_variance(law, state, list(TENORS.values()))
    quoted: dict[str, FloatArray] = {}
    for place, (symbol, horizon) in enumerate(TENORS.items()):
        annual = np.log(expected[:, place] * (SESSIONS_PER_YEAR / horizon))
        priced = (
            annual
            - premium.pull * (annual - premium.anchor)
            + premium.level[place]
            + mood
            + premium.tilt[place] * fear
            + premium.print_spread * noise[:, 2 + place]
        )
        quoted[symbol] = np.round(100.0 * np.exp(priced / 2.0), TICK)
    return quoted | {VOL_OF_VOL: _vol_of_vol(law, premium, state, fear, seed)}


def _vol_of_vol(
    law: Law, premium: Premium, state: State, fear: FloatArray, seed: int
) -> FloatArray:
    """VVIX: around 92, up with the fast factor and with fear, with noise of its own."""
    noise = autoregression(stream(seed, VOL_OF_VOL).standard_normal(len(fear)), 0.95, 0.11)
    excitement = 0.08 * state.fast / law.spread[1] + 0.06 * fear / premium.fear_spread
    return np.round(92.0 * np.exp(excitement + noise), TICK)
