"""The tests brought together: who is compared, and what cannot be."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk.calendar import sessions
from mlrisk.evaluation import inference
from mlrisk.evaluation.losses import qlike

HORIZON = 5
DAYS = sessions(pd.Timestamp("2014-01-02"), pd.Timestamp("2016-12-30"))
RESAMPLING = inference.Resampling(level=0.9, confidence=0.9, reps=100, seed=3)
BOUNDS = {
    "first": (date(2014, 1, 1), date(2015, 3, 31)),
    "second": (date(2015, 4, 1), date(2016, 12, 31)),
}


def world(seed: int, noises: dict[str, float], count: int = len(DAYS)) -> dict[str, pd.DataFrame]:
    """Joined tables of forecasts of a constant variance, each with an error of its own size."""
    rng = np.random.default_rng(seed)
    realized = 0.02 * np.sqrt(rng.chisquare(5, count) / 5)
    return {
        name: pd.DataFrame(
            {
                "date": DAYS[:count],
                "rv_5d": realized,
                "var_5d_hat": 4e-4 * np.exp(noise * rng.standard_normal(count)),
            }
        )
        for name, noise in noises.items()
    }


def outcome(tables: dict[str, pd.DataFrame], who: inference.Field) -> dict[str, Any]:
    return inference.tests_of_superiority(tables, who, "har", 0.213, HORIZON, RESAMPLING)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), count=st.integers(50, 300))
def test_a_model_that_equals_a_rival_differs_by_nothing(seed: int, count: int) -> None:
    tables = world(seed, {"rv20": 0.5, "har": 0.2}, count)
    tables["model"] = tables["har"].copy()
    who = inference.field_of(tables, "model", ["rv20", "har"], dict.fromkeys(tables))
    found = outcome(tables, who)
    test = found["rivals"]["har"]
    assert (test["mean_difference"], test["statistic"]) == (0, 0)
    assert test["p_value"] == test["hln_p_value"] == test["holm_p_value"] == 1
    members = found["confidence_set"]["all"]
    assert members["har"] == members["model"]
    # The same losses have the same figures against everybody else.
    other = inference.field_of(tables, "har", ["rv20", "model"], dict.fromkeys(tables))
    assert outcome(tables, other)["rivals"]["rv20"] == found["rivals"]["rv20"]


def test_a_swap_of_model_and_rival_turns_every_sign() -> None:
    tables = world(1, {"rv20": 0.3, "har": 0.2})
    reasons: dict[str, str | None] = dict.fromkeys(tables)
    one = outcome(tables, inference.field_of(tables, "har", ["rv20"], reasons))
    other = outcome(tables, inference.field_of(tables, "rv20", ["har"], reasons))
    for figure in ("mean_difference", "statistic", "hln_statistic"):
        assert one["rivals"]["rv20"][figure] == pytest.approx(-other["rivals"]["har"][figure])
    assert one["rivals"]["rv20"]["p_value"] == pytest.approx(other["rivals"]["har"]["p_value"])
    assert one["confidence_set"] == other["confidence_set"]


def test_the_field_says_who_is_not_in_it() -> None:
    tables = world(2, {"rv20": 0.5, "har": 0.2, "model": 0.1, "late": 0.1, "nearly": 0.1})
    tables["late"] = tables["late"][100:]
    tables["nearly"] = tables["nearly"][20:]
    reasons = {**dict.fromkeys(tables), "vix": "the source gives no vix", "unlabelled": None}
    who = inference.field_of(tables, "model", ["rv20", "model", "vix", "late", "other"], reasons)
    assert who.rivals == ["rv20"]
    assert who.everyone == ["rv20", "har", "model", "nearly"]
    assert who.left_out == {
        "vix": "the source gives no vix",
        "late": f"it has {len(DAYS) - 100} of the {len(DAYS)} dates of model",
        "other": inference.NOT_ASKED_FOR,
        "unlabelled": "none of its dates has a label",
    }
    # What is compared over everyone is compared on common dates; the rivals keep theirs.
    found = outcome(tables, who)
    assert found["n_obs"] == len(DAYS)
    assert found["spa"]["model"]["n_obs"] == len(DAYS) - 20


def test_a_test_that_cannot_be_made_is_null_with_its_reason() -> None:
    attempt = inference.Attempts()
    tables = world(3, {"rv20": 0.5, "har": 0.2}, 49)
    who = inference.field_of(tables, "har", ["rv20"], dict.fromkeys(tables))
    found = outcome(tables, who)
    assert found["rivals"] is None
    assert found["spa"] == {"reference": None, "model": None}
    assert found["intervals"]["difference"] is None
    assert set(found["not_made"]) == {
        "rivals",
        "spa.reference",
        "spa.model",
        "confidence_set.all",
        "confidence_set.rivals",
        "intervals.difference",
        "intervals.reducible_share",
    }
    assert attempt("all is well", lambda: 3) == 3
    assert attempt.not_made == {}


def test_a_baseline_below_the_floor_has_no_share_and_keeps_the_rest() -> None:
    tables = world(4, {"rv20": 0.05, "har": 0.04})
    who = inference.field_of(tables, "har", ["rv20"], dict.fromkeys(tables))
    found = inference.tests_of_superiority(tables, who, "har", 5.0, HORIZON, RESAMPLING)
    assert found["intervals"]["reducible_share"] is None
    assert "above the floor" in found["not_made"]["intervals.reducible_share"]
    assert found["intervals"]["difference"] is not None


def test_the_floor_is_the_oracles_loss_session_by_session() -> None:
    table = world(5, {"rv20": 0.5})["rv20"]
    truth = pd.DataFrame({"date": DAYS[10:], "var_5d_oracle": 4e-4})
    losses = inference.floor_losses(table, truth)
    assert losses is not None
    assert losses.index.equals(pd.DatetimeIndex(DAYS[10:]))
    expected = qlike(table["rv_5d"].to_numpy()[10:] ** 2, np.full(len(DAYS) - 10, 4e-4))
    np.testing.assert_array_equal(losses.to_numpy(), expected)
    assert inference.floor_losses(table, truth[:0]) is None


def test_spans_have_tests_of_their_own() -> None:
    tables = world(6, {"rv20": 0.6, "har": 0.3, "model": 0.1})
    labels = pd.DataFrame({"date": DAYS, "regime_5d": ["calm", *["risk_off"] * (len(DAYS) - 1)]})
    who = inference.field_of(tables, "model", ["rv20", "har"], dict.fromkeys(tables))
    found = inference.over_windows(tables, who, labels, BOUNDS, 0.213, HORIZON, RESAMPLING)
    assert list(found) == ["years", "spans", "regimes"]
    assert found["regimes"]["calm"] == {"rivals": None}, "one session is no window for a test"
    inside = {name: table[table["date"] < "2015-04-01"] for name, table in tables.items()}
    alone = outcome(inside, who)
    first = found["spans"]["first"]
    assert first["rivals"] == alone["rivals"]
    assert first["intervals"] == alone["intervals"]
    assert first["efficiency"] == inference.efficiency_of(inside, HORIZON)
    assert first["not_made"] == {}


def test_the_hard_rival_is_drawn_first() -> None:
    tables = world(7, {"rv20": 0.6, "har": 0.3, "model": 0.1})
    who = inference.field_of(tables, "model", ["rv20", "har"], dict.fromkeys(tables))
    drawn = inference.cumulative(tables, who, "har", HORIZON, 0.95)
    assert drawn["rival"].unique().tolist() == ["har", "rv20"]
    assert (drawn["low"] < drawn["difference"]).all()
