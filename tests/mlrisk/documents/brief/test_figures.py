from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.documents.base import DocumentError
from mlrisk.documents.brief.bullets import Bullet, stated, verify
from mlrisk.documents.brief.figures import UNITS, figure, require_stated

DAY = "2024-01-11"
FACTS = {
    ("rv_5d_hat", DAY): 0.0213,
    ("calendar.cpi", "2024-02-13"): pd.Timestamp("2024-02-13 13:30", tz="UTC"),
}


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0213, "annualised", "15.1%"),
        (0.0213, "move", "2.13%"),
        (13.949, "per_cent", "13.9%"),
        (0.625, "probability", "62%"),
        (0.31, "effect", "+16.8%"),
        (-0.0009, "effect", "+0.0%"),
        (-0.374318, "odds", "-31%"),
    ],
)
def test_a_value_is_written_in_its_unit(value: float, unit: str, text: str) -> None:
    assert figure({("x", DAY): value}, "x", DAY, unit).text == text


@given(st.floats(-5, 5), st.sampled_from(sorted(UNITS)))
def test_what_is_written_is_what_is_read_back(value: float, unit: str) -> None:
    facts = {("x", DAY): value}
    said = figure(facts, "x", DAY, unit)
    require_stated(said, facts)
    assert re.fullmatch(r"[+-]?\d+(\.\d+)?%", said.text)
    last = 10.0 ** -UNITS[unit].decimals
    off = f"{float(said.text[:-1]) + 2 * last:+.{UNITS[unit].decimals}f}%"
    with pytest.raises(DocumentError, match="the brief states"):
        require_stated(replace(said, text=off), facts)


def test_a_moment_is_read_back_too() -> None:
    said = figure(FACTS, "calendar.cpi", "2024-02-13", "moment")
    assert said.text == "Tuesday 13 February 2024, 13:30 UTC"
    require_stated(said, FACTS)
    with pytest.raises(DocumentError, match=r"for calendar\.cpi of 2024-02-13, which is 2024"):
        require_stated(replace(said, text="Tuesday 13 February 2024, 13:31 UTC"), FACTS)


def test_statements_name_their_fields_once() -> None:
    facts = {("top_drivers.vix", DAY): 0.1, ("rv_5d_hat", DAY): 0.02}
    said = [
        figure(facts, "top_drivers.vix", DAY, "effect"),
        figure(facts, "rv_5d_hat", DAY, "move"),
    ]
    one = stated("Forecast", "the VIX {} of {}.", said, "top_drivers")
    assert one.text == "the VIX +5.1% of 2.00%."
    assert one.fields == ("top_drivers", "rv_5d_hat")
    verify([one], facts, 0)


SAID = figure(FACTS, "rv_5d_hat", DAY, "annualised")


@pytest.mark.parametrize(
    ("bullet", "why"),
    [
        (Bullet("s", "Volatility is low."), "names no field or citation"),
        (Bullet("s", "“Low.” [2]", citations=(2,)), "cites 2 of 1"),
        (Bullet("s", "Volatility: 15.2%.", (SAID,), ("rv_5d_hat",)), "does not state '15.1%'"),
        (Bullet("s", "15.1%, above 14%.", (SAID,), ("rv_5d_hat",)), "a number that is no field's"),
        (
            Bullet("s", "15.1%", (replace(SAID, field="rv_5d_lo_80"),), ("rv_5d_lo_80",)),
            "for rv_5d_lo_80 of 2024-01-11, which has no value",
        ),
        (
            Bullet("s", "15.3%", (replace(SAID, text="15.3%"),), ("rv_5d_hat",)),
            "states '15.3%' for rv_5d_hat of 2024-01-11, which is 0.0213",
        ),
    ],
)
def test_a_statement_that_does_not_hold_stops_the_brief(bullet: Bullet, why: str) -> None:
    with pytest.raises(DocumentError, match=re.escape(why)):
        verify([bullet], FACTS, 1)


def test_names_in_code_may_have_digits_and_quotes_too() -> None:
    verify([Bullet("s", "`es1_vol_5d` leads: 15.1%.", (SAID,), ("rv_5d_hat",))], FACTS, 0)
    verify([Bullet("s", "“Raised by 25 basis points.” [1]", citations=(1,))], FACTS, 1)
