"""One fit of the regimes, and what it makes of the sessions up to any date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mlrisk.regimes import chain, clustering
from mlrisk.regimes.chain import Chain
from mlrisk.regimes.clustering import Clusters, Method
from mlrisk.regimes.inputs import FloatArray, IntArray, Scale, complete
from mlrisk.rounding import round_decimals

Smoothing = Literal["hmm", "ids", "none"]

DECIMALS = 8
"""Of a probability: where it is published, and before anything is decided by it."""


@dataclass(frozen=True)
class Recipe:
    """How every fit is made.

    Parameters
    ----------
    method : {"gmm", "kmeans", "minibatch_kmeans", "jump"}
        How clusters are found.
    smoothing : {"hmm", "ids", "none"}
        Whether a hidden Markov chain sees a day by its inputs, by the number of its cluster, or
        each day stands alone.
    stickiness : float
        Sessions without a change that every cluster is taken to have seen before any data.
    evidence : float
        Share of a session's log likelihood that counts, in learning a chain and in filtering.
        Inputs are windows that overlap, so that neighbouring sessions tell the same
        again; a chain takes them for independent. A power of the likelihood is the cure of Miller
        and Dunson (2019, J. American Statistical Association 114).
    jump_penalty : float
        What a change of cluster costs a jump model, in squared standard deviations.
    seed : int
        Of the first centroids, and of mini-batches.
    """

    method: Method
    smoothing: Smoothing
    stickiness: float
    evidence: float
    jump_penalty: float
    seed: int


@dataclass(frozen=True)
class Fit:
    """Clusters in the units of a window, and the chain between them."""

    scale: Scale
    clusters: Clusters
    chain: Chain


@dataclass(frozen=True)
class Track:
    """What a fit makes of a path of sessions; each row knows the rows before it and no other.

    Parameters
    ----------
    probabilities : array of shape (n_sessions, n_clusters)
        Filtered, at published precision; rows add up to one.
    ids : array of shape (n_sessions,)
        The most probable cluster; the lower number of two that are equally so.
    ahead : array of shape (n_sessions, n_clusters)
        ``probabilities`` taken as many sessions on as was asked for by the transition matrix.
    distances : array of shape (n_sessions, n_clusters)
        To each centroid, in standard deviations; null where an input is.
    """

    probabilities: FloatArray
    ids: IntArray
    ahead: FloatArray
    distances: FloatArray


def with_chain(
    rows: FloatArray, scale: Scale, clusters: Clusters, before: Chain | None, recipe: Recipe
) -> Fit:
    """Clusters of a window and the chain that is learnt on it.

    Parameters
    ----------
    rows : array of shape (n_sessions, n_inputs)
        The window's complete sessions, standardised by ``scale``; the others are passed over.
    before : Chain or None
        That of the fit before, from which learning goes on.
    """
    count, sticky, counts = len(clusters.means), recipe.stickiness, recipe.evidence
    if recipe.smoothing == "hmm":
        return Fit(scale, clusters, chain.of_inputs(rows, clusters, before, sticky, counts))
    ids = clusters.assigned(rows, recipe.method, recipe.jump_penalty)
    if recipe.smoothing == "ids":
        return Fit(scale, clusters, chain.of_ids(ids, count, before, sticky, counts))
    return Fit(scale, clusters, chain.counted(ids, count, sticky))


def first(window: FloatArray, count: int, recipe: Recipe) -> Fit:
    """The first fit; its clusters are numbered by their mean of the first input.

    Parameters
    ----------
    window : array of shape (n_sessions, n_inputs)
        Complete sessions, in the inputs' own units.
    count : int

    Raises
    ------
    RegimeError
        Where there are not so many clusters in the window.
    """
    scale = Scale.of(window)
    rows = scale.standardised(window)
    found = clustering.first(rows, recipe.method, count, recipe.jump_penalty, recipe.seed)
    order = np.argsort(found.means[:, 0], kind="stable")
    return with_chain(rows, scale, found.ordered(order), None, recipe)


def track(fit: Fit, values: FloatArray, sessions_ahead: int, recipe: Recipe) -> Track:
    """Filter sessions by a fit, from the first row on.

    A session that lacks an input is a step of the chain alone, under every smoothing.

    Parameters
    ----------
    values : array of shape (n_sessions, n_inputs)
        In the inputs' own units, in order, without a session left out.
    sessions_ahead : int
    """
    clusters, rows = fit.clusters, fit.scale.standardised(values)
    known = complete(rows)
    ids = clusters.assigned(rows, recipe.method, recipe.jump_penalty)
    if recipe.smoothing == "hmm":
        filtered = chain.filtered(recipe.evidence * clusters.log_density(rows), fit.chain)
    elif fit.chain.emission is not None:
        seen = recipe.evidence * np.log(fit.chain.emission.T)[ids]
        filtered = chain.filtered(np.where(known[:, np.newaxis], seen, np.nan), fit.chain)
    else:
        alone = clusters.responsibilities(rows)
        if recipe.method != "gmm":
            alone = np.eye(len(clusters.means))[ids]
        filtered = _carried(np.where(known[:, np.newaxis], alone, np.nan), fit.chain)
    probabilities = published(filtered)
    return Track(
        probabilities,
        probabilities.argmax(axis=1),
        published(chain.propagated(filtered, fit.chain, sessions_ahead)),
        clusters.distances(rows),
    )


def published(probabilities: FloatArray) -> FloatArray:
    """Rounded; the largest of each row takes what is left to one."""
    rounded = round_decimals(probabilities, DECIMALS)
    rows = np.arange(len(rounded))
    largest = rounded.argmax(axis=1)
    rest = 1 - rounded.sum(axis=1)
    rounded[rows, largest] = round_decimals(rounded[rows, largest] + rest, DECIMALS)
    return rounded


def _carried(alone: FloatArray, fitted: Chain) -> FloatArray:
    """Each day's own probabilities; where there are none, the day before taken a step on."""
    result = alone.copy()
    before = fitted.start
    for at in np.flatnonzero(np.isnan(alone).any(axis=1)):
        result[at] = chain.propagated(result[at - 1 : at], fitted, 1)[0] if at else before
    return result
