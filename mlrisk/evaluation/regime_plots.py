"""The data of the plots about regimes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.evaluation.discovery import CLUSTER
from mlrisk.evaluation.regimes import RISK_OFF, Compared, Pair, plain_and_served
from mlrisk.evaluation.reliability import table

FloatArray = npt.NDArray[np.float64]


def ribbon(rows: pd.DataFrame, index: pd.DataFrame, every: int) -> pd.DataFrame:
    """The benchmark over time and the published cluster beneath it.

    Parameters
    ----------
    rows : DataFrame
        As ``discovery.published`` gives them.
    index : DataFrame
        Columns date, adj_close: the benchmark's total-return index.
    every : int
        Sessions between rows; a session on which the cluster changes has one as well.

    Returns
    -------
    DataFrame
        Columns date, until, index (100 at the first), cluster. A row on which a stay in a cluster
        begins has the date on which the next one does, the others null.
    """
    joined = rows[["date", CLUSTER]].merge(index, on="date")
    begins = joined[CLUSTER].ne(joined[CLUSTER].shift())
    ends = joined.loc[begins, "date"].shift(-1).fillna(joined["date"].max())
    drawn = pd.DataFrame(
        {
            "date": joined["date"],
            "until": ends,
            "index": 100 * joined["adj_close"] / joined["adj_close"].head(1).sum(),
            "cluster": joined[CLUSTER],
        }
    )
    place = np.arange(len(drawn))
    return drawn[begins | (place % every == 0) | (place == len(drawn) - 1)]


def transition(matrix: FloatArray) -> pd.DataFrame:
    """The transition matrix a row per cell, in per cent: columns today, tomorrow, value."""
    today, tomorrow = np.indices(matrix.shape)
    cells = {"today": today.ravel(), "tomorrow": tomorrow.ravel(), "value": 100 * matrix.ravel()}
    return pd.DataFrame(cells)


def profile(means: pd.DataFrame) -> pd.DataFrame:
    """The profile of the clusters a row per cell: columns cluster, input, value.

    Parameters
    ----------
    means : DataFrame of shape (n_clusters, n_inputs)
        As ``discovery.profile`` gives them.
    """
    named = means.rename_axis(index="cluster", columns="input").reset_index()
    return named.melt(id_vars="cluster", var_name="input", value_name="value")


def reliability_diagram(those: Compared | None, served: Pair, bins: int) -> pd.DataFrame:
    """Mean probability of risk-off and its frequency by bin, in per cent.

    Returns
    -------
    DataFrame
        Columns contender, count, forecast, observed; the served forecast first. Empty where
        nothing can be compared yet.
    """
    if those is None:
        return pd.DataFrame(columns=["contender", "count", "forecast", "observed"])
    shown = plain_and_served(those, served)
    event = (those.outcome == RISK_OFF).astype(np.float64)
    parts = []
    for name in ["served", *(name for name, pair in shown.items() if pair != served)]:
        binned = table(those.probabilities[shown[name]][:, RISK_OFF], event, bins)
        binned[["forecast", "observed"]] *= 100
        binned.insert(0, "contender", name)
        parts.append(binned)
    return pd.concat(parts, ignore_index=True)


def probability_over_time(those: Compared | None, served: Pair, every: int) -> pd.DataFrame:
    """The served probability of risk-off beside what came, so often that no two outcomes overlap.

    Returns
    -------
    DataFrame
        Columns date, probability (per cent), came: 100 where the label is risk-off, else 0. Empty
        where nothing can be compared yet.
    """
    if those is None:
        return pd.DataFrame(columns=["date", "probability", "came"])
    probability = those.probabilities[served][::every, RISK_OFF]
    return pd.DataFrame(
        {
            "date": those.dates[::every],
            "probability": 100 * probability,
            "came": 100 * (those.outcome[::every] == RISK_OFF),
        }
    )
