from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dashboard import choice
from app.faces.day import NoSuchDayError
from app.faces.snapshot import Snapshot


@pytest.mark.parametrize("asked", [None, ""])
def test_no_date_is_the_last_session(asked: str | None, snapshot: Snapshot) -> None:
    assert f"{choice.chosen(snapshot, asked):%Y-%m-%d}" == snapshot.version.as_of


def test_session_is_found_by_its_date(snapshot: Snapshot) -> None:
    for date in snapshot.predictions["date"].iloc[[0, 17, -1]]:
        assert choice.chosen(snapshot, f"{date:%Y-%m-%d}") == date


@given(asked=st.text(min_size=1))
def test_any_other_text_is_refused_in_words(asked: str, snapshot: Snapshot) -> None:
    with pytest.raises(NoSuchDayError) as told:
        choice.chosen(snapshot, asked)
    assert snapshot.version.as_of in str(told.value)
    assert len(str(told.value)) < 200


def test_neighbours_of_a_date_without_a_forecast(snapshot: Snapshot) -> None:
    dates = list(snapshot.predictions["date"])
    assert choice.nearest(snapshot, pd.Timestamp("1990-01-01")) == dates[:1]
    assert choice.nearest(snapshot, pd.Timestamp("2090-01-01")) == dates[-1:]
    assert choice.nearest(snapshot, None) == dates[-1:]
    between = next(a + pd.Timedelta(days=1) for a, b in pairwise(dates) if (b - a).days > 2)
    before, after = choice.nearest(snapshot, between)
    assert before < between < after
    assert dates.index(after) == dates.index(before) + 1
