"""Every regime contender by name. ``conf/regime_forecast`` has a leaf for each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mlrisk.contracts import REGIMES
from mlrisk.forecast.roster import ContenderError, lacking
from mlrisk.regime_forecast.base import THRESHOLDS, RegimeContender
from mlrisk.regime_forecast.boosted import LightgbmClassifier, XgboostClassifier
from mlrisk.regime_forecast.filtered import FilteredClusters
from mlrisk.regime_forecast.implied import PART, VOLATILITY, VolatilityImplied
from mlrisk.regime_forecast.logit import MultinomialLogit
from mlrisk.regime_forecast.persistence import HardPersistence, SoftPersistence

ROSTER: Mapping[str, type[RegimeContender]] = {
    "persistence_hard": HardPersistence,
    "persistence_soft": SoftPersistence,
    "hmm_filter": FilteredClusters,
    "multinomial_logit": MultinomialLogit,
    "har_vix_logit": MultinomialLogit,
    "xgboost_classifier": XgboostClassifier,
    "lightgbm_classifier": LightgbmClassifier,
    "volatility_implied": VolatilityImplied,
}

COMBINATION = "combination"
"""The pool of several of them."""

EXPLAINED = tuple(name for name, kind in ROSTER.items() if kind.explained)
"""Contenders whose log-odds have parts."""

LABELLED: Mapping[int, Sequence[str]] = {3: REGIMES, 2: (REGIMES[0], REGIMES[-1])}
"""Regimes that a label may be, by how many are told apart."""

CLUSTERED = re.compile(r"(?:prob_cluster|dist_to_centroid)_\d+(?:_5d)?|regime_cluster_id")
CLUSTER_AHEAD = re.compile(r"prob_cluster_\d+_5d")


def contender(name: str, settings: Mapping[str, Any]) -> RegimeContender:
    """An unfitted contender.

    Parameters
    ----------
    name : str
        A name of the roster.
    settings : mapping
        The arguments of its class: what ``settings`` gives, or what a saved model's card says.
    """
    if name not in ROSTER:
        raise ContenderError(f"unknown regime contender {name!r}; there are {', '.join(ROSTER)}")
    return ROSTER[name](**settings)


def settings(
    name: str,
    leaf: Mapping[str, Any],
    given: Sequence[str],
    *,
    classes: int,
    thresholds: bool,
) -> dict[str, Any]:
    """The arguments of a contender's class: its leaf, and what follows from the data.

    Parameters
    ----------
    name : str
        A name of the roster.
    leaf : mapping
        Its settings, with column names already resolved.
    given : sequence of str
        Columns of the table, as ``table.joined`` gives it.
    classes : int
        Regimes that are told apart, 3 or 2.
    thresholds : bool
        Whether a regime is where the volatility ahead lies between thresholds. Where it is the
        cluster ahead there are none, and nothing is measured by them.
    """
    found = dict(leaf)
    if not thresholds:
        for key in ("log_columns", "columns"):
            if key in found:
                found[key] = [column for column in found[key] if column not in THRESHOLDS]
    if "relative" in found:
        measured = set(found["columns"]) if thresholds else set()
        found["relative"] = [column for column in found["relative"] if column in measured]
    if name == "hmm_filter":
        found["columns"] = [column for column in given if CLUSTER_AHEAD.fullmatch(column)]
    if name == "volatility_implied":
        found["parts"] = [column.removeprefix(PART) for column in given if column.startswith(PART)]
    if name in ("persistence_soft", "hmm_filter", "volatility_implied"):
        found["regimes"] = list(LABELLED[classes])
    if ROSTER[name] is MultinomialLogit:
        found["regimes"] = list(LABELLED[classes]) if thresholds else []
    return found


def left_out_because(
    model: RegimeContender, table: pd.DataFrame, not_given: Sequence[str], revised: Sequence[str]
) -> str | None:
    """Why a contender has no forecast at all; None where it can be walked forward.

    Parameters
    ----------
    model : RegimeContender
        Unfitted.
    table : DataFrame
        As ``table.joined`` gives it.
    not_given, revised : sequence of str
        Features that the source does not give, and those whose history holds later revisions.
    """
    if isinstance(model, FilteredClusters) and len(model.columns) < 2:
        return "data/regimes_daily has no clusters five sessions on; metrics/clusters.json says why"
    if isinstance(model, VolatilityImplied):
        if table[model.borders].isna().all(axis=None):
            return "the labels have no thresholds of volatility"
        if table[VOLATILITY].isna().all():
            return "the volatility model has no forecast"
    clusters = [name for name in model.inputs if CLUSTERED.fullmatch(name)]
    absent = lacking(model.inputs, [str(name) for name in table], [*not_given, *clusters])
    if absent:
        return f"the source gives no {', '.join(absent)}"
    later = [name for name in model.inputs if name in revised]
    if later:
        return f"the source's history of {', '.join(later)} holds later revisions"
    return None
