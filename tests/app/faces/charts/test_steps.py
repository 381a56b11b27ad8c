"""The waterfall leads from the forecast of the session before to this one, and leaves nothing."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.faces.charts import drivers
from app.faces.charts.steps import OTHER, label, steps
from app.faces.day import ANNUAL, Change, DayView, view
from app.faces.snapshot import Snapshot

EFFECTS = st.lists(st.floats(-1, 1).filter(lambda one: abs(one) > 1e-9), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def day(snapshot: Snapshot) -> DayView:
    return view(snapshot, snapshot.predictions["date"].iloc[-1])


@given(effects=EFFECTS, count=st.integers(1, 12), ratio=st.floats(0.9, 1.1))
def test_steps_join_and_end_at_the_forecast(
    day: DayView, effects: list[float], count: int, ratio: float
) -> None:
    # With more effects than are shown, or after a refit, the rest takes what is left.
    many = len(effects) > count
    now = 0.02 * math.exp(math.fsum(effects) / 2) * (ratio if many else 1.0)
    changes = tuple(Change(f"x{place}", 0.0, 1.0, one) for place, one in enumerate(effects))
    made = dataclasses.replace(
        day, rv_5d_hat=now, rv_5d_hat_before=0.02, changes=changes, refitted=False
    )
    first, *between, last = steps(made, count)
    assert first.end == 100 * ANNUAL * 0.02
    assert last.end == 100 * ANNUAL * now == between[-1].end
    assert [one.start for one in between] == [first.end, *(one.end for one in between[:-1])]
    for one in between:
        assert one.end == pytest.approx(one.start * math.exp(one.effect / 2), rel=1e-9)
        assert one.kind == ("up" if one.effect > 0 else "down")
    assert (between[-1].name == OTHER) == many
    assert len(between) == min(len(effects), count) + many


def test_effects_are_those_of_the_day(snapshot: Snapshot) -> None:
    for date in snapshot.predictions["date"].iloc[1::31]:
        day = view(snapshot, date)
        first, *between, last = steps(day, 8)
        assert [one.effect for one in between[:8]] == [one.effect for one in day.changes[:8]]
        whole = 2 * math.log(last.end / first.end)
        assert math.fsum(one.effect for one in between) == pytest.approx(whole, abs=1e-12)
        bars = drivers.waterfall(day)["data"]["values"]
        assert [bar["name"] for bar in bars] == [one.name for one in (first, *between, last)]


def test_a_refit_is_part_of_the_rest(snapshot: Snapshot) -> None:
    versions = snapshot.predictions["model_version"]
    place = int((versions != versions.shift()).to_numpy().nonzero()[0][1])
    day = view(snapshot, snapshot.predictions["date"].iloc[place])
    assert day.refitted
    rest = steps(day, len(day.changes))[-2]
    assert rest.name == OTHER  # what a refit changes in the ratio of the two means


def test_the_first_session_has_none(snapshot: Snapshot) -> None:
    assert steps(view(snapshot, snapshot.predictions["date"].iloc[0])) == ()


def test_features_are_named_in_words() -> None:
    assert label("vix_term") == "VIX term structure"
    assert label("baseline") == "the model itself"
    assert label("no_such_feature") == "no_such_feature"
