"""The walk over refits: nothing published moves, names stay, odd inputs are told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from mlrisk import contracts, store
from mlrisk.regimes import clustering
from mlrisk.regimes.clustering import Clusters
from mlrisk.regimes.discovery import Discovery, discover
from mlrisk.regimes.inputs import RegimeError
from tests.mlrisk.regimes.conftest import SETTINGS

FIRST = 4 + SETTINGS["min_history"] - 1


def found(features: pd.DataFrame, **changed: Any) -> Discovery:
    return discover(features, **{**SETTINGS, **changed})


@pytest.fixture(scope="module")
def whole(features: pd.DataFrame) -> Discovery:
    return found(features)


def test_tables_keep_their_contracts_and_say_what_is_there(
    whole: Discovery, features: pd.DataFrame, truth: np.ndarray
) -> None:
    daily = contracts.REGIMES_DAILY.validate(store.at_border(contracts.REGIMES_DAILY, whole.daily))
    assert np.array_equal(daily["date"], features["date"])
    known = daily["regime_cluster_id"].notna()
    assert known.tolist() == [at >= FIRST for at in range(len(features))]
    assert daily[~known].drop(columns="date").isna().all(axis=None)
    assert daily[known].notna().all(axis=None)
    assert adjusted_rand_score(daily.loc[known, "regime_cluster_id"], truth[FIRST:]) > 0.8
    assert list(daily.filter(like="dist")) == [f"dist_to_centroid_{k}" for k in range(3)]

    refits = contracts.REGIME_REFITS.validate(whole.refits)
    grid = features["date"].iloc[FIRST :: SETTINGS["refit_every"]]
    assert refits["refit_date"].unique().tolist() == grid.tolist()
    assert daily["refit_date"].dropna().unique().tolist() == grid.tolist()
    last = refits[refits["refit_date"] == grid.iloc[-1]].pivot(
        index="cluster", columns="figure", values="value"
    )
    assert list(last) == [
        "agreement", "mean_fall", "mean_term", "mean_vol", "moved", "share", "to_0", "to_1", "to_2",
    ]  # fmt: skip
    assert last["mean_vol"].to_numpy() == pytest.approx(np.exp([-4, -3.3, -2.6]), rel=0.1)
    assert last["mean_term"].to_numpy() == pytest.approx([1.1, 1.0, 0.9], abs=0.02)
    assert last[["to_0", "to_1", "to_2"]].sum(axis=1).to_numpy() == pytest.approx(np.ones(3))
    assert last["agreement"].min() > 0.98
    assert whole.summary["refits"] == len(grid)
    assert whole.summary["kept"] == {}
    assert whole.summary["left_out_because"] is None


@given(data=st.data())
@settings(max_examples=6)
def test_the_future_changes_no_bit_of_the_past(data: st.DataObject, features: pd.DataFrame) -> None:
    method = data.draw(st.sampled_from(["gmm", "kmeans", "minibatch_kmeans", "jump"]))
    smoothing = data.draw(st.sampled_from(["hmm", "ids", "none"]))
    cut = data.draw(st.integers(FIRST + 1, len(features) - 1))
    size = data.draw(st.sampled_from([-3.0, 0.3, 40.0]))
    chosen = {"method": method, "smoothing": smoothing, "clusters": data.draw(st.integers(2, 3))}
    future = features.copy()
    future.loc[cut:, "fall"] *= size
    future.loc[cut + 1 :, "term"] = np.nan
    before, after = found(features.iloc[:cut], **chosen), found(future, **chosen)
    pd.testing.assert_frame_equal(after.daily.iloc[:cut], before.daily, check_exact=True)
    early = after.refits[after.refits["refit_date"] < features["date"][cut]]
    pd.testing.assert_frame_equal(early, before.refits, check_exact=True)


def test_the_grid_does_not_move_when_history_begins_earlier_without_inputs(
    features: pd.DataFrame, whole: Discovery
) -> None:
    """Sessions that lack an input before the first complete one are no part of anything."""
    later = found(features.iloc[3:].reset_index(drop=True))
    expected = whole.daily.iloc[3:].reset_index(drop=True)
    pd.testing.assert_frame_equal(later.daily, expected, check_exact=True)


def test_the_same_bytes_with_one_thread_or_two(features: pd.DataFrame, whole: Discovery) -> None:
    with threadpool_limits(2):
        again = found(features)
    pd.testing.assert_frame_equal(again.daily, whole.daily, check_exact=True)
    pd.testing.assert_frame_equal(again.refits, whole.refits, check_exact=True)


def test_a_refit_that_cannot_be_matched_leaves_the_one_before(features: pd.DataFrame) -> None:
    moved = features.copy()
    moved.loc[200:, "term"] += 5  # another world
    result = found(moved, largest_move=0.2)
    kept = result.summary["kept"]
    assert list(kept) == [f"{day:%Y-%m-%d}" for day in features["date"].iloc[[203, 228, 253, 278]]]
    assert all("moved by" in reason for reason in kept.values())
    assert (result.daily["refit_date"].iloc[203:] == features["date"].iloc[178]).all()
    assert result.refits["refit_date"].max() == features["date"].iloc[178]
    said = result.daily.filter(regex="^prob").iloc[FIRST:]
    assert said.notna().all(axis=None)


def test_a_cluster_that_a_refit_empties_leaves_the_fit_before(
    features: pd.DataFrame, whole: Discovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    def emptied(*given: Any) -> Clusters:
        start = given[1]
        return Clusters(start.means, start.covariances, np.array([0.5, 0.5, 1e-300]))

    monkeypatch.setattr(clustering, "refit", emptied)
    result = found(features)
    assert set(result.summary["kept"].values()) == {"clusters [2] hold no session"}
    assert len(result.summary["kept"]) == result.summary["refits"] - 1
    assert result.daily["refit_date"].nunique() == 1
    first = slice(FIRST, FIRST + SETTINGS["refit_every"])
    pd.testing.assert_frame_equal(result.daily.iloc[first], whole.daily.iloc[first])
    assert result.daily.iloc[FIRST:].notna().all(axis=None)


def test_nulls_among_the_inputs_are_counted_and_never_published(features: pd.DataFrame) -> None:
    holed = features.copy()
    holed.loc[[20, 160, 161, 240], "vol"] = [np.nan, 0.0, np.nan, -1.0]
    result = found(holed)
    assert result.summary["sessions_without_inputs"] == 3
    first = FIRST + 1  # one complete session less before it
    assert result.daily["regime_cluster_id"].first_valid_index() == first
    assert result.daily.filter(regex="^prob").iloc[first:].notna().all(axis=None)
    assert result.daily.loc[[160, 161, 240]].filter(like="dist").isna().all(axis=None)


def test_what_is_not_given_or_constant_is_left_out_and_told(
    features: pd.DataFrame, whole: Discovery
) -> None:
    still = features.assign(flat=3.0)
    result = found(still, columns=["flat", "term", "fall", "absent"])
    assert result.summary["inputs"] == ["vol", "term", "fall"]
    assert result.summary["inputs_not_given"] == ["absent"]
    assert result.summary["inputs_constant"] == ["flat"]
    pd.testing.assert_frame_equal(result.daily, whole.daily, check_exact=True)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"columns": ["absent"]}, "1 inputs move, and regimes are told apart by 2 or more"),
        ({"min_history": 297}, "296 sessions have every input, and the first fit wants 297"),
    ],
)
def test_no_fit_gives_empty_tables_and_the_reason(
    changed: dict[str, Any], reason: str, features: pd.DataFrame
) -> None:
    result = found(features, **changed)
    assert result.summary["left_out_because"] == reason
    for dataset, table in (
        (contracts.REGIMES_DAILY, result.daily),
        (contracts.REGIME_REFITS, result.refits),
    ):
        assert dataset.validate(table).empty


def test_the_criterion_chooses_once(features: pd.DataFrame) -> None:
    result = found(features, clusters="bic")
    criteria = result.summary["bic"]
    assert result.summary["clusters"] == int(min(criteria, key=criteria.__getitem__)) == 3


def test_too_few_distinct_sessions_is_an_error(features: pd.DataFrame) -> None:
    coarse = features.assign(vol=features["vol"].round(1) + 0.1, term=1.0, fall=1.0)
    coarse["term"] = np.resize([0.0, 1.0], len(coarse))
    with pytest.raises(RegimeError, match="5 clusters were asked for"):
        found(coarse, clusters=5, columns=["term", "fall"])
