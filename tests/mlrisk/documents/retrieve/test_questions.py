import pandas as pd
import pytest

from mlrisk.documents.retrieve.framing import unframed
from mlrisk.documents.retrieve.lexicon import lexicon
from mlrisk.documents.retrieve.questions import understood


@pytest.mark.parametrize(
    ("question", "order"),
    [
        ("What is the latest target range?", "newest"),
        ("As things stand, how is inflation described?", "newest"),
        ("What did the last minutes say?", "newest"),
        ("When was the phrase first used?", "first"),
        ("What did the first quarter look like?", ""),
        ("Why did the current account widen?", ""),
        ("Who dissented?", ""),
    ],
)
def test_newest_and_first(question: str, order: str) -> None:
    assert understood(question, lexicon()).order == order


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What did the minutes say?", {"minutes"}),
        ("Which statement said so?", {"statement"}),
        ("Which strategy document says so?", {"longer_run_goals"}),
        ("What is in the goals statement?", {"longer_run_goals"}),
        ("What does the statement on longer-run goals say?", {"longer_run_goals"}),
        ("What did the jobs report show?", {"employment_situation"}),
        ("How high was the CPI?", {"cpi"}),
        ("Why did bonds fall?", set()),
    ],
)
def test_kinds_of_document(question: str, named: set[str]) -> None:
    assert understood(question, lexicon()).named == named


def test_plain_words_become_official_ones_and_dates_say_where() -> None:
    asked = understood("How fast was bond buying scaled back in November 2021?", lexicon())
    assert "2021" not in asked.words
    assert "asset purchases" in asked.reading
    assert "bond" in asked.words
    assert [period.precision for period in asked.periods] == ["month"]


def test_the_longest_phrase_wins_and_inflections_match() -> None:
    reading = lexicon().read("They were worried about government bonds and hikes")
    assert "Treasury securities" in reading.text
    assert "raise the target range" in reading.text


def test_a_description_brings_the_names_it_stands_for() -> None:
    asked = understood("How did the grounded passenger jet weigh on exports?", lexicon())
    assert "Boeing" in asked.named_reading
    assert "Boeing" in asked.further
    assert "Boeing" not in asked.reading


def test_events_name_their_periods() -> None:
    ((first, last),) = lexicon().periods("What was said after the collapse of Lehman Brothers?")
    assert first == pd.Timestamp("2008-09-01")
    assert last == pd.Timestamp("2008-12-31")


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("Where is it recorded that stocks fell after hours?", "stocks fell after hours"),
        ("What did some policymakers say about falling house prices?",
         "about falling house prices"),
        ("Who dissented?", "Who dissented?"),
    ],
)  # fmt: skip
def test_only_what_is_asked_for_is_left(question: str, rest: str) -> None:
    assert unframed(question) == rest


def test_the_tables_hold_no_phrase_twice() -> None:
    from mlrisk.documents.retrieve.lexicon import _keys, _table

    for name, column in (("glossary", "say"), ("concepts", "say"), ("timeline", "say")):
        phrases = [phrase for entry in _table(name) for phrase in entry[column]]
        assert len(phrases) == len(set(phrases)), name
        assert all(_keys([phrase])[0] for phrase in phrases)
