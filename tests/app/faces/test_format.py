from __future__ import annotations

import doctest
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.faces import format as written
from mlrisk.documents.brief.figures import figure

VOLATILITIES = st.floats(1e-4, 0.5)


def test_examples_of_the_documentation_hold() -> None:
    found = doctest.testmod(written)
    assert found.attempted > 10
    assert found.failed == 0


@given(VOLATILITIES, st.floats(0, 1), st.floats(-3, 3))
def test_numbers_are_written_as_the_brief_writes_them(
    rv_5d: float, share: float, part: float
) -> None:
    for text, value, unit in (
        (written.annualised(rv_5d), rv_5d, "annualised"),
        (written.move(rv_5d), rv_5d, "move"),
        (written.probability(share), share, "probability"),
        (written.effect(part), part, "effect"),
        (written.odds(part), part, "odds"),
    ):
        assert text == figure({("f", "d"): value}, "f", "d", unit).text


@given(st.floats(-1e9, 1e9).filter(lambda number: abs(number) > 1e-6))
def test_value_keeps_four_digits(number: float) -> None:
    back = float(written.value(number).replace(",", ""))
    assert back == pytest.approx(number, rel=6e-4)
    assert "e" not in written.value(number)


@pytest.mark.parametrize("missing", [None, math.nan])
def test_what_is_not_there_is_a_dash(missing: float | None) -> None:
    for way in (
        written.annualised, written.move, written.annual, written.probability, written.effect,
        written.odds, written.share, written.points, written.loss, written.value, written.count,
    ):  # fmt: skip
        assert way(missing) == written.NONE
    for said in (written.day, written.short_day, written.moment):
        assert said(None) == said(pd.NaT) == written.NONE


def test_small_negative_is_no_minus_zero() -> None:
    assert written.effect(-1e-5) == "+0.0%"
    assert written.points(-1e-5) == "+0.0 pts"
    assert written.share(-1e-6) == "0.0%"


def test_span_over_new_year_names_both_years() -> None:
    dates = pd.DatetimeIndex(["2025-12-30", "2026-01-06"])
    assert written.span(dates) == "Tue 30 Dec 2025 to Tue 6 Jan 2026"
