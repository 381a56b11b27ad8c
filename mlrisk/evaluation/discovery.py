"""What the published clusters are like: how steady, how stable over refits, how near to a truth.

Read from what was published at each close and from what each refit found; nothing is fitted again.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SESSIONS_PER_YEAR = 252
CLUSTER = "regime_cluster_id"
_FILTERED = r"^prob_cluster_\d+$"


def published(regimes: pd.DataFrame) -> pd.DataFrame:
    """The sessions that have a cluster, its number as an integer."""
    rows = regimes[regimes[CLUSTER].notna()]
    return rows.assign(**{CLUSTER: rows[CLUSTER].astype("int64")}).reset_index(drop=True)


def figures(
    rows: pd.DataFrame,
    refits: pd.DataFrame,
    features: pd.DataFrame,
    truth: pd.DataFrame,
    log_columns: Collection[str],
) -> dict[str, Any]:
    """All there is to say of the published clusters; empty where a source gives none.

    Parameters
    ----------
    rows : DataFrame
        As ``published`` gives them.
    refits, features, truth : DataFrame
        Columns of ``contracts.REGIME_REFITS``, ``FEATURES_DAILY`` and ``TRUTH``.
    log_columns : collection of str
        Inputs that are clustered as logarithms.
    """
    if rows.empty:
        return {}
    return {
        **steadiness(rows),
        "label_stability": label_stability(refits),
        "agreement_with_smoothed": agreement_with_smoothed(rows, transition_matrix(refits)),
        "against_truth": against_truth(rows, features, inputs_of(refits), truth, log_columns),
    }


def steadiness(rows: pd.DataFrame) -> dict[str, Any]:
    """How often the published cluster changes, and how the sessions are shared out.

    Parameters
    ----------
    rows : DataFrame
        As ``published`` gives them.

    Returns
    -------
    dict
        ``n_obs``, ``first``, ``last``; ``switches_a_year``, of 252 sessions; ``mean_duration`` of
        a stay in sessions, the first and the last one cut short; ``share`` of each cluster.
    """
    cluster = rows[CLUSTER].to_numpy()
    switches = int((np.diff(cluster) != 0).sum())
    names, counts = np.unique(cluster, return_counts=True)
    return {
        "n_obs": len(rows),
        "first": rows["date"].iloc[0],
        "last": rows["date"].iloc[-1],
        "switches_a_year": switches * SESSIONS_PER_YEAR / len(rows),
        "mean_duration": len(rows) / (switches + 1),
        "share": {
            f"{name}": count / len(rows)
            for name, count in zip(names.tolist(), counts.tolist(), strict=True)
        },
    }


def label_stability(refits: pd.DataFrame) -> dict[str, Any]:
    """Share of sessions that two consecutive fits put into the same cluster, over all refits.

    Parameters
    ----------
    refits : DataFrame
        Columns of ``contracts.REGIME_REFITS``.

    Returns
    -------
    dict
        ``refits``, the first one included, which has nothing to agree with; ``mean`` and ``worst``
        agreement and the date of the worst; null with a single fit.
    """
    agreement = refits[refits["figure"] == "agreement"].groupby("refit_date")["value"].mean()
    alone = agreement.empty
    return {
        "refits": int(refits["refit_date"].nunique()),
        "mean": None if alone else float(agreement.mean()),
        "worst": None if alone else float(agreement.min()),
        "worst_refit": None if alone else agreement.index[int(agreement.argmin())],
    }


def inputs_of(refits: pd.DataFrame) -> list[str]:
    """The features that the last fit clustered."""
    return sorted(map(str, _last_fit(refits, "mean_")))


def transition_matrix(refits: pd.DataFrame) -> FloatArray:
    """The last fit's probability of each cluster tomorrow (column) given today's (row)."""
    moves = _last_fit(refits, "to_")
    in_order = sorted(map(str, moves), key=int)
    matrix: FloatArray = moves[in_order].to_numpy(dtype=np.float64)
    return matrix


def _last_fit(refits: pd.DataFrame, prefix: str) -> pd.DataFrame:
    """Figures of the last fit whose names begin with ``prefix``: a row per cluster."""
    last = refits[refits["refit_date"] == refits["refit_date"].max()]
    rows = last[last["figure"].str.startswith(prefix)]
    named = rows.assign(figure=rows["figure"].str.removeprefix(prefix))
    return named.pivot(index="cluster", columns="figure", values="value")


def profile(rows: pd.DataFrame, features: pd.DataFrame, inputs: list[str]) -> pd.DataFrame:
    """Mean of each input in each published cluster, in standard deviations from its mean.

    Parameters
    ----------
    rows : DataFrame
        As ``published`` gives them.
    features : DataFrame
        Columns date and the inputs.
    inputs : list of str

    Returns
    -------
    DataFrame of shape (n_clusters, n_inputs)
        Means and deviations are of the published sessions.
    """
    values = rows[["date", CLUSTER]].merge(features[["date", *inputs]], on="date")
    scaled = (values[inputs] - values[inputs].mean()) / values[inputs].std()
    return scaled.groupby(values[CLUSTER]).mean()


def smoothed(filtered: FloatArray, transition: FloatArray) -> FloatArray:
    r"""State probabilities given the whole sample, from those given the past alone.

    .. math:: s_t(i) = f_t(i) \sum_j P_{ij} \frac{s_{t+1}(j)}{\sum_k f_t(k) P_{kj}}

    The backward pass of Kim (1994, J. Econometrics 60(1-2)): it needs no observation.

    Parameters
    ----------
    filtered : array of shape (n_sessions, n_states)
    transition : array of shape (n_states, n_states)

    Warnings
    --------
    A smoothed probability knows the future. It is to look back with, and goes into no forecast.
    """
    result = filtered.copy()
    for place in range(len(filtered) - 2, -1, -1):
        ahead = filtered[place] @ transition
        ratio = np.divide(result[place + 1], ahead, out=np.zeros_like(ahead), where=ahead > 0)
        row = filtered[place] * (transition @ ratio)
        total = row.sum()
        # Filtered by another fit's matrix, the next state may be one that this one rules out.
        result[place] = row / total if total > 0 else filtered[place]
    return result


def agreement_with_smoothed(rows: pd.DataFrame, transition: FloatArray) -> float:
    """Share of sessions whose most probable cluster is the same filtered and smoothed.

    For information: the published probabilities are those of the fit of their time, the backward
    pass takes the last fit's matrix.
    """
    filtered = rows.filter(regex=_FILTERED).to_numpy()
    later = smoothed(filtered, transition)
    return float(np.mean(filtered.argmax(axis=1) == later.argmax(axis=1)))


def informed_filter(inputs: FloatArray, states: IntArray) -> IntArray:
    r"""Most probable state at each close, by a filter that was told the parameters.

    A hidden Markov model of the same inputs whose transition matrix, means and covariances are
    those of the true states over the whole sample, run forward:

    .. math:: f_t(j) \propto N(x_t; \mu_j, \Sigma_j) \sum_i f_{t-1}(i) P_{ij}

    It is what the same kind of filter makes of the same inputs where nothing has to be learnt. The
    exact filter of the simulated law has no closed form, since volatility moves within regimes as
    well. By 2,000 particles, with every parameter of the law and the benchmark's returns alone, it
    comes to about the same: an adjusted Rand index of 0.374 on the embedded default.

    Parameters
    ----------
    inputs : array of shape (n_sessions, n_inputs)
        Without nulls.
    states : array of int, shape (n_sessions,)
        The true ones, each in at least as many sessions as there are inputs, and two more.
    """
    names, code = np.unique(states, return_inverse=True)
    count = len(names)
    moves = np.zeros((count, count))
    np.add.at(moves, (code[:-1], code[1:]), 1.0)
    transition = moves / np.maximum(moves.sum(axis=1, keepdims=True), 1.0)
    scaled = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
    density = np.column_stack([_log_density(scaled, scaled[code == at]) for at in range(count)])
    likelihood = np.exp(density - density.max(axis=1, keepdims=True))
    best = np.empty(len(inputs), dtype=np.int64)
    belief = np.bincount(code, minlength=count) / len(code)
    for place, row in enumerate(likelihood):
        ahead = belief @ transition if place else belief
        belief = ahead * row
        total = belief.sum()
        belief = belief / total if total > 0 else ahead
        best[place] = belief.argmax()
    return np.asarray(names[best], dtype=np.int64)


def _log_density(points: FloatArray, sample: FloatArray) -> FloatArray:
    """Gaussian log density, but for a constant, with the mean and covariance of a sample."""
    # The floor of variance that scikit-learn's mixtures have, in units of the whole sample's.
    covariance = np.cov(sample, rowvar=False, ddof=0).reshape(points.shape[1], -1)
    root = np.linalg.cholesky(covariance + 1e-6 * np.eye(points.shape[1]))
    away = np.linalg.solve(root, (points - sample.mean(axis=0)).T)
    density: FloatArray = -0.5 * (away**2).sum(axis=0) - np.log(np.diag(root)).sum()
    return density


def against_truth(
    rows: pd.DataFrame,
    features: pd.DataFrame,
    inputs: list[str],
    truth: pd.DataFrame,
    log_columns: Collection[str],
) -> dict[str, Any]:
    """How well the published clusters find the regimes of a simulated world; empty for a real one.

    Returns
    -------
    dict
        ``adjusted_rand_index`` of the published clusters (Hubert and Arabie 1985, J. Classification
        2(1)): 1 if they are the regimes under other names, 0 if they are by chance;
        ``informed_filter``, that of the filter that was told the parameters; ``share`` of it.
    """
    known = rows[["date", CLUSTER]].merge(truth[["date", "regime"]], on="date")
    known = known.merge(features[["date", *inputs]], on="date").dropna()
    if known.empty:
        return {}
    from sklearn.metrics import adjusted_rand_score  # a second, for simulated worlds only

    regime = known["regime"].to_numpy(dtype=np.int64)
    found = float(adjusted_rand_score(regime, known[CLUSTER].to_numpy()))
    levels = [name for name in inputs if name in log_columns]
    seen = known[inputs].assign(**{name: np.log(known[name]) for name in levels})
    best = informed_filter(seen.to_numpy(), regime)
    told = float(adjusted_rand_score(regime, best))
    return {
        "n_obs": len(known),
        "adjusted_rand_index": found,
        "informed_filter": told,
        "share": found / told if told > 0 else None,
    }
