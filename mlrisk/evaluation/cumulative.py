"""Where a difference comes from: loss differences summed over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from mlrisk.evaluation.long_run import InferenceError
from mlrisk.evaluation.superiority import diebold_mariano, losses_of

MAX_PLOT_ROWS = 5_000


def cumulative_differences(
    losses: pd.DataFrame,
    model: str,
    rivals: Sequence[str],
    horizon: int,
    level: float = 0.95,
    max_rows: int = MAX_PLOT_ROWS,
) -> pd.DataFrame:
    r"""Sum of the loss differences up to each date, with a pointwise confidence band.

    .. math:: S_t \pm t_{2m} \sqrt{t}\, \hat\omega

    for the expected sum, with the long-run variance of the whole window at every date: on the last
    date the band leaves out zero exactly where the test of equal loss rejects. It is pointwise: the
    chance that a whole path stays inside is smaller.

    Parameters
    ----------
    losses : DataFrame of shape (n_dates, n_contenders)
        As from ``windows.loss_table``.
    model : str
    rivals : sequence of str
    horizon : int
        Sessions each forecast looks ahead.
    level : float
        Of the band.
    max_rows : int
        Of all rivals together: every *k*-th date, counted back from the last.

    Returns
    -------
    DataFrame
        Columns date, rival, difference, low, high; a rise is in favour of the model.
    """
    if not 0 < level < 1:
        raise InferenceError(f"level is {level}; it lies between 0 and 1")
    others = [rival for rival in rivals if rival != model]
    if not 0 < len(others) <= max_rows:
        raise InferenceError(f"{len(others)} rivals of {model} do not fit into {max_rows} rows")
    own = losses_of(losses, model)
    count = len(losses)
    every = -(-count // (max_rows // len(others)))
    kept = np.arange(count - 1, -1, -every)[::-1]
    parts = []
    for rival in others:
        difference = losses_of(losses, rival) - own
        result = diebold_mariano(difference, horizon)
        # The error of the mean times n is that of the sum, which grows with the root of time.
        quantile = float(stats.t.ppf((1 + level) / 2, result.degrees))
        half = quantile * result.standard_error * np.sqrt(count * (kept + 1.0))
        path = np.cumsum(difference)[kept]
        rows = {"difference": path, "low": path - half, "high": path + half}
        parts.append(pd.DataFrame({"date": losses.index[kept], "rival": rival, **rows}))
    return pd.concat(parts, ignore_index=True)
