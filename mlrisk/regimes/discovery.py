"""Regimes as they could be told at each close: refitted on a grid, filtered forward, never renamed.

The grid begins at the first session by which enough of them had every input, and a longer history
only adds to it. A fit sees the sessions up to its own date and is what is published from then on
until the next; what was published stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from mlrisk import contracts
from mlrisk.regimes import clustering, refits
from mlrisk.regimes.inputs import Scale, complete, matrix, moving
from mlrisk.regimes.refits import Refit
from mlrisk.regimes.tracking import Recipe

LEAST_INPUTS = 2


@dataclass(frozen=True)
class Discovery:
    """What is published, what each fit found, and the whole in a few figures.

    Parameters
    ----------
    daily : DataFrame
        Columns of ``contracts.REGIMES_DAILY``, a row per session; empty where there is no fit.
    refits : DataFrame
        Columns of ``contracts.REGIME_REFITS``; empty where there is no fit.
    summary : dict
        ``left_out_because``, null or why there is no fit; ``inputs``, those ``not_given`` and those
        ``constant`` in the first window; ``clusters`` and ``bic`` of each number of them;
        ``refits``, ``first_refit``, ``last_refit``; ``kept``, the refits that were not taken and
        why; ``moved_most``, the farthest that a centroid went, in standard deviations;
        ``sessions_without_inputs``, published by the chain alone.
    """

    daily: pd.DataFrame
    refits: pd.DataFrame
    summary: dict[str, Any]


def discover(
    features: pd.DataFrame,
    *,
    log_columns: Sequence[str],
    columns: Sequence[str],
    clusters: int | Literal["bic"],
    min_history: int,
    refit_every: int,
    largest_move: float,
    **recipe: Any,
) -> Discovery:
    """Clusters of all sessions, each as it could be published at its close.

    Parameters
    ----------
    features : DataFrame of shape (n_sessions, n_columns)
        ``date`` and features known at the close of it. An input that it lacks, or that does not
        move in the first window, is left out.
    log_columns, columns : sequence of str
        Inputs by their logarithm, and as they are; clusters are numbered by their mean of the first
        of them.
    clusters : int or "bic"
        How many, or as many of 3 to 5 as a mixture's Bayesian information criterion on the first
        window says: chosen once, since columns must not change.
    min_history : int
        Sessions with every input that the first fit wants.
    refit_every : int
        Sessions between fits.
    largest_move : float
        Farthest that a centroid may go from one fit to the next, in standard deviations; the fit
        before then stays.
    **recipe
        Fields of ``tracking.Recipe``.

    Raises
    ------
    RegimeError
        Where the first window has fewer distinct sessions than clusters, or leaves one empty.
    """
    asked = [*log_columns, *columns]
    not_given = [name for name in asked if name not in features]
    inputs = [name for name in asked if name not in not_given]
    in_logs = [name in log_columns for name in inputs]
    values = matrix(features, inputs, in_logs)
    known = np.flatnonzero(complete(values))
    enough = len(inputs) >= LEAST_INPUTS and len(known) >= min_history
    alive = moving(values[known[:min_history]]) if enough else np.full(len(inputs), True)
    summary: dict[str, Any] = {
        "inputs": [name for name, moves in zip(inputs, alive, strict=True) if moves],
        "inputs_not_given": not_given,
        "inputs_constant": [name for name, moves in zip(inputs, alive, strict=True) if not moves],
    }
    if alive.sum() < LEAST_INPUTS:
        reason = f"{alive.sum()} inputs move, and regimes are told apart by {LEAST_INPUTS} or more"
    elif not enough:
        reason = f"{len(known)} sessions have every input, and the first fit wants {min_history}"
    else:
        reason = None
    if reason:
        nothing = contracts.REGIMES_DAILY.empty(), contracts.REGIME_REFITS.empty()
        return Discovery(*nothing, {"left_out_because": reason, **summary})

    made = Recipe(**recipe)
    with threadpool_limits(1):  # sums are then added in one order on any machine
        begin = int(known[0])
        values = values[begin:, alive]
        window = values[known[:min_history] - begin]
        standardised = Scale.of(window).standardised(window)
        criteria = clustering.information_criteria(standardised, made.seed)
        fewest = clustering.CHOICES[0]
        best = min(criteria, key=criteria.__getitem__, default=fewest)
        count = best if clusters == "bic" else clusters
        grid = range(int(known[min_history - 1]) - begin, len(values), refit_every)
        done = list(refits.walk(values, grid, count, made, largest_move))
    dates = features["date"].iloc[begin:].reset_index(drop=True)
    named = {name: log for name, log, moves in zip(inputs, in_logs, alive, strict=True) if moves}
    kept = [refit for refit in done if refit.kept_because]
    moves = [refit.moved.max() for refit in done if refit.moved is not None]
    summary = {
        "left_out_because": None,
        **summary,
        "clusters": count,
        "bic": {str(number): score for number, score in criteria.items()},
        "refits": len(done),
        "first_refit": dates[done[0].at],
        "last_refit": dates[done[-1].at],
        "kept": {f"{dates[refit.at]:%Y-%m-%d}": refit.kept_because for refit in kept},
        "moved_most": max(moves, default=None),
        "sessions_without_inputs": int((~complete(values[grid.start :])).sum()),
    }
    return Discovery(_published(features["date"], begin, done), _found(done, dates, named), summary)


def _published(sessions: pd.Series, begin: int, done: Sequence[Refit]) -> pd.DataFrame:
    """Each session by the fit of its time; null before the first."""
    count = len(done[0].fit.clusters.means)
    numbers = np.full((len(sessions), 1 + 3 * count), np.nan)
    refit_date = pd.Series(pd.NaT, index=sessions.index, dtype=sessions.dtype)
    fitted_at = done[0].at
    for refit in done:
        fitted_at = fitted_at if refit.kept_because else refit.at
        track, stop = refit.track, len(refit.track.ids)
        numbers[begin + refit.at : begin + stop] = np.column_stack(
            [track.ids, track.probabilities, track.ahead, track.distances]
        )[refit.at :]
        refit_date.iloc[begin + refit.at : begin + stop] = sessions.iloc[begin + fitted_at]
    names = [
        "regime_cluster_id",
        *(f"prob_cluster_{number}" for number in range(count)),
        *(f"prob_cluster_{number}_{refits.HORIZON}d" for number in range(count)),
        *(f"dist_to_centroid_{number}" for number in range(count)),
    ]
    daily = pd.DataFrame(numbers, columns=names, index=sessions.index)
    daily.insert(0, "date", sessions)
    daily.insert(1, "refit_date", refit_date)
    return daily


def _found(done: Sequence[Refit], dates: pd.Series, named: dict[str, bool]) -> pd.DataFrame:
    """What each fit that was taken found, a row per cluster and figure."""
    rows = []
    for refit in done:
        if refit.kept_because:
            continue
        clusters, chain = refit.fit.clusters, refit.fit.chain
        centroids = refit.fit.scale.restored(clusters.means)
        for number, centroid in enumerate(centroids):
            figures = {"share": clusters.weights[number]}
            for (name, log), value in zip(named.items(), centroid, strict=True):
                figures[f"mean_{name}"] = np.exp(value) if log else value
            for other, share in enumerate(chain.transition[number]):
                figures[f"to_{other}"] = share
            if refit.moved is not None:
                figures["moved"] = refit.moved[number]
                figures["agreement"] = refit.agreement
            rows += [
                (dates[refit.at], number, name, value) for name, value in sorted(figures.items())
            ]
    return pd.DataFrame(rows, columns=["refit_date", "cluster", "figure", "value"])
