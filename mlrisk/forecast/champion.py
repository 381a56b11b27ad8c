"""Weights of every combination at each refit, and of the champion among them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mlrisk.forecast import combine, weights
from mlrisk.forecast.base import FloatArray
from mlrisk.forecast.walks import Walks

Loss = Callable[[FloatArray, FloatArray], FloatArray]
"""From realised variances, shape (n_sessions,), and forecasts, shape (n_sessions, n_contenders), to
losses of the forecasts' shape; null where either is."""


def combinations(
    walks: Walks,
    realized: FloatArray,
    loss: Loss,
    rules: Mapping[str, weights.Rule],
    members: Sequence[str],
    purge: int,
) -> dict[str, FloatArray]:
    """Each rule's weights over the learners, shape (n_folds, n_learners); zero for no member."""
    among = np.isin(walks.names, members)
    variances = np.where(among, walks.variances, np.nan)
    past = weights.Past(variances, realized, loss(realized, variances))
    present = walks.present & among
    return {
        name: weights.walk(rule, past, walks.starts, present, purge) for name, rule in rules.items()
    }


def champion(
    walks: Walks,
    realized: FloatArray,
    loss: Loss,
    given: Mapping[str, FloatArray],
    candidates: Sequence[str],
    rule: weights.Rule,
    purge: int,
) -> tuple[FloatArray, FloatArray]:
    """Who leads at each refit, and with which weights.

    Parameters
    ----------
    walks : Walks
    realized, loss
        As for ``combinations``.
    given : mapping of str to array
        Weights of the combinations, as ``combinations`` gives them.
    candidates : sequence of str
        Combinations and learners, in the order in which they are believed in beforehand.
    rule : callable
        As ``weights.leader``.
    purge : int

    Returns
    -------
    chosen : array of shape (n_folds, n_candidates)
        One for the leader.
    weights : array of shape (n_folds, n_learners)
        The leader's.
    """
    each = dict(zip(walks.names, np.eye(len(walks.names)), strict=True))
    alone = {name: walks.present * one for name, one in each.items()}
    tables = np.stack([{**given, **alone}[name] for name in candidates])
    variances = np.column_stack(
        [combine.mixed(table[walks.fold], walks.variances) for table in tables]
    )
    past = weights.Past(variances, realized, loss(realized, variances))
    chosen = weights.walk(rule, past, walks.starts, np.asarray(tables.any(axis=2).T), purge)
    return chosen, np.einsum("kc,ckl->kl", chosen, tables)


def rules(
    half_life: float, kept: float, min_scored: int, shrinkage: float
) -> dict[str, weights.Rule]:
    """How each combination weighs its members."""
    return {
        "combination_equal": weights.equal_weights,
        "combination_discounted": functools.partial(
            weights.discounted_weights, half_life=half_life
        ),
        "combination_trimmed": functools.partial(weights.trimmed_weights, kept=kept),
        "combination_stacked": functools.partial(
            weights.stacked_weights, min_scored=min_scored, shrinkage=shrinkage
        ),
    }
