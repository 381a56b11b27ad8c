"""All contenders at once: superior predictive ability and the model confidence set.

Both resample sessions by the stationary bootstrap with a given seed, as ``bootstrap`` does; a
sub-period is given by its rows of the losses, and has no gaps. A
p-value counts the sample itself as one of the draws, so it is never below 1 / (reps + 1).

Blocks carry a dependence of days and part of one that lasts for weeks, and longer ones do no
better. Measured over 3,800 sessions of five equally good forecasts that differ for weeks: the first
test rejects 9 % at the nominal 5 %, and the 90 % set is without one of the five 18 % of the time.
So they are read beside Holm's p-values in ``superiority``, which keep their size there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from arch.bootstrap import MCS, SPA

from mlrisk.evaluation.bootstrap import block_length
from mlrisk.evaluation.long_run import InferenceError, checked, is_constant, long_run_variances
from mlrisk.evaluation.superiority import contenders, losses_of

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Superiority:
    """Whether any rival has a smaller expected loss than the benchmark.

    Parameters
    ----------
    n_obs : int
    benchmark : str
    best_rival : str
        The rival with the largest statistic.
    statistic : float
        Its mean loss difference in standard errors; positive where it is better than the benchmark.
    p_value : float
        Hansen's consistent one: small means that some rival is better, after counting all tried.
    p_value_lower, p_value_upper : float
        With rivals that are worse left out, and with all of them counted as equally good.
    block_length : int
        Mean length of a block, in sessions.
    """

    n_obs: int
    benchmark: str
    best_rival: str
    statistic: float
    p_value: float
    p_value_lower: float
    p_value_upper: float
    block_length: int


@dataclass(frozen=True)
class Membership:
    """A contender's place in the model confidence set.

    Parameters
    ----------
    p_value : float
        The contender is in every set of confidence above one less this.
    included : bool
        In the set asked for.
    """

    p_value: float
    included: bool


def superior_predictive_ability(
    losses: pd.DataFrame,
    benchmark: str,
    rivals: Sequence[str],
    horizon: int,
    *,
    reps: int,
    seed: int,
) -> Superiority:
    r"""Hansen's test that no rival has a smaller expected loss than the benchmark.

    .. math:: T = \max_k \bar d_k / \hat\sigma_k

    over the rivals *k* (Hansen 2005, J. Business & Economic Statistics 23(4)), with ``arch``. Each
    difference is divided by its long-run standard deviation beforehand: ``SPA`` takes the maximum
    of the means as they are, by which a noisy rival drowns the others.

    Parameters
    ----------
    losses : DataFrame of shape (n_dates, n_contenders)
        As from ``windows.loss_table``.
    benchmark : str
    rivals : sequence of str
        Everything that was tried, the failures too; those with exactly the benchmark's losses have
        nothing to say and are left out.
    horizon : int
        Sessions each forecast looks ahead.
    reps, seed : int
        Draws of the bootstrap, and where its random numbers begin.
    """
    base = losses_of(losses, benchmark)
    others = [name for name in rivals if name != benchmark]
    if not others:
        raise InferenceError(f"{benchmark} has no rival to be compared with")
    gains = np.column_stack([base - losses_of(losses, name) for name in others])
    for name, gain in zip(others, gains.T, strict=True):
        checked(f"the loss difference of {benchmark} and {name}", gain, horizon)
    moving = ~is_constant(gains)
    refuse_constants(gains[:, ~moving], benchmark)
    count = len(gains)
    if not moving.any():
        return Superiority(count, benchmark, others[0], 0.0, 1.0, 1.0, 1.0, horizon)
    names = [name for name, moves in zip(others, moving, strict=True) if moves]
    gains = gains[:, moving]
    variances = long_run_variances(gains - gains.mean(axis=0))
    studentized = gains / np.sqrt(variances / count)
    length = block_length(gains, horizon)
    test = SPA(np.zeros(count), -studentized, length, reps, "stationary", seed=seed)
    test.compute()
    statistics = studentized.mean(axis=0) * np.sqrt(count)
    best = int(statistics.argmax())
    lower, consistent, upper = (
        with_the_sample(test.pvalues[kind], reps) for kind in ("lower", "consistent", "upper")
    )
    return Superiority(
        n_obs=count,
        benchmark=benchmark,
        best_rival=names[best],
        statistic=float(statistics[best]),
        p_value=consistent,
        p_value_lower=lower,
        p_value_upper=upper,
        block_length=length,
    )


def model_confidence_set(
    losses: pd.DataFrame, horizon: int, *, confidence: float, reps: int, seed: int
) -> dict[str, Membership]:
    """The contenders among which the best is, with a given confidence.

    Hansen, Lunde and Nason (2011, Econometrica 79(2)) with the range statistic, by ``arch``.

    Parameters
    ----------
    losses : DataFrame of shape (n_dates, n_contenders)
        As from ``windows.loss_table``. Contenders with the same losses in every session count as
        one, and get the same answer.
    horizon : int
        Sessions each forecast looks ahead.
    confidence : float
        0.9 for the set that leaves out the best in one of ten samples at most.
    reps, seed : int
        Draws of the bootstrap, and where its random numbers begin.

    Returns
    -------
    dict of str to Membership
        In the order of the columns.
    """
    if not 0 < confidence < 1:
        raise InferenceError(f"confidence is {confidence}; it lies between 0 and 1")
    names = contenders(losses)
    values = np.column_stack([losses_of(losses, name) for name in names])
    for name, column in zip(names, values.T, strict=True):
        checked(f"the losses of {name}", column, horizon)
    distinct, alike = np.unique(values, axis=1, return_inverse=True)
    if distinct.shape[1] == 1:
        return {name: Membership(1.0, True) for name in names}
    for place in range(1, distinct.shape[1]):
        pairs = distinct[:, :place] - distinct[:, place : place + 1]
        refuse_constants(pairs[:, is_constant(pairs)], "another contender")
    relative = distinct - distinct.mean(axis=1, keepdims=True)
    length = block_length(relative, horizon)
    procedure = MCS(distinct, 1 - confidence, reps, length, "R", "stationary", seed=seed)
    procedure.compute()
    p_values = procedure.pvalues["Pvalue"]
    members = {}
    for name, column in zip(names, alike.ravel(), strict=True):
        p_value = with_the_sample(p_values[column], reps)
        members[name] = Membership(p_value, p_value > 1 - confidence)
    return members


def with_the_sample(share: float, reps: int) -> float:
    """A p-value from the share of draws beyond the statistic, the sample counted as a draw."""
    return (round(share * reps) + 1) / (reps + 1)


def refuse_constants(differences: FloatArray, other: str) -> None:
    """Raise where a constant difference is not zero: it has no variance to hold it against."""
    if differences.any():
        gap = differences[differences != 0][0]
        raise InferenceError(
            f"a contender's loss differs from that of {other} by {gap:.6g} in every session; check "
            "that the losses are those of forecasts"
        )
