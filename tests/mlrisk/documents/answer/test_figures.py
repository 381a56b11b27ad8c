"""Numbers as texts state them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.documents.answer.figures import figures, supported


def told(text: str) -> list[tuple[str, str]]:
    return [(str(figure.value), figure.unit) for figure in figures(text)]


@pytest.mark.parametrize(
    "text",
    [
        "3-1/2 percent", "3 1/2 percent", "3½ percent", "3½%", "3.5 per cent", "3\u20111/2 percent",
        "three and a half percent", "3.50 %",
    ],
)  # fmt: skip
def test_one_percentage_is_written_in_many_ways(text: str) -> None:
    assert told(text) == [("7/2", "percent")]


@pytest.mark.parametrize(
    "text",
    [
        "25 basis points", "25 bps", "a quarter point", "a quarter of a percentage point",
        "twenty-five basis points", "1/4 percentage point", "¼ percentage point", "0.25 points",
    ],
)  # fmt: skip
def test_basis_points_are_percentage_points(text: str) -> None:
    assert told(text) == [("1/4", "point")]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1/4 to 1/2 percent", [("1/4", "percent"), ("1/2", "percent")]),
        ("between 2 and 3 percent", [("2", "percent"), ("3", "percent")]),
        ("50 or 75 basis points", [("1/2", "point"), ("3/4", "point")]),
        ("$80 to $95 billion", [("80000000000", "dollar"), ("95000000000", "dollar")]),
        ("0 to ¼ percent", [("0", "percent"), ("1/4", "percent")]),
        ("3.50–3.75 percent", [("7/2", "percent"), ("15/4", "percent")]),
    ],
)
def test_both_ends_of_a_range_have_its_unit(text: str, values: list[tuple[str, str]]) -> None:
    assert told(text) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("half a percentage point", [("1/2", "point")]),
        ("three-quarters of a percentage point", [("3/4", "point")]),
        ("nine members and one of them", [("9", "")]),
        ("one percent", [("1", "percent")]),
        ("one hundred and five thousand jobs", [("105000", "")]),
        ("1,234.5 and .25", [("2469/2", ""), ("1/4", "")]),
        ("Q3 and the third quarter", [("3", "quarter"), ("3", "quarter")]),
        ("spy_vol_5d", []),
        ("the 10-year yield in the 1990s", [("10", ""), ("1990", "year")]),
        ("fell -0.3 percent", [("-3/10", "percent")]),
        ("it may 5", [("5", "")]),
    ],
)
def test_figures_of_speech(text: str, values: list[tuple[str, str]]) -> None:
    assert sorted(told(text)) == sorted(values)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("January 30-31, 2024", [(2024, 1, 30), (2024, 1, 31)]),
        ("31 January 2024", [(2024, 1, 31)]),
        ("on 2024-01-31", [(2024, 1, 31)]),
        ("Sept. 2013", [(2013, 9, None)]),
        ("the August 5 announcement", [(None, 8, 5)]),
        ("in May 2020", [(2020, 5, None)]),
    ],
)
def test_dates(text: str, days: list[tuple[int | None, int | None, int | None]]) -> None:
    assert [figure.day for figure in figures(text)] == days


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("5.25 percent", "at 5-1/4 percent"),
        ("a move of 5.25", "at 5-1/4 percent"),
        ("in January 2024", "on January 31, 2024"),
        ("in 2024", "on January 31, 2024"),
        ("January 31", "on January 31, 2024"),
        ("fell 0.3 percent", "a change of -0.3 percent"),
        ("50 basis points", "1/2 percentage point"),
    ],
)
def test_a_claim_may_say_less_than_its_source(claim: str, source: str) -> None:
    assert all(supported(figure, figures(source)) for figure in figures(claim))


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("25 percent", "25 basis points"),
        ("5.2 percent", "5-1/4 percent"),
        ("+0.3 percent", "-0.3 percent"),
        ("January 30, 2024", "January 31, 2024"),
        ("in January 2024", "in 2024"),
        ("$75 million", "$75 billion"),
        ("two members", "three members"),
        ("the third quarter", "the second quarter"),
        ("2 percent", "2 members"),
    ],
)
def test_a_claim_may_not_change_it(claim: str, source: str) -> None:
    assert not all(supported(figure, figures(source)) for figure in figures(claim))


@given(
    whole=st.integers(0, 99),
    part=st.sampled_from([(1, 4, "¼"), (1, 2, "½"), (3, 4, "¾")]),
    unit=st.sampled_from([" percent", "%", " per cent"]),
)
def test_fraction_decimal_and_sign_agree(whole: int, part: tuple[int, int, str], unit: str) -> None:
    top, bottom, sign = part
    value = whole + Fraction(top, bottom)
    for text in (f"{whole}-{top}/{bottom}", f"{whole} {top}/{bottom}", f"{whole}{sign}"):
        (figure,) = figures(f"to {text}{unit}.")
        assert (figure.value, figure.unit) == (value, "percent")
        assert supported(figure, figures(f"{float(value)} percent"))


@given(st.text(max_size=80))
def test_any_text_is_read_and_supports_itself(text: str) -> None:
    known = figures(text)
    assert all(supported(figure, known) for figure in known)
