"""The page: whole, self-contained, the same bytes again, and readable where nothing was found."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from mlrisk.monitoring import page
from mlrisk.monitoring.quality import Report, gathered
from mlrisk.monitoring.rules import unreadable
from tests.mlrisk.monitoring.conftest import LAST, World

DAY = pd.Timestamp("2018-05-16")
VOID = {"meta", "link", "br", "hr", "img", "input", "path"}


class Outline(HTMLParser):
    """Tags that are open, and what the page reaches out for."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.outside += [f"{tag} {name}" for name, _ in attrs if name in {"src", "href"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def broken(world: World) -> Report:
    days = world.days("SPY")
    found = world.with_cells("GLD", days[100::100], lambda x: x * 1.4, "close", "high")
    found = found.with_cells("VIX", DAY, 0.0, "close")
    return replace(found, history=True).report()


def test_it_is_whole_and_needs_nothing_else(broken: Report) -> None:
    text = page.render(broken, "18 symbols")
    outline = Outline()
    outline.feed(text)
    assert outline.open == []
    assert outline.outside == []
    assert not re.search(r"@import|url\(|<script", text)
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text


def test_the_same_findings_give_the_same_bytes(broken: Report, world: World) -> None:
    again = gathered(broken.outcomes, broken.last)
    assert page.render(again, "18 symbols") == page.render(broken, "18 symbols")


def test_an_error_comes_first_and_stands_open(broken: Report) -> None:
    text = page.render(broken, "18 symbols")
    assert "1 unexplained error: the line stops" in text
    first = text.index("<details")
    assert text[first:].startswith("<details open")
    assert text.index("close positive") < text.index("return is usual")
    assert text.count("<details open") == 1


def test_every_finding_is_listed(broken: Report) -> None:
    text = page.render(broken, "18 symbols")
    for row in broken.findings.itertuples():
        assert f'<td>{row.name}</td><td class="day">{row.date:%Y-%m-%d}</td>' in text


def test_a_long_list_is_cut_and_says_so(world: World) -> None:
    days = world.days("DXY")[:250]
    text = page.render(world.with_cells("DXY", days, -1.0, "close").report(), "DXY")
    assert text.count("<td>DXY</td>") >= page.ROWS
    assert "and 50 older ones" in text


def test_clean_rows_make_a_page_too(world: World) -> None:
    text = page.render(world.report(), "18 symbols")
    assert "No unexplained error" in text
    assert "Checks with findings" not in text
    assert "Checks without a finding" in text


def test_what_a_file_says_is_escaped() -> None:
    found = unreadable("raw/market", LAST, {"A<b>": "cell <script>alert(1)</script>"}, 2)
    text = page.render(gathered([found], LAST), "a folder of <files>")
    assert "<script" not in text
    assert "cell &lt;script&gt;" in text
    assert "&lt;files&gt;" in text


@pytest.mark.parametrize(
    ("first", "years"),
    [("2007-04-11", 10), ("1954-07-01", 8), ("2018-02-01", 9), ("2026-04-01", 1)],
)
def test_the_axis_names_a_few_round_years(first: str, years: int) -> None:
    axis = page.Axis(pd.Timestamp(first), pd.Timestamp("2026-05-01"))
    named = axis.years()
    assert len(named) <= max(page.LABELS, years)
    assert all(0 <= place <= page.WIDTH for _, place in named)
    assert axis.place(axis.last) == page.WIDTH
