r"""Is one forecast better than another: tests of equal expected loss.

Directions, here and everywhere: a **difference** is the loss of the rival less the loss of the
model, so that positive is in favour of the model; statistics carry the sign of the mean
difference; p-values are two-sided. What is compared is the forecasts as they were published, refits
and all, not the models they came from (Giacomini and White 2006, Econometrica 74(6)), so nested
models need no other test.

Two p-values are given. ``p_value`` rests on the long-run variance of ``long_run`` and is the one to
decide by. ``hln_p_value`` is Diebold and Mariano's with the correction of Harvey, Leybourne and
Newbold, which takes a difference to be uncorrelated from lag *h* on. Where that is so, both keep
their size. Five-session QLIKE differences of forecasts that are equally good, but differ from each
other for weeks as RV20 and the VIX do, are not: at the nominal 5 % the second rejects 10 % of them
with a year of sessions and 13 % with ten, the first 5 % (tests/mlrisk/evaluation/test_size.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from mlrisk.evaluation.long_run import (
    BoolArray,
    InferenceError,
    TooFewObservationsError,
    checked,
    frequencies_used,
    is_constant,
    long_run,
    trimmed,
)

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """A model against one rival over one window.

    Parameters
    ----------
    n_obs : int
    mean_difference : float
        Loss of the rival less that of the model; positive is in favour of the model.
    standard_error : float
        Of the mean difference, by its long-run variance.
    statistic, degrees, p_value : float, int, float
        Student's *t*, its degrees of freedom, two-sided. A difference of zero throughout has
        statistic 0 and p-value 1.
    hln_statistic, hln_p_value : float
        Diebold-Mariano by the variance up to lag *h - 1*, corrected after Harvey et al.
    """

    n_obs: int
    mean_difference: float
    standard_error: float
    statistic: float
    degrees: int
    p_value: float
    hln_statistic: float
    hln_p_value: float


def diebold_mariano(
    difference: FloatArray, horizon: int, members: BoolArray | None = None
) -> Comparison:
    r"""Test that the expected loss difference is zero.

    .. math:: t = \bar d \Big/ \sqrt{\hat\Omega / n^2} \sim t_{2m}

    and, after Harvey, Leybourne and Newbold (1997, Int. J. Forecasting 13(2)),

    .. math:: t_{HLN} = \sqrt{\frac{n + 1 - 2h + h(h-1)/n}{n}}\;
        \frac{\bar d}{\sqrt{(\hat\gamma_0 + 2 \sum_{l=1}^{h-1} \hat\gamma_l) / n}} \sim t_{n-1}

    Where that sum is not positive, its terms are weighted by :math:`1 - l / h` (Newey and West
    1987), which makes it so.

    Parameters
    ----------
    difference : array of shape (n_observations,)
        Loss of the rival less that of the model, one per session, in the order of time.
    horizon : int
        Sessions each forecast looks ahead, *h*: losses that many sessions apart do not overlap.
    members : array of bool, shape (n_observations,), optional
        A window, which may have gaps: products across a gap count as zero.

    Raises
    ------
    InferenceError
        Where a value is not finite, lengths differ, or the difference is constant but not zero.
    TooFewObservationsError
        Where there are fewer than ten horizons.
    """
    window = checked("difference", difference, horizon, members)
    span = trimmed(window)
    window, values = window[span], difference[span]
    count = int(window.sum())
    inside = values[window]
    mean = float(inside.mean())
    if is_constant(inside):
        if mean != 0:
            raise InferenceError(
                f"the loss difference is {mean:.6g} in all {count} sessions, so it has no variance "
                "to hold its mean against; check that the losses are those of forecasts"
            )
        return Comparison(count, 0.0, 0.0, 0.0, 2 * frequencies_used(count), 1.0, 0.0, 1.0)
    score = np.where(window, values - mean, 0.0)
    estimate = long_run(score[:, None], window)
    error = float(np.sqrt(estimate.covariance[0, 0])) / count
    statistic = mean / error
    shrink = np.sqrt((count + 1 - 2 * horizon + horizon * (horizon - 1) / count) / count)
    hln = float(shrink * mean / (np.sqrt(truncated_variance(score, horizon)) / count))
    return Comparison(
        n_obs=count,
        mean_difference=mean,
        standard_error=error,
        statistic=statistic,
        degrees=estimate.degrees,
        p_value=float(2 * stats.t.sf(abs(statistic), estimate.degrees)),
        hln_statistic=hln,
        hln_p_value=float(2 * stats.t.sf(abs(hln), count - 1)),
    )


def truncated_variance(score: FloatArray, horizon: int) -> float:
    """Variance of a sum of scores of mean zero that are uncorrelated from ``horizon`` on."""
    products = np.array(
        [score[lag:] @ score[: len(score) - lag] for lag in range(min(horizon, len(score)))]
    )
    variance = products[0] + 2 * products[1:].sum()
    if variance <= 0:
        weights = 1 - np.arange(1, len(products)) / horizon
        variance = products[0] + 2 * weights @ products[1:]
    return float(variance)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """P-values that hold for all hypotheses together, whatever their dependence.

    Step-down: the smallest is multiplied by the number of hypotheses, the next by one less, and so
    on, never below the one before (Holm 1979, Scand. J. Statistics 6(2)).
    """
    for name, value in p_values.items():
        if not 0 <= value <= 1:
            raise InferenceError(f"the p-value of {name} is {value}; it lies between 0 and 1")
    adjusted: dict[str, float] = {}
    largest = 0.0
    ordered = sorted(p_values, key=lambda name: p_values[name])
    for place, name in enumerate(ordered):
        largest = max(largest, min(1.0, (len(ordered) - place) * p_values[name]))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p_values}


def significantly_better(
    differences: Mapping[int, FloatArray], horizon: int, level: float
) -> list[int]:
    """Challengers whose smaller loss is no chance, adjusted for how many there are after Holm.

    Parameters
    ----------
    differences : mapping of int to array
        Loss of the incumbent less that of each challenger, by the challenger's place.
    horizon : int
    level : float
    """
    tests = {place: diebold_mariano(values, horizon) for place, values in differences.items()}
    adjusted = holm({str(place): test.p_value for place, test in tests.items()})
    return [
        place
        for place, test in tests.items()
        if test.statistic > 0 and adjusted[str(place)] < level
    ]


def against_rivals(
    losses: pd.DataFrame,
    model: str,
    rivals: Sequence[str],
    horizon: int,
    members: BoolArray | None = None,
) -> dict[str, dict[str, Any]]:
    """The model against each of its rivals, with Holm's adjustment over them.

    Parameters
    ----------
    losses : DataFrame of shape (n_dates, n_contenders)
        As from ``loss_table``.
    model : str
    rivals : sequence of str
        Named beforehand: the adjustment is for as many as there are.
    horizon : int
    members : array of bool, shape (n_dates,), optional

    Returns
    -------
    dict of str to dict
        Per rival the fields of ``Comparison``, and ``holm_p_value``.
    """
    own = losses_of(losses, model)
    results = {
        rival: diebold_mariano(losses_of(losses, rival) - own, horizon, members)
        for rival in rivals
        if rival != model
    }
    adjusted = holm({rival: result.p_value for rival, result in results.items()})
    return {
        rival: {**asdict(result), "holm_p_value": adjusted[rival]}
        for rival, result in results.items()
    }


def over_windows(
    losses: pd.DataFrame,
    model: str,
    rivals: Sequence[str],
    horizon: int,
    windows: Mapping[str, BoolArray],
) -> dict[str, dict[str, dict[str, Any]]]:
    """``against_rivals`` in each window; those too short for a test are left out.

    Holm's adjustment is over the rivals within a window, not over windows: a window of its own
    shows where a difference comes from, and decides nothing.
    """
    results = {}
    for name, members in windows.items():
        try:
            results[name] = against_rivals(losses, model, rivals, horizon, members)
        except TooFewObservationsError:
            continue
    return results


def losses_of(losses: pd.DataFrame, name: str) -> FloatArray:
    """One contender's column of a table of losses, or an error that says who has one."""
    if name not in losses:
        raise InferenceError(
            f"there are no losses of {name}; there are {', '.join(contenders(losses))}"
        )
    values: FloatArray = losses[name].to_numpy(dtype=np.float64)
    return values


def contenders(losses: pd.DataFrame) -> list[str]:
    """Whose losses a table holds."""
    return [str(name) for name in losses.columns]
