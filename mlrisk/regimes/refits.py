"""The grid of refits: each begins where the last one ended, and is matched to it or not taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mlrisk.regimes import clustering, tracking
from mlrisk.regimes.identity import matched
from mlrisk.regimes.inputs import FloatArray, Scale, complete
from mlrisk.regimes.tracking import Fit, Recipe, Track

HORIZON = 5
"""Sessions ahead that regimes are forecast for."""


@dataclass(frozen=True)
class Refit:
    """One date of the grid.

    Parameters
    ----------
    at : int
        Its session, the last one it sees and the first one it is published for.
    fit : Fit
        What is published until the next.
    track : Track
        Of all sessions before the next refit, by that fit.
    moved : array of shape (n_clusters,) or None
        How far each centroid went since the fit before, in standard deviations; that of a fit
        which was not taken, too.
    agreement : float or None
        Share of the window's sessions that both fits put into the same cluster.
    kept_because : str or None
        Why the fit before is published again instead of the one of this date.
    """

    at: int
    fit: Fit
    track: Track
    moved: FloatArray | None = None
    agreement: float | None = None
    kept_because: str | None = None


def walk(
    values: FloatArray, grid: range, count: int, recipe: Recipe, largest_move: float
) -> Iterator[Refit]:
    """Each refit of the grid, in order.

    Parameters
    ----------
    values : array of shape (n_sessions, n_inputs)
        From the first session with every input on; null where one is lacking.
    grid : range
        Sessions of the refits.
    count : int
        Clusters.
    recipe : Recipe
    largest_move : float
        Farthest that a centroid may go from one fit to the next, in standard deviations; beyond it
        the cluster is no longer what its number says.

    Warnings
    --------
    The refit at *s* uses ``values[0..s]``, and row *t* of its track ``values[0..t]`` beside it.
    """
    usable = complete(values)
    before: Refit | None = None
    for at in grid:
        window = values[: at + 1][usable[: at + 1]]
        path = values[: at + grid.step]
        if before is None:
            fit = tracking.first(window, count, recipe)
            before = Refit(at, fit, tracking.track(fit, path, HORIZON, recipe))
        else:
            before = _again(at, window, path, before, recipe, largest_move)
        yield before


def _again(
    at: int,
    window: FloatArray,
    path: FloatArray,
    before: Refit,
    recipe: Recipe,
    largest_move: float,
) -> Refit:
    """The next refit; where it cannot be taken, the fit before, and why."""
    method, penalty = recipe.method, recipe.jump_penalty
    scale = Scale.of(window)
    rows = scale.standardised(window)
    start = before.fit.clusters.rescaled(before.fit.scale, scale)
    found = clustering.refit(rows, start, method, penalty, recipe.seed)
    order, moved = matched(start.means, found.means)
    found = found.ordered(order)
    reason = None
    if empty := clustering.emptied(rows, found, method, penalty):
        reason = f"clusters {empty} hold no session"
    elif moved.max() > largest_move:
        reason = f"cluster {moved.argmax()} moved by {moved.max():.3g}, more than {largest_move:g}"
    if reason:
        track = tracking.track(before.fit, path, HORIZON, recipe)
        return Refit(at, before.fit, track, moved, None, reason)
    fit = tracking.with_chain(rows, scale, found, before.fit.chain, recipe)
    track = tracking.track(fit, path, HORIZON, recipe)
    agreement = float(np.mean(track.ids[:at] == before.track.ids[:at]))
    return Refit(at, fit, track, moved, agreement)
