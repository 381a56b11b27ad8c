"""Settings that follow from the data, and why a contender is left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlrisk.contracts import REGIMES
from mlrisk.forecast.roster import ContenderError
from mlrisk.regime_forecast import roster

GIVEN = ["date", "vix", "prob_cluster_0", "prob_cluster_0_5d", "prob_cluster_1_5d", "part_vix"]


def settings(name: str, leaf: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return roster.settings(name, leaf, GIVEN, **{"classes": 3, "thresholds": True, **changes})


def test_clusters_parts_and_regimes_follow_from_the_table_and_the_labels() -> None:
    found = settings("hmm_filter", {"smoothing": 1.0}, classes=2)
    assert found == {
        "smoothing": 1.0,
        "columns": ["prob_cluster_0_5d", "prob_cluster_1_5d"],
        "regimes": ["calm", "risk_off"],
    }
    found = settings("volatility_implied", {"min_errors": 250})
    assert found["parts"] == ["vix"]
    assert found["regimes"] == ["calm", "transition", "risk_off"]
    assert settings("persistence_hard", {}) == {}


def test_without_thresholds_nothing_is_measured_by_them() -> None:
    logit = {"log_columns": ["vix", "rv_calm_below"], "columns": ["rv_risk_off_above"]}
    assert settings("multinomial_logit", logit) == {**logit, "regimes": list(REGIMES)}
    bare = settings("multinomial_logit", logit, thresholds=False)
    assert bare == {"log_columns": ["vix"], "columns": [], "regimes": []}
    trees = {"columns": ["vix", "ret_1d"], "relative": ["vol_5d", "vix"]}
    assert settings("xgboost_classifier", trees)["relative"] == ["vix"]
    assert settings("xgboost_classifier", trees, thresholds=False)["relative"] == []


def reason(name: str, table: pd.DataFrame, leaf: dict[str, Any], **changes: Any) -> str | None:
    found = roster.settings(name, leaf, list(table), classes=3, thresholds=True)
    model = roster.contender(name, found)
    return roster.left_out_because(
        model, table, changes.get("not_given", []), changes.get("revised", [])
    )


LOGIT = {"log_columns": ["vix"], "columns": ["vix_term"], "alpha": 0.1}


def test_one_that_lacks_its_inputs_says_which(world: pd.DataFrame) -> None:
    assert reason("multinomial_logit", world, LOGIT) is None
    without = world.drop(columns="vix_term")
    assert reason("multinomial_logit", without, LOGIT, not_given=["vix_term"]) == (
        "the source gives no vix_term"
    )
    with pytest.raises(ContenderError, match=r"unknown feature 'vol_5'; nearest are .*vol_5d"):
        reason("multinomial_logit", world, {**LOGIT, "columns": ["vol_5"]})
    assert reason("multinomial_logit", world, LOGIT, revised=["vix"]) == (
        "the source's history of vix holds later revisions"
    )
    for column in ("prob_cluster_7", "dist_to_centroid_7"):
        clustered = {**LOGIT, "columns": [column]}
        assert reason("multinomial_logit", world, clustered) == f"the source gives no {column}"


def test_without_clusters_thresholds_or_a_volatility_forecast(world: pd.DataFrame) -> None:
    smoothed, errors = {"smoothing": 1.0}, {"min_errors": 50}
    assert reason("hmm_filter", world, smoothed) is None
    assert reason("volatility_implied", world, errors) is None
    none = world.drop(columns=[f"prob_cluster_{cluster}_5d" for cluster in range(3)])
    assert reason("hmm_filter", none, smoothed) == (
        "data/regimes_daily has no clusters five sessions on; metrics/clusters.json says why"
    )
    unbounded = world.assign(rv_calm_below=np.nan, rv_risk_off_above=np.nan)
    assert reason("volatility_implied", unbounded, errors) == (
        "the labels have no thresholds of volatility"
    )
    silent = world.assign(rv_5d_hat=np.nan, var_5d_hat=np.nan)
    assert reason("volatility_implied", silent, errors) == "the volatility model has no forecast"


def test_an_unknown_contender_is_named_with_the_known_ones() -> None:
    with pytest.raises(ContenderError, match="unknown regime contender 'hmm'; there are persist"):
        roster.contender("hmm", {})
