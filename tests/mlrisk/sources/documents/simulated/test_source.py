"""The releases of the simulated world state its figures, when they are known and not before."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from html import unescape

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk.calendar import NEW_YORK, sessions
from mlrisk.contracts import DOCS_RAW
from mlrisk.sources.base import Raw, known_by
from mlrisk.sources.documents.simulated import SimulatedDocuments
from mlrisk.sources.documents.simulated.page import Page
from mlrisk.sources.documents.simulated.policy import target
from tests.mlrisk.sources.documents.conftest import LAST, START

DAYS = sessions(START, LAST)
RECENT = date(2022, 11, 1)


@pytest.fixture(scope="module")
def pages(source: SimulatedDocuments) -> dict[str, Page]:
    return {page.doc_id: page for page in source.pages(LAST)}


def test_the_rows_keep_the_contract(source: SimulatedDocuments, pages: dict[str, Page]) -> None:
    raw = DOCS_RAW.validate(source.read(LAST).raw)
    assert raw["url"].is_unique
    assert {json.loads(hint)["doc_id"] for hint in raw["hint"]} == set(pages)
    assert Counter(page.doc_type for page in pages.values()) == {
        "cpi": 24,
        "employment_situation": 24,
        "statement": 16,
        "minutes": 16,  # of the meeting before the start, and not of the last
    }


@settings(max_examples=4)
@given(day=st.sampled_from(list(DAYS[-160:])), change=st.sampled_from([-0.5, 0.25]))
def test_what_is_known_on_a_day_does_not_depend_on_what_came_later(
    source: SimulatedDocuments, day: pd.Timestamp, change: float
) -> None:
    source = replace(source, start=RECENT)
    later = ~known_by(day, source.macro["release_datetime"])
    revised = source.macro.assign(
        value=source.macro["value"].add(change).where(later, source.macro["value"])
    )
    early = source.read(day).raw
    pd.testing.assert_frame_equal(replace(source, macro=revised).read(day).raw, early)
    whole = source.read(LAST).raw
    known = whole[known_by(day, whole["fetched_at"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(known, early)


def test_a_page_is_there_from_its_release_and_a_decision_from_when_it_shows(
    source: SimulatedDocuments, pages: dict[str, Page]
) -> None:
    price = pages["cpi-2022-01"]
    day = price.published_at.tz_localize(None).normalize()
    before = DAYS[DAYS.searchsorted(day) - 1]
    assert "cpi-2022-01" in {page.doc_id for page in source.pages(day)}
    assert "cpi-2022-01" not in {page.doc_id for page in source.pages(before)}
    for page in pages.values():
        assert page.published_at <= page.fetched_at
        if page.doc_type == "statement":
            local = page.published_at.tz_convert(NEW_YORK)
            assert (local.hour, local.date()) == (14, page.event_date.date())
            assert page.fetched_at - page.published_at < pd.Timedelta(days=5)
        if page.doc_type == "minutes":
            local = page.published_at.tz_convert(NEW_YORK)
            assert (local.hour, (local.tz_localize(None) - page.event_date).days) == (14, 21)


def test_consumer_prices_are_those_of_the_series(world: Raw, pages: dict[str, Page]) -> None:
    rows = world.macro[world.macro["series_id"] == "CPIAUCNS"].set_index("macro_value_date")
    values = rows["value"]
    for page in (page for page in pages.values() if page.doc_type == "cpi"):
        month = page.event_date
        year = 100 * (values[month] / values[month - pd.DateOffset(years=1)] - 1)
        assert f"{values[month]:.3f} (1982-84=100)" in page.facts["level"]
        assert f"{abs(year):.1f} percent" in page.facts["year"] or "unchanged" in page.facts["year"]
        assert page.published_at == rows["release_datetime"][month]
        assert page.table is not None
        assert page.table.rows[-1][1] == f"{values[month]:.3f}"


def test_unemployment_is_what_was_known_that_day(world: Raw, pages: dict[str, Page]) -> None:
    rows = world.macro[world.macro["series_id"] == "UNRATE"]
    revised = 0
    for page in (page for page in pages.values() if page.doc_type == "employment_situation"):
        known = rows[rows["release_datetime"] <= page.published_at]
        latest = known.groupby("macro_value_date")["value"].last()
        assert f"{latest[page.event_date]:.1f} percent" in page.facts["rate"]
        assert page.table is not None
        assert [row[1] for row in page.table.rows] == [f"{v:.1f}" for v in latest.iloc[-7:]]
        revised += "revision" in page.facts
    assert revised == 2  # two Januaries


def test_a_decision_is_where_the_funds_rate_then_trades(world: Raw, pages: dict[str, Page]) -> None:
    rows = world.macro[world.macro["series_id"] == "DFF"]
    rate = rows.set_index("macro_value_date")["value"]
    moves = Counter()
    for page in (page for page in pages.values() if page.doc_type == "statement"):
        before, after = (
            rate[: page.event_date - pd.Timedelta(days=1)].iloc[-1],
            rate[page.event_date],
        )
        lower = int(after * 4) / 4
        step = lower - int(before * 4) / 4
        assert target(lower) in page.facts["decision"]
        assert page.figures["move"] == ("up" if step > 0 else "down" if step < 0 else "same")
        minutes = pages.get(f"fomc-minutes-{page.event_date:%Y-%m-%d}")
        if minutes is not None:
            assert target(lower) in minutes.facts["action"]
        moves[page.figures["move"]] += 1
    assert moves["up"] > 0
    assert moves["same"] > 0


def test_another_seed_says_the_same_in_other_words(
    source: SimulatedDocuments, pages: dict[str, Page]
) -> None:
    others = {page.doc_id: page for page in replace(source, seed=8).pages(LAST)}
    assert {name: page.table for name, page in others.items()} == {
        name: page.table for name, page in pages.items()
    }
    same = sum(others[name].sections == page.sections for name, page in pages.items())
    assert same < len(pages) / 4


def test_without_a_series_its_pages_are_not_written(source: SimulatedDocuments) -> None:
    macro = source.macro[~source.macro["series_id"].isin(["DFF", "UNRATE"])]
    written = replace(source, macro=macro).pages(LAST)
    assert {page.doc_type for page in written} == {"cpi"}
    assert replace(source, macro=macro.iloc[:0]).read(LAST).raw.empty


class TestQuestions:
    def test_their_evidence_stands_in_one_paragraph_of_the_page(
        self, source: SimulatedDocuments
    ) -> None:
        read = source.read(LAST)
        text = {
            json.loads(row.hint)["doc_id"]: unescape(row.blob.decode())
            for row in read.raw.itertuples()
        }
        kinds = Counter(question["kind"] for question in read.questions)
        assert min(kinds[kind] for kind in ("dated", "undated", "as_of", "unanswerable")) >= 4
        assert len({question["qid"] for question in read.questions}) == len(read.questions)
        for question in read.questions:
            if question["kind"] == "unanswerable":
                assert not question["gold_doc_ids"]
                continue
            (gold,) = question["gold_doc_ids"]
            lines = text[gold].splitlines()
            assert any(question["evidence"] in line for line in lines), question
            assert gold in question["acceptable_doc_ids"]
            assert set(question["acceptable_doc_ids"]) <= set(text)

    def test_the_latest_is_the_newest_page_of_its_kind(
        self, source: SimulatedDocuments, pages: dict[str, Page]
    ) -> None:
        asked = [q for q in source.read(LAST).questions if q["kind"] == "as_of"]
        for question in asked:
            moment = pd.Timestamp(question["as_of"])
            gold = pages[question["gold_doc_ids"][0]]
            kind = [
                page.published_at
                for page in pages.values()
                if page.doc_type == gold.doc_type and page.published_at <= moment
            ]
            assert gold.published_at == max(kind)
            known = [pages[name].published_at for name in question["acceptable_doc_ids"]]
            assert max(known) <= moment

    def test_later_pages_take_none_away(self, source: SimulatedDocuments) -> None:
        early = {q["qid"]: q["question"] for q in source.read(DAYS[300]).questions}
        late = {q["qid"]: q["question"] for q in source.read(LAST).questions}
        dated = {name: text for name, text in early.items() if not name.startswith("undated")}
        assert dated.items() <= late.items()
