"""Questions whose answers are the simulated world's figures, and some that it cannot answer.

Each page is asked about or not by a draw of its own: pages that come later add questions and take
none away.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mlrisk.calendar import INFORMATION_HOUR
from mlrisk.sources.documents.base import Question, iso
from mlrisk.sources.documents.simulated.page import Page, Voice, date_of, month_of

ONE_IN = {"dated": 11, "undated": 4, "as_of": 14}
"""How many pages, of those that could be asked about, there are to a question."""
NEAR = pd.Timedelta(days=45)
"""Pages further apart may state the same words of another month."""
LATEST_WITHIN = 10
"""Days after a publication on which it is asked for as the latest."""

DATED = {
    ("statement", "decision"): (
        "What target range for the federal funds rate did the FOMC set in {month}?",
        "What did policymakers decide about interest rates at the meeting of {day}?",
        "Where did the Committee leave the policy rate in {month}?",
    ),
    ("minutes", "orders"): (
        "What did the minutes of the {month} meeting report on manufacturing?",
        "Which reading of the purchasing managers' index did the minutes for {day} quote?",
    ),
    ("minutes", "slope"): (
        "How steep was the Treasury yield curve according to the minutes of the {month} meeting?",
        "What gap between 10-year and 2-year yields did the FOMC minutes of {month} mention?",
    ),
    ("cpi", "year"): (
        "How much had consumer prices changed over the 12 months to {month}?",
        "What was annual CPI inflation in {month}?",
    ),
    ("cpi", "month"): (
        "How did the CPI move over the month in {month}?",
        "By what percentage did consumer prices change in {month} alone?",
    ),
    ("cpi", "level"): ("At what level did the all items index stand in {month}?",),
    ("employment_situation", "rate"): (
        "What was the unemployment rate in {month}?",
        "How many percent of the labor force were jobless in {month}?",
        "What did the household survey show for unemployment in {month}?",
    ),
}
AS_OF = {
    ("statement", "decision"): (
        "What is the current target range for the federal funds rate?",
        "What was decided at the most recent FOMC meeting?",
    ),
    ("minutes", "orders"): ("What do the latest FOMC minutes say about manufacturing?",),
    ("cpi", "year"): (
        "What is the latest 12-month rate of consumer price inflation?",
        "How much have consumer prices risen over the past year, on the newest figures?",
    ),
    ("employment_situation", "rate"): (
        "What is the most recent unemployment rate?",
        "How high is joblessness now?",
    ),
}
UNANSWERABLE = (
    "How many jobs did nonfarm payrolls add last month?",
    "At what annual rate did real gross domestic product grow in the latest quarter?",
    "How much did personal income rise according to the Bureau of Economic Analysis?",
    "What was the average price of a gallon of gasoline?",
    "Who is the president of the Federal Reserve Bank of Kansas City?",
    "What did the European Central Bank decide about its deposit facility rate?",
    "Which member of the Bank of Japan's board dissented?",
    "What revenue did the largest smartphone maker report for its last fiscal year?",
    "How many housing starts were there in the Midwest?",
    "What was the consumer price index in March 1987?",
    "What will the unemployment rate be in 2040?",
    "What is the dividend yield of the S&P 500?",
)


def asked(pages: Sequence[Page], seed: int, last: pd.Timestamp) -> list[Question]:
    """Questions that pages answer, and the unanswerable ones.

    Parameters
    ----------
    pages : sequence of Page
        In order of publication.
    last : Timestamp
        The session that they are known on.

    Returns
    -------
    list of Question
        Evidence is a sentence of the gold document, word for word. Acceptable is every document
        that holds it (of about the same time, unless the question names none) and, for a decision,
        every other one about the same meeting.
    """
    now = last.tz_localize("UTC") + INFORMATION_HOUR
    found: list[Question] = []
    for place, page in enumerate(pages):
        if page.quoted:
            voice = Voice(seed, page.doc_id)
            found += _dated(page, pages, voice)
            found += _undated(page, pages, voice)
            found += _as_of(page, pages[place + 1 :], pages, voice, now)
    found += [_question("unanswerable", f"{n:02d}", text) for n, text in enumerate(UNANSWERABLE, 1)]
    return found


def _dated(page: Page, pages: Sequence[Page], voice: Voice) -> list[Question]:
    choice = _chosen(page, voice, "dated", DATED)
    if choice is None:
        return []
    fact, template = choice
    text = template.format(month=month_of(page.event_date), day=date_of(page.event_date))
    return [_about(page, pages, "dated", text, fact)]


def _as_of(
    page: Page, later: Sequence[Page], pages: Sequence[Page], voice: Voice, now: pd.Timestamp
) -> list[Question]:
    choice = _chosen(page, voice, "as_of", AS_OF)
    wait = pd.Timedelta(days=1 + voice.number("wait") % LATEST_WITHIN)
    moment = page.published_at.normalize() + wait + INFORMATION_HOUR
    newer = [other for other in later if other.doc_type == page.doc_type]
    if choice is None or moment > now or (newer and newer[0].published_at <= moment):
        return []
    fact, text = choice
    known = [other for other in pages if other.published_at <= moment]
    return [_about(page, known, "as_of", text, fact, as_of=iso(moment))]


def _undated(page: Page, pages: Sequence[Page], voice: Voice) -> list[Question]:
    """Questions that name what happened instead of when."""
    if voice.number("undated") % ONE_IN["undated"]:
        return []
    if page.doc_type == "statement" and page.figures["move"] != "same" and _once(page, pages):
        return [_about(page, pages, "undated", _turning(page, voice), "decision")]
    if "revision" in page.facts:
        text = "After which revision did the unemployment rate of {month} stand at {rate} percent?"
        text = text.format(**page.figures)
        return [_about(page, pages, "undated", text, "revision")]
    if "memory" not in page.facts:
        return []
    what = "consumer price inflation" if page.doc_type == "cpi" else "the unemployment rate"
    words = page.facts["memory"].partition(" was the ")[2].rstrip(".")
    template = voice.pick(
        "undated words",
        ["When was {what} the {words}?", "Which release called {what} the {words}?"],
    )
    return [_about(page, pages, "undated", template.format(what=what, words=words), "memory")]


def _turning(page: Page, voice: Voice) -> str:
    options = (
        [
            "Which decision took the policy rate up to {range}?",
            "When did policymakers tighten by {size} percentage point, to {range}?",
        ]
        if page.figures["move"] == "up"
        else [
            "Which decision took the policy rate down to {range}?",
            "When did policymakers ease by {size} percentage point, to {range}?",
        ]
    )
    return voice.pick("turning", options).format(**page.figures)


def _once(page: Page, pages: Sequence[Page]) -> bool:
    """Whether no other statement made the same move to the same range."""
    return sum(p.doc_type == "statement" and p.figures == page.figures for p in pages) == 1


def _chosen(
    page: Page, voice: Voice, kind: str, templates: dict[tuple[str, str], tuple[str, ...]]
) -> tuple[str, str] | None:
    """A fact of the page and the words that ask for it, where its draw says so."""
    facts = [
        fact for doc_type, fact in templates if doc_type == page.doc_type and fact in page.facts
    ]
    if voice.number(kind) % ONE_IN[kind] or not facts:
        return None
    fact = voice.pick(f"{kind} fact", facts)
    return fact, voice.pick(f"{kind} words", templates[page.doc_type, fact])


def _about(
    page: Page, pages: Sequence[Page], kind: str, text: str, fact: str, as_of: str | None = None
) -> Question:
    evidence = page.facts[fact]
    acceptable = [
        other.doc_id
        for other in pages
        if other is page
        or _holds(other, evidence, page.published_at if kind != "undated" else None)
        or (fact == "decision" and other.event_date == page.event_date and "action" in other.facts)
    ]
    question = _question(kind, f"{page.doc_id}-{fact}", text)
    return question | {
        "as_of": as_of,
        "gold_doc_ids": [page.doc_id],
        "evidence_doc_id": page.doc_id,
        "evidence": evidence,
        "acceptable_doc_ids": sorted(acceptable),
    }


def _holds(page: Page, evidence: str, around: pd.Timestamp | None) -> bool:
    if around is not None and abs(page.published_at - around) > NEAR:
        return False
    return any(evidence in text for section in page.sections for text in section.paragraphs)


def _question(kind: str, name: str, text: str) -> Question:
    return {
        "qid": f"{kind}-{name}",
        "kind": kind,
        "question": text,
        "as_of": None,
        "gold_doc_ids": [],
        "evidence_doc_id": None,
        "evidence": None,
        "acceptable_doc_ids": [],
    }
