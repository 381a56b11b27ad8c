"""Clusters of sessions: found on the first window, taken along by every refit after it."""

from __future__ import annotations

import contextlib
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from mlrisk.regimes import jump
from mlrisk.regimes.inputs import FloatArray, IntArray, RegimeError, Scale, fitted
from mlrisk.rounding import round_significant

if TYPE_CHECKING:
    from sklearn.mixture import GaussianMixture

Method = Literal["gmm", "kmeans", "minibatch_kmeans", "jump"]

STARTS = 10
"""Draws of first centroids, the best of which is taken (Arthur and Vassilvitskii 2007, SODA)."""

FIRST_ROUNDS, ROUNDS = 100, 2
"""Steps of the first fit and of a refit, which begins where the last one ended and has a month of
news to take in: clusters that drift keep their names, where a search to the end would now and then
find others. A fixed number, since to stop at a tolerance would hang on last bits."""

FLOOR = 0.01
"""Added to each variance, in squared standard deviations: no cluster may shrink to a point."""

BATCH = 256
CHOICES = (3, 4, 5)
"""Numbers of clusters that the Bayesian information criterion chooses among."""


@dataclass(frozen=True)
class Clusters:
    """What was found, in standardised inputs and at published precision.

    Parameters
    ----------
    means : array of shape (n_clusters, n_inputs)
    covariances : array of shape (n_clusters, n_inputs, n_inputs)
    weights : array of shape (n_clusters,)
        Share of the window's sessions; adds up to one.
    """

    means: FloatArray
    covariances: FloatArray
    weights: FloatArray

    @classmethod
    def of(cls, means: FloatArray, covariances: FloatArray, weights: FloatArray) -> Clusters:
        """At published precision."""
        symmetric = (covariances + covariances.transpose(0, 2, 1)) / 2
        shares = fitted(weights)
        return cls(fitted(means), fitted(symmetric), shares / shares.sum())

    def ordered(self, order: IntArray) -> Clusters:
        """The same clusters, number *k* being the one that was ``order[k]``."""
        return Clusters(self.means[order], self.covariances[order], self.weights[order])

    def rescaled(self, old: Scale, new: Scale) -> Clusters:
        """The same clusters in the units of another window."""
        ratio = old.deviation / new.deviation
        means = new.standardised(old.restored(self.means))
        return Clusters(means, self.covariances * np.outer(ratio, ratio), self.weights)

    def log_density(self, values: FloatArray) -> FloatArray:
        """Log of each cluster's Gaussian density, shape (n_sessions, n_clusters); null stays."""
        columns = []
        for mean, covariance in zip(self.means, self.covariances, strict=True):
            root = np.linalg.cholesky(covariance)
            whitened = (values - mean) @ np.linalg.inv(root).T
            constant = np.log(np.diag(root)).sum() + len(mean) * np.log(2 * np.pi) / 2
            columns.append(-np.sum(whitened * whitened, axis=1) / 2 - constant)
        return np.column_stack(columns)

    def responsibilities(self, values: FloatArray) -> FloatArray:
        """Probability of each cluster given the day's inputs alone; null stays."""
        joint = self.log_density(values) + np.log(self.weights)
        likelihood = np.exp(joint - joint.max(axis=1, keepdims=True))
        return np.asarray(likelihood / likelihood.sum(axis=1, keepdims=True))

    def distances(self, values: FloatArray) -> FloatArray:
        """Euclidean distance to each centroid, shape (n_sessions, n_clusters); null stays."""
        apart = values[:, np.newaxis, :] - self.means
        return np.sqrt(np.sum(apart * apart, axis=2))

    def assigned(self, values: FloatArray, method: Method, penalty: float) -> IntArray:
        """Cluster of each session by the method's own rule, shape (n_sessions,).

        The most probable one for a mixture, the nearest for k-means, the state that the path so far
        ends in for a jump model. Only the last looks at other sessions: those before. A session
        without its inputs is given number zero by the first two.
        """
        if method == "jump":
            return jump.online(jump.losses(values, self.means), penalty)
        if method == "gmm":
            # Rounded, so that no choice hangs on last bits.
            return np.nan_to_num(self.responsibilities(values)).round(8).argmax(axis=1)
        return np.nan_to_num(round_significant(self.distances(values))).argmin(axis=1)


