from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from app.api.bounds import REACH, Span, allowed, domain, trained
from app.faces.snapshot import Snapshot
from mlrisk.contracts import MODEL, REGIME_MODEL


@pytest.fixture(scope="module")
def cards(computed: Path) -> list[dict[str, Any]]:
    return [
        json.loads((computed / name / "model.json").read_text()) for name in (MODEL, REGIME_MODEL)
    ]


def members(card: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from card["members"].values()


def test_all_that_ever_was_is_allowed(snapshot: Snapshot) -> None:
    spans = allowed(snapshot.known)
    assert set(spans) == set(snapshot.known) - {"date"}
    for name, span in spans.items():
        assert all(value in span for value in snapshot.known[name].dropna()), name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vix", (0, math.inf)),
        ("vix_term", (0, math.inf)),
        ("spy_vol_10d", (0, math.inf)),
        ("spy_garman_klass_1d", (0, math.inf)),
        ("spy_ewma_vol", (0, math.inf)),
        ("days_until_fomc", (0, math.inf)),
        ("drawdown_60d", (0, 1)),
        ("prob_cluster_0_5d", (0, 1)),
        ("corr_spy_tlt_20d", (-1, 1)),
        ("sector_corr_20d", (-1, 1)),
        ("rsi_spy_14", (0, 100)),
        ("spy_ret_5d", (-math.inf, math.inf)),
        ("cpi_yoy_z", (-math.inf, math.inf)),
        ("slope_10y_2y", (-math.inf, math.inf)),
        ("vix_ret_1d", (-math.inf, math.inf)),
        ("vix_premium_20d", (-math.inf, math.inf)),
    ],
)
def test_what_a_feature_is_by_definition(name: str, expected: tuple[float, float]) -> None:
    assert domain(name) == expected


def test_what_enters_as_a_logarithm_is_never_negative(cards: list[dict[str, Any]]) -> None:
    logged = {
        name
        for card in cards
        for member in members(card)
        for name in member["settings"].get("log_columns", ())
    }
    assert logged
    assert all(domain(name)[0] == 0 for name in logged)


def test_no_value_lies_outside_its_definition(snapshot: Snapshot) -> None:
    for name in snapshot.known.columns.drop("date"):
        low, high = domain(name)
        assert snapshot.known[name].dropna().between(low, high).all(), name


def test_how_far_beyond_history_a_value_may_lie() -> None:
    known = pd.DataFrame(
        {"date": 0, "spy_ret_5d": [-0.1, 0.2], "vix": [10.0, 30.0], "new": math.nan}
    )
    spans = allowed(known)
    assert spans["spy_ret_5d"].lower == pytest.approx(-0.1 - REACH * 0.3)
    assert spans["spy_ret_5d"].upper == pytest.approx(0.2 + REACH * 0.3)
    assert (spans["vix"].lower, spans["vix"].upper) == (0.0, 230.0)
    assert spans["new"] == Span(-math.inf, math.inf)


def test_the_number_of_a_regime_is_a_whole_one() -> None:
    known = pd.DataFrame({"date": 0, "regime_known": [0.0, 2.0]})
    span = allowed(known)["regime_known"]
    assert [value for value in (-1, 0, 0.5, 1, 2, 3) if value in span] == [0, 1, 2]


def test_trained_is_what_lies_in_the_windows_of_the_members(
    snapshot: Snapshot, cards: list[dict[str, Any]]
) -> None:
    spans = trained(snapshot.known, cards)
    dates = snapshot.known["date"]
    for name, span in spans.items():
        seen = [
            snapshot.known.loc[
                dates.between(one["trained_on"]["first_label"], one["trained_on"]["last_label"]),
                name,
            ]
            for card in cards
            for one in members(card)
            if name in one["features"]
        ]
        everything = pd.concat(seen)
        assert (span.lower, span.upper) == (everything.min(), everything.max())


def test_trained_knows_nothing_of_what_came_after(
    snapshot: Snapshot, cards: list[dict[str, Any]]
) -> None:
    last = max(one["trained_on"]["last_label"] for card in cards for one in members(card))
    later = snapshot.known["date"] > last
    assert later.any()
    changed = snapshot.known.copy()
    numbers = changed.columns.drop("date")
    changed.loc[later, numbers] = 1e6
    assert trained(changed, cards) == trained(snapshot.known, cards)
