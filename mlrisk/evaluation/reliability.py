"""Do probabilities mean what they say: bins of equal count, the parts of the Brier score, ECE.

Everything here is of one event, forecast by one probability: a three-way forecast is looked at one
regime at a time. Bins hold equally many forecasts, but equal forecasts are never parted: one that
has three values has three bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

BINS = 10


@dataclass(frozen=True)
class Parts:
    """What the Brier score of one event is made of; see ``decomposition``.

    Parameters
    ----------
    reliability : float
        Squared distance of forecast from frequency, bin by bin; 0 if calibrated.
    resolution : float
        How far the bins' frequencies lie from the base rate; as large as ``uncertainty`` at best.
    uncertainty : float
        Variance of the event: the score of the base rate.
    within_bins : float
        What forecasts that differ within a bin add.
    """

    reliability: float
    resolution: float
    uncertainty: float
    within_bins: float

    @property
    def brier(self) -> float:
        """The parts put together."""
        return self.reliability - self.resolution + self.uncertainty + self.within_bins


def bins_of(probability: FloatArray, bins: int = BINS) -> IntArray:
    """The bin of each forecast, from 0 on: by rank, ties sharing their mean rank.

    Parameters
    ----------
    probability : array of shape (n_observations,)
        As stored, to 1e-8: what is equal there is equal here.
    bins : int
        At most this many; as many as there are values where those are fewer.
    """
    values, which = np.unique(probability, return_inverse=True)
    if len(values) <= bins:
        return np.asarray(which, dtype=np.int64)
    rank = pd.Series(probability).rank(method="average").to_numpy() - 0.5
    place = np.floor(rank * bins / len(probability))
    return np.asarray(np.unique(place, return_inverse=True)[1], dtype=np.int64)


def table(probability: FloatArray, event: FloatArray, bins: int = BINS) -> pd.DataFrame:
    """Mean forecast and frequency of the event in each bin: the reliability diagram.

    Parameters
    ----------
    probability : array of shape (n_observations,)
    event : array of shape (n_observations,)
        1 where it came, else 0.
    bins : int

    Returns
    -------
    DataFrame of shape (n_bins, 3)
        Columns count, forecast, observed; the lowest forecasts first.
    """
    rows = pd.DataFrame({"forecast": probability, "observed": event})
    grouped = rows.groupby(bins_of(probability, bins))
    means = grouped.mean()
    means.insert(0, "count", grouped.size())
    return means.reset_index(drop=True)


def decomposition(probability: FloatArray, event: FloatArray, bins: int = BINS) -> Parts:
    r"""The Brier score of one event in parts that add up exactly.

    .. math:: \tfrac1n \sum_t (p_t - o_t)^2 =
        \underbrace{\tfrac1n \sum_k n_k (\bar p_k - \bar o_k)^2}_{reliability}
        - \underbrace{\tfrac1n \sum_k n_k (\bar o_k - \bar o)^2}_{resolution}
        + \underbrace{\bar o (1 - \bar o)}_{uncertainty}
        + \underbrace{\tfrac1n \sum_k \sum_{t \in k} (p_t - \bar p_k)^2
        - \tfrac2n \sum_k \sum_{t \in k} (p_t - \bar p_k)(o_t - \bar o_k)}_{within\ bins}

    The first three after Murphy (1973, J. Applied Meteorology 12(4)), the last, which is zero
    where a bin holds one value only, after Stephenson, Coelho and Jolliffe (2008, Weather and
    Forecasting 23(4)).

    Parameters
    ----------
    probability, event, bins
        As for ``table``.
    """
    which = bins_of(probability, bins)
    binned = table(probability, event, bins)
    share = binned["count"].to_numpy() / len(event)
    forecast, observed = binned["forecast"].to_numpy(), binned["observed"].to_numpy()
    base = float(np.mean(event))
    spread = probability - forecast[which]
    return Parts(
        reliability=float(share @ (forecast - observed) ** 2),
        resolution=float(share @ (observed - base) ** 2),
        uncertainty=base * (1 - base),
        within_bins=float(np.mean(spread**2 - 2 * spread * (event - observed[which]))),
    )


def expected_calibration_error(
    probability: FloatArray, event: FloatArray, bins: int = BINS
) -> float:
    r"""Mean distance of forecast from frequency over the bins, weighted by their counts.

    .. math:: ECE = \tfrac1n \sum_k n_k |\bar p_k - \bar o_k|

    (Naeini, Cooper and Hauskrecht 2015, AAAI, with bins of equal count.) It is positive for a
    calibrated forecast too: a bin's frequency is known to about
    :math:`\sqrt{\bar o_k (1 - \bar o_k) / n_k}` only, more where outcomes overlap.
    """
    binned = table(probability, event, bins)
    gap = (binned["forecast"] - binned["observed"]).abs().to_numpy()
    return float(gap @ binned["count"].to_numpy() / len(event))
