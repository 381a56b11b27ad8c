from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlrisk.calendar import sessions
from mlrisk.documents.base import Answer, DocumentError
from mlrisk.documents.brief.day import Tables
from mlrisk.documents.brief.page import Brief, as_json, daily_brief
from mlrisk.documents.brief.releases import Asking, Topic
from tests.mlrisk.documents.made import Library, citation, predictions

DAYS = sessions(pd.Timestamp("2024-01-25"), pd.Timestamp("2024-02-09"))
TODAY = pd.Timestamp("2024-02-01")
KNOWN_BY = pd.Timestamp("2024-02-01 22:00", tz="UTC")
TOPICS = (
    Topic("Policy stance", "What is the latest target range?", ("statement",)),
    Topic("Labour market", "How is the labour market?", ("employment_situation", "minutes")),
    Topic("Inflation", "What is said of inflation?", ("cpi", "statement", "minutes")),
)
STATEMENT = "Inflation has eased. The range stays at 5-1/4 to 5-1/2 percent. " + 60 * "So it is. "
HELD = citation("statement-2024-01-31", "The range stays at 5-1/4 to 5-1/2 percent.", STATEMENT)
EASED = citation("statement-2024-01-31", "Inflation has eased.", STATEMENT)
LONG = citation("statement-2024-01-31", STATEMENT.strip(), STATEMENT)
LATER = citation(
    "minutes-2024-02-02",
    "They saw no hurry.",
    published_at=pd.Timestamp("2024-02-02 19:00", tz="UTC"),
)
ANSWERS = {
    TOPICS[0].question: Answer("So. [1] [2] [3]", (HELD, LONG, LATER)),
    TOPICS[2].question: Answer("So. [1] [2]", (EASED, HELD)),
}


def tables(until: pd.Timestamp = DAYS[-1]) -> Tables:
    rng = np.random.default_rng(7)
    n = len(DAYS)
    volatility = rng.uniform(0.01, 0.03, n)
    chances = rng.dirichlet([4, 2, 1], n).round(8)
    parts = pd.DataFrame(rng.normal(0, 0.2, (n, 3)), columns=["vix", "spy_vol_5d", "vix_term"])
    parts = parts.assign(date=DAYS, baseline=-8.0)
    made = predictions(DAYS)
    numbers = [name for name in made if name.startswith(("rv_5d", "var_5d"))]
    made[numbers] = made[numbers].mul(volatility / 0.02, axis=0)
    made[[name for name in made if name.startswith("regime_probs")]] = chances
    made["model_version"] = ["0" * 16] * 5 + ["1" * 16] * (n - 5)
    baseline = pd.DataFrame({"date": DAYS, "rv_5d_hat": 0.02})
    known = [one[one["date"] <= until] for one in (made, parts, parts)]
    return Tables(*known, baseline[baseline["date"] <= until])


def announcements(until: pd.Timestamp | None = None) -> pd.DataFrame:
    rows = [
        ("cpi", "2024-02-13 13:30", "2023-12-01 22:00", "scheduled"),
        ("employment_situation", "2024-02-02 13:30", "2023-12-01 22:00", "scheduled"),
        ("fomc", "2024-01-31 19:00", "2023-06-01 22:00", "scheduled"),
        # Taken off before TODAY, and announced after it.
        ("ism_manufacturing", "2024-02-05 15:00", "2023-12-01 22:00", "scheduled"),
        ("ism_manufacturing", "2024-02-05 15:00", "2024-01-30 22:00", "withdrawn"),
        ("fomc", "2024-02-06 19:00", "2024-02-02 18:00", "scheduled"),
        ("cpi", "2024-02-13 13:30", "2024-02-02 22:00", "withdrawn"),
    ]
    table = pd.DataFrame(rows, columns=["event", "event_datetime", "known_from", "status"])
    for name in ("event_datetime", "known_from"):
        table[name] = pd.to_datetime(table[name], utc=True).dt.as_unit("us")
    return table if until is None else table[table["known_from"] <= until]


def documents(until: pd.Timestamp | None = None) -> pd.DataFrame:
    """A statement and older minutes, what is too old for a brief, and what comes later."""
    rows = [
        ("statement", "2024-01-31 19:00"),
        ("statement", "2023-12-13 19:00"),
        ("minutes", "2024-01-03 19:00"),
        ("cpi", "2023-06-13 12:30"),
        ("minutes", "2024-02-02 19:00"),
        ("employment_situation", "2024-02-02 13:30"),
    ]
    table = pd.DataFrame(rows, columns=["doc_type", "published_at"])
    table["published_at"] = pd.to_datetime(table["published_at"], utc=True).dt.as_unit("us")
    return table if until is None else table[table["published_at"] <= until]


def brief(
    date: pd.Timestamp = TODAY,
    of: Tables | None = None,
    known: pd.DataFrame | None = None,
    published: pd.DataFrame | None = None,
    library: Library | None = None,
) -> Brief:
    return daily_brief(
        date,
        "SPY",
        tables() if of is None else of,
        announcements() if known is None else known,
        documents() if published is None else published,
        library or Library(answers=ANSWERS),
        asking=Asking(TOPICS, max_age_days=120, quotes=2, longest_quote=400),
        ahead_sessions=10,
    )


