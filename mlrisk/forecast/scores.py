"""Scores of forecasts as they become known, and intervals of them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from mlrisk.forecast.base import HORIZON, FloatArray


def known_scores(
    rv_hat: FloatArray, rv: FloatArray, horizon: int = HORIZON
) -> Iterator[FloatArray]:
    """For each session the scores known at it, ascending: those dated ``horizon`` before it."""
    scores = rv / rv_hat
    ordered = np.empty(0)
    for now in range(len(scores)):
        score = scores[now - horizon] if now >= horizon else np.nan
        if not math.isnan(score):
            ordered = np.insert(ordered, int(ordered.searchsorted(score)), score)
        yield ordered


def ranks(rv_hat: FloatArray) -> FloatArray:
    """Share of the earlier forecasts that lie below each one, ties by half; 0.5 for the first."""
    result = np.full(len(rv_hat), np.nan)
    ordered = np.empty(0)
    for now, value in enumerate(rv_hat):
        if math.isnan(value):
            continue
        below, upto = ordered.searchsorted(value), ordered.searchsorted(value, side="right")
        result[now] = (below + upto) / (2 * len(ordered)) if len(ordered) else 0.5
        ordered = np.insert(ordered, int(below), value)
    return result


def score_interval(ordered: FloatArray, miscoverage: float) -> tuple[float, float]:
    """Interval of scores that leaves out a share of them.

    The shortest one. Volatility is skewed to the right, so that equal tails would give away width
    on both sides; the shortest interval is what conformal sets of a known density are (Lei, Robins
    and Wasserman 2013, JASA 108(501)).

    Where more is asked for than lies between the extremes of what is known, both are moved out by
    the fourth root of how much more: above, as the tail index of daily returns is three to four
    (Cont 2001, Quantitative Finance 1(2)); below, as the distribution function of the root of five
    squares falls with the fifth power of its argument. What matters for coverage is that the
    interval grows without end, so that no run of misses goes on for ever.

    Parameters
    ----------
    ordered : array of shape (n_scores,)
        Known scores, ascending and positive; at least one.
    miscoverage : float
        Positive. From 1 on the interval is a point.
    """
    gaps = max(0.0, 1 - miscoverage) * (len(ordered) + 1)
    if gaps < len(ordered) - 1:
        return shortest(ordered, gaps)
    outside = 2 / (len(ordered) + 1)
    beyond = math.sqrt(math.sqrt(max(1.0, outside / miscoverage)))
    return float(ordered[0]) / beyond, float(ordered[-1]) * beyond


def shortest(ordered: FloatArray, gaps: float) -> tuple[float, float]:
    """Shortest interval over a number of gaps between neighbouring scores.

    Of *n* exchangeable scores and the next one, each of the *n + 1* gaps is as likely to hold the
    next (Vovk, Gammerman and Shafer 2005, Algorithmic Learning in a Random World, section 2.2).
    Within a gap the distribution function is taken to be linear, so that the bounds move with
    ``gaps`` without a jump of the level.

    Parameters
    ----------
    ordered : array of shape (n_scores,)
        Ascending.
    gaps : float
        At least 0, less than ``n_scores - 1``.
    """
    whole = int(gaps)
    part = gaps - whole
    # The width is piecewise linear in the lower bound: least where one of the bounds is a score.
    starts = len(ordered) - whole - 1
    first, last = ordered[:starts], ordered[whole : whole + starts]
    after = last + part * (ordered[whole + 1 :] - last)
    last = ordered[whole + 1 :]
    first_next = ordered[1 : starts + 1]
    before = first_next - part * (first_next - first)
    upward, downward = after - first, last - before
    up, down = int(upward.argmin()), int(downward.argmin())
    if upward[up] <= downward[down]:
        return float(first[up]), float(after[up])
    return float(before[down]), float(last[down])
