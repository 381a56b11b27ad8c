"""The discovered regimes as features."""

from __future__ import annotations

import re

import pandas as pd

CLUSTERED = re.compile(r"(?:prob_cluster|dist_to_centroid)_\d+(?:_5d)?|regime_cluster_id")
"""Names of these features, as many as there are clusters."""


def with_clusters(features: pd.DataFrame, clusters: pd.DataFrame) -> pd.DataFrame:
    """Features beside the clusters that were published at the same close.

    Parameters
    ----------
    features : DataFrame of shape (n_sessions, n_columns)
        Columns of ``contracts.FEATURES_DAILY``.
    clusters : DataFrame
        Columns of ``contracts.REGIMES_DAILY``; a session it lacks is null.

    Returns
    -------
    DataFrame of shape (n_sessions, n_columns + n_cluster_columns)
        ``refit_date`` is left out, which is no quantity.
    """
    return features.merge(clusters.drop(columns="refit_date"), on="date", how="left")
