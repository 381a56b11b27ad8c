r"""The hidden Markov chain over clusters: learnt on a window, filtered forward only.

With *A* the transition matrix and :math:`b_t` the likelihood of the day in each cluster,

.. math:: \pi_{t|t-1} = \pi_{t-1|t-1} A, \qquad
    \pi_{t|t} \propto \pi_{t|t-1} \circ b_t

(Hamilton 1989, Econometrica 57(2)). Nothing here is smoothed with what came later.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from operator import mul
from typing import Any

import numpy as np

from mlrisk.regimes.clustering import Clusters
from mlrisk.regimes.inputs import FloatArray, IntArray, complete, fitted

ROUNDS = 2
"""Steps of Baum and Welch in each fit, which begins where the one before ended; a fixed number,
since to stop at a tolerance would hang on last bits."""

FIRST_ROUNDS = 50

STAY = 0.98
"""Where learning begins: clusters that last 50 sessions."""

SEEN = 0.9
"""Where learning begins: how often a state is seen as the cluster of its own number."""


@dataclass(frozen=True)
class Chain:
    """A hidden Markov chain, at published precision; every row adds up to one.

    Parameters
    ----------
    start : array of shape (n_clusters,)
        Probability of each state on the first session.
    transition : array of shape (n_clusters, n_clusters)
        Probability of a column's state on the session after a row's.
    emission : array of shape (n_clusters, n_clusters) or None
        Probability that a row's state is seen as a column's cluster, where the chain is over
        cluster numbers.
    """

    start: FloatArray
    transition: FloatArray
    emission: FloatArray | None = None

    @classmethod
    def of(
        cls, start: FloatArray, transition: FloatArray, emission: FloatArray | None = None
    ) -> Chain:
        """At published precision."""
        seen = None if emission is None else _shares(emission)
        return cls(_shares(start), _shares(transition), seen)

    @classmethod
    def begun(cls, clusters: int) -> Chain:
        """Where the first fit begins to learn."""
        return cls.of(
            np.full(clusters, 1 / clusters), _mostly(clusters, STAY), _mostly(clusters, SEEN)
        )


def of_inputs(
    values: FloatArray,
    clusters: Clusters,
    before: Chain | None,
    stickiness: float,
    evidence: float,
) -> Chain:
    """Start and transitions of the chain whose states are the clusters' own Gaussians.

    hmmlearn's Baum-Welch with a sticky Dirichlet prior (after Fox, Sudderth, Jordan and Willsky
    2011, Annals of Applied Statistics 5(2A)): each row of the transition matrix has seen
    ``stickiness`` sessions without a change before any data, and one change to each other state,
    so that no state is without a way out. The Gaussians are the clusters' and stay: smoothing in
    time does not change what a cluster is.

    Parameters
    ----------
    values : array of shape (n_sessions, n_inputs)
        The window's complete sessions, standardised.
    before : Chain or None
        That of the fit before.
    stickiness : float
    evidence : float
        Share of a session's log likelihood that counts.
    """
    from hmmlearn.hmm import GaussianHMM

    count = len(clusters.means)
    chain = before or Chain.begun(count)
    model = _tempered(GaussianHMM, evidence)(
        count,
        covariance_type="full",
        startprob_prior=2.0,
        transmat_prior=_prior(count, stickiness),
        n_iter=ROUNDS if before else FIRST_ROUNDS,
        tol=-np.inf,
        params="st",
        init_params="",
    )
    model.startprob_, model.transmat_ = chain.start, chain.transition
    model.means_, model.covars_ = clusters.means, clusters.covariances
    with _quiet():
        model.fit(values)
    return Chain.of(model.startprob_, model.transmat_)


def of_ids(
    ids: IntArray, count: int, before: Chain | None, stickiness: float, evidence: float
) -> Chain:
    """The chain that is seen through cluster numbers alone: start, transitions and emissions.

    As ``of_inputs``, with the same prior on what a state is seen as, which ties it to its number.

    Parameters
    ----------
    ids : array of shape (n_sessions,)
        Cluster of each complete session of the window.
    count : int
        Clusters there are.
    """
    from hmmlearn.hmm import CategoricalHMM

    chain = before or Chain.begun(count)
    model = _tempered(CategoricalHMM, evidence)(
        count,
        startprob_prior=2.0,
        transmat_prior=_prior(count, stickiness),
        emissionprob_prior=_prior(count, stickiness),
        n_features=count,
        n_iter=ROUNDS if before else FIRST_ROUNDS,
        tol=-np.inf,
        params="ste",
        init_params="",
    )
    model.startprob_, model.transmat_ = chain.start, chain.transition
    model.emissionprob_ = chain.emission
    with _quiet():
        model.fit(ids[:, np.newaxis])
    return Chain.of(model.startprob_, model.transmat_, model.emissionprob_)


def counted(ids: IntArray, count: int, stickiness: float) -> Chain:
    """Transitions as they were counted in a sequence of clusters, with the same prior."""
    pairs = np.bincount(ids[:-1] * count + ids[1:], minlength=count * count)
    return Chain.of(
        np.full(count, 1 / count), pairs.reshape(count, count) + _prior(count, stickiness) - 1
    )


def filtered(log_likelihood: FloatArray, chain: Chain) -> FloatArray:
    """Probability of each state given all sessions so far.

    Parameters
    ----------
    log_likelihood : array of shape (n_sessions, n_clusters)
        Of the day in each state. A row of nulls is a day that says nothing: the state is then
        what the chain makes of the day before.
    chain : Chain

    Returns
    -------
    array of shape (n_sessions, n_clusters)
        Rows add up to one.

    Warnings
    --------
    The row of *t* uses ``log_likelihood[0..t]`` and no other.
    """
    known = complete(log_likelihood)
    # The likeliest state of a day counts one: however far the others fall, the sum stays above
    # zero, since the chain leaves every state a way to every other.
    top = np.where(known, log_likelihood.max(axis=1), 0.0)[:, np.newaxis]
    likelihood = np.where(known[:, np.newaxis], np.exp(log_likelihood - top), 1.0)
    # Python's own numbers: for a few states they are faster than arrays, and added in one order.
    columns = chain.transition.T.tolist()
    ahead, probabilities = chain.start.tolist(), []
    for row in likelihood.tolist():
        joint = list(map(mul, ahead, row))
        total = sum(joint)
        state = [part / total for part in joint]
        probabilities.append(state)
        ahead = [sum(map(mul, state, column)) for column in columns]
    return np.array(probabilities)


def propagated(probabilities: FloatArray, chain: Chain, sessions: int) -> FloatArray:
    """Probability of each state so many sessions on, shape (n_sessions, n_clusters)."""
    ahead = probabilities @ np.linalg.matrix_power(chain.transition, sessions)
    return np.asarray(ahead / ahead.sum(axis=1, keepdims=True))


def _tempered(kind: type[Any], evidence: float) -> type[Any]:
    """A model of hmmlearn, to which a session tells a share of what it says."""

    class Tempered(kind):  # type: ignore[misc]
        def _compute_log_likelihood(self, X: FloatArray) -> FloatArray:  # noqa: N803
            return evidence * super()._compute_log_likelihood(X)

    return Tempered


def _prior(count: int, stickiness: float) -> FloatArray:
    """Dirichlet parameters of each row: one more than the sessions it stands for."""
    return 2.0 + (stickiness - 1.0) * np.eye(count)


def _mostly(count: int, share: float) -> FloatArray:
    other = (1 - share) / (count - 1)
    return np.full((count, count), other) + (share - other) * np.eye(count)


def _shares(values: FloatArray) -> FloatArray:
    rounded = fitted(values)
    return np.asarray(rounded / rounded.sum(axis=-1, keepdims=True))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without hmmlearn's note that a step lowered the likelihood: with a prior it may."""
    logger = logging.getLogger("hmmlearn.base")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
