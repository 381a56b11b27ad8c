from __future__ import annotations

import numpy as np
import pandas as pd

from mlrisk import contracts
from mlrisk.calendar import sessions
from mlrisk.features.clusters import with_clusters

DAYS = sessions(pd.Timestamp("2020-01-02"), pd.Timestamp("2020-01-31"))
FEATURES = pd.DataFrame({"date": DAYS, "vix": np.arange(len(DAYS), dtype=float)})


def published(days: pd.DatetimeIndex) -> pd.DataFrame:
    ids = np.arange(len(days)) % 2.0
    return pd.DataFrame(
        {"date": days, "refit_date": days[0], "regime_cluster_id": ids, "prob_cluster_1": ids}
    )


def test_each_session_has_what_was_published_at_its_close() -> None:
    joined = with_clusters(FEATURES, published(DAYS[5:]))
    assert list(joined) == ["date", "vix", "regime_cluster_id", "prob_cluster_1"]
    assert joined["date"].equals(FEATURES["date"])
    assert joined["prob_cluster_1"].isna().sum() == 5
    assert joined["prob_cluster_1"].iloc[5:].tolist() == (np.arange(len(DAYS) - 5) % 2).tolist()


def test_without_clusters_the_features_are_what_they_were() -> None:
    joined = with_clusters(FEATURES, contracts.REGIMES_DAILY.empty())
    pd.testing.assert_frame_equal(joined[["date", "vix"]], FEATURES)