def first(values: FloatArray, method: Method, clusters: int, penalty: float, seed: int) -> Clusters:
    """Clusters of the first window.

    Every method begins with k-means: the mixture goes on with EM from its clusters, the jump model
    with coordinate descent from its centroids.

    Parameters
    ----------
    values : array of shape (n_sessions, n_inputs)
        Standardised, without nulls.
    method : {"gmm", "kmeans", "minibatch_kmeans", "jump"}
    clusters : int
    penalty : float
        Of the jump model.
    seed : int

    Raises
    ------
    RegimeError
        Where the window has fewer distinct sessions than clusters, or a cluster stays empty.
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans

    distinct = len(np.unique(values, axis=0))
    if distinct < clusters:
        raise RegimeError(
            f"{clusters} clusters were asked for, and the first {len(values)} sessions have "
            f"{distinct} distinct values of the inputs. Lower regimes.clusters or raise "
            "regimes.min_history in conf/regimes."
        )
    if method == "minibatch_kmeans":
        found = MiniBatchKMeans(clusters, batch_size=BATCH, n_init=STARTS, random_state=seed)
    else:
        found = KMeans(clusters, n_init=STARTS, tol=0.0, random_state=seed)
    found.fit(values)
    start = by_assignment(values, np.asarray(found.labels_), found.cluster_centers_)
    if method in ("gmm", "jump"):
        start = _refined(values, start, method, penalty, FIRST_ROUNDS)
    empty = emptied(values, start, method, penalty)
    if empty:
        raise RegimeError(
            f"clusters {empty} hold no session of the first window. Lower regimes.clusters"
            f"{' or regimes.jump_penalty' if method == 'jump' else ''} in conf/regimes."
        )
    return start


def refit(
    values: FloatArray, before: Clusters, method: Method, penalty: float, seed: int
) -> Clusters:
    """Clusters of a longer window, begun from those before: they need not be found again."""
    from sklearn.cluster import KMeans, MiniBatchKMeans

    if method in ("gmm", "jump"):
        return _refined(values, before, method, penalty, ROUNDS)
    count = len(before.means)
    if method == "kmeans":
        found = KMeans(count, init=before.means, n_init=1, tol=0.0, max_iter=ROUNDS)
    else:
        found = MiniBatchKMeans(
            count,
            init=before.means,
            n_init=1,
            max_iter=ROUNDS,
            batch_size=BATCH,
            random_state=seed,
        )
    found.fit(values)
    return by_assignment(values, np.asarray(found.labels_), found.cluster_centers_)


def emptied(values: FloatArray, clusters: Clusters, method: Method, penalty: float) -> list[int]:
    """Numbers of the clusters that hold no session."""
    held = np.unique(clusters.assigned(values, method, penalty))
    return sorted(set(range(len(clusters.means))) - set(held.tolist()))


def by_assignment(values: FloatArray, ids: IntArray, centroids: FloatArray) -> Clusters:
    """Clusters whose sessions are given: their covariances around the centroids."""
    spread = []
    for number, centroid in enumerate(centroids):
        apart = values[ids == number] - centroid
        spread.append(apart.T @ apart / max(len(apart), 1) + FLOOR * np.eye(values.shape[1]))
    # One session more in each: a cluster without any keeps a weight that has a logarithm.
    counts = np.bincount(ids, minlength=len(centroids)) + 1.0
    return Clusters.of(centroids, np.array(spread), counts / counts.sum())


def information_criteria(values: FloatArray, seed: int) -> dict[int, float]:
    """Bayesian information criterion of mixtures (Schwarz 1978, Annals of Statistics 6(2)).

    Of each number of clusters that the window has; lower is better.
    """
    scores = {}
    for count in CHOICES:
        with contextlib.suppress(RegimeError):
            found = first(values, "gmm", count, 0.0, seed)
            scores[count] = float(_mixture(values, found, 1).bic(values))
    return scores


def _refined(
    values: FloatArray, start: Clusters, method: Method, penalty: float, rounds: int
) -> Clusters:
    if method == "jump":
        centroids, states = jump.fit(values, start.means, penalty, rounds)
        return by_assignment(values, states, centroids)
    mixture = _mixture(values, start, rounds)
    return Clusters.of(mixture.means_, mixture.covariances_, mixture.weights_)


def _mixture(values: FloatArray, start: Clusters, rounds: int) -> GaussianMixture:
    """Scikit-learn's EM of a Gaussian mixture with full covariances, a number of steps."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    mixture = GaussianMixture(
        len(start.means),
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=np.linalg.inv(start.covariances),
        reg_covar=FLOOR,
        max_iter=rounds,
        tol=0.0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return mixture.fit(values)