def test_the_page_begins_with_the_forecast_and_has_its_sections_in_order() -> None:
    page = brief().summary_md
    assert page.startswith("# SPY after the close of Thursday 1 February 2024\n\n**Volatility of ")
    headings = [line for line in page.splitlines() if line.startswith("## ")]
    assert headings == [
        "## Forecast",
        "## Since Wednesday",
        "## Ahead",
        "## What the latest documents say",
        "## Sources",
    ]
    assert page.endswith(
        "As it was known at 2024-02-01 22:00 UTC; models `1111111111111111`, `2222222222222222`.\n"
    )
    assert len(page.split()) < 500


def test_the_calendar_is_the_one_that_was_known() -> None:
    ahead = [one.text for one in brief().bullets if one.section == "Ahead"]
    assert ahead == [
        "Friday 2 February 2024, 13:30 UTC: Employment Situation, within the forecast.",
        "Tuesday 13 February 2024, 13:30 UTC: Consumer prices (CPI).",
    ]
    later = [one.text for one in brief(DAYS[-1]).bullets if one.section == "Ahead"]
    assert later == ["Nothing is on the schedule."]


def test_quotes_are_cited_once_dated_and_short_and_silence_is_told() -> None:
    made = brief()
    first, second = (one for one in made.bullets if one.citations)
    assert first.text == (
        "**Policy stance.** Title of statement-2024-01-31 (31 January 2024): "
        "“The range stays at 5-1/4 to 5-1/2 percent.” [1]"
    )
    assert second.text.endswith("“Inflation has eased.” [2] “" + HELD.quote + "” [1]")
    assert made.citations == (HELD, EASED)
    assert "No recent document was found on: labour market." in made.summary_md
    assert made.summary_md.count("statement-2024-01-31`") == 1
    assert "- [1] [2] Title of statement-2024-01-31, published 31 January 2024" in made.summary_md


def test_the_newest_document_of_each_kind_is_asked_until_one_answers() -> None:
    library = Library(answers=ANSWERS)
    brief(library=library)
    assert {constraints.as_of for _, constraints in library.asked} == {KNOWN_BY}
    statement = ("statement",), pd.Timestamp("2024-01-31 19:00", tz="UTC")
    # Of employment there is nothing yet, and the newest prices are half a year old.
    assert [(question, one.doc_types, one.since) for question, one in library.asked] == [
        (TOPICS[0].question, *statement),
        (TOPICS[1].question, ("minutes",), pd.Timestamp("2024-01-03 19:00", tz="UTC")),
        (TOPICS[2].question, *statement),
    ]


def test_without_documents_nothing_is_asked() -> None:
    library = Library(answers=ANSWERS)
    made = brief(published=documents()[:0], library=library)
    assert library.asked == []
    assert "found on: policy stance, labour market, inflation." in made.summary_md
    assert "## Sources" not in made.summary_md


def test_a_quote_that_is_too_long_is_given_where_there_is_no_other() -> None:
    library = Library(answers={TOPICS[0].question: Answer("So. [1]", (LONG,))})
    assert brief(library=library).citations == (LONG,)


def test_every_statement_names_what_it_rests_on() -> None:
    for one in as_json(brief())["bullets"]:
        assert one["fields"] or one["citations"]
        assert all(said["text"] in one["text"] for said in one["figures"])


@pytest.mark.parametrize("date", DAYS[[0, 1, 5, 8]])
def test_what_comes_later_changes_no_byte(date: pd.Timestamp) -> None:
    moment = date.tz_localize("UTC") + pd.Timedelta(hours=22)
    before = {
        question: Answer(
            answer.answer, tuple(c for c in answer.citations if c.published_at <= moment)
        )
        for question, answer in ANSWERS.items()
    }
    known = tables(date), announcements(moment), documents(moment)
    then = brief(date, *known, Library(answers=before))
    assert json.dumps(as_json(then)) == json.dumps(as_json(brief(date)))


def test_the_first_session_has_nothing_before_it() -> None:
    made = brief(DAYS[0])
    assert "Since" not in made.summary_md
    assert "over the next five sessions. The likeliest" in made.bullets[0].text


def test_a_refit_between_two_sessions_is_told() -> None:
    assert "The volatility model was fitted anew" in brief(TODAY).summary_md
    assert "fitted anew" not in brief(DAYS[-1]).summary_md


def test_what_is_not_known_is_not_stated() -> None:
    known = tables()
    bare = known.predictions.copy()
    numbers = [name for name in bare if name.startswith(("regime_probs", "rv_5d_lo", "rv_5d_hi"))]
    bare[numbers] = np.nan
    bare["regime_drivers"] = [[]] * len(bare)
    bare["regime_model_version"] = ""
    none = pd.DataFrame({"date": pd.Series(dtype="datetime64[us]")})
    made = brief(
        of=replace(known, predictions=bare, contributions=none, baseline=none.assign(rv_5d_hat=0.0))
    )
    fields = {name for one in made.bullets for name in one.fields}
    assert fields == {
        "rv_5d_hat",
        "top_drivers",
        "model_version",
        "calendar.cpi",
        "calendar.employment_situation",
    }
    assert "Largest effects on the forecast: the VIX and the VIX term structure." in made.summary_md


def test_a_session_without_a_prediction_is_named() -> None:
    with pytest.raises(
        DocumentError, match="no prediction of 2024-01-24; there are those of the s"
    ):
        brief(pd.Timestamp("2024-01-24"))
