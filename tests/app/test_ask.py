"""Asking in the terminal, over a library that knows its answers."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from app import assistant
from app.cli import app
from mlrisk import contracts, store
from mlrisk.calendar import sessions
from mlrisk.documents.assemble import Desk
from mlrisk.documents.base import Answer
from tests.mlrisk.documents.made import Library, citation, passage, predictions

TEXT = "The Committee decided to maintain the target range at 5-1/4 to 5-1/2 percent."
QUOTE = citation(
    "fomc-statement-2024-01-31", "maintain the target range at 5-1/4 to 5-1/2 percent", TEXT
)
ASKED = "What is the target range?"
LIBRARY = Library(
    {ASKED: [passage("fomc-minutes-2024-01-31"), passage("fomc-statement-2024-01-31")]},
    {ASKED: Answer("It stays at 5-1/4 to 5-1/2 percent. [1]", (QUOTE,))},
)


@pytest.fixture(autouse=True)
def _library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(LIBRARY, LIBRARY, {QUOTE.doc_id: TEXT})
    monkeypatch.setattr(assistant, "load", lambda _: desk)
    monkeypatch.setattr("app.cli.terminal.root", lambda: tmp_path)
    LIBRARY.asked.clear()


def run(*arguments: str) -> tuple[int, str, str]:
    ran = CliRunner().invoke(app, list(arguments))
    return ran.exit_code, ran.stdout, ran.stderr


def test_an_answer_has_its_citations_with_title_date_address_and_quote() -> None:
    code, shown, _ = run("ask", ASKED)
    assert code == 0
    assert shown.splitlines() == [
        "It stays at 5-1/4 to 5-1/2 percent. [1]",
        "",
        f"[1] {QUOTE.title}, 31 January 2024, 19:00 UTC {QUOTE.chunk_id}",
        "    https://example.org/fomc-statement-2024-01-31",
        "    “maintain the target range at 5-1/4 to 5-1/2 percent”",
    ]


def test_a_refusal_is_told_plainly_and_is_no_error() -> None:
    code, shown, _ = run("ask", "Who won the cup?")
    assert code == 0
    assert "No document says so." in shown


def test_options_become_constraints() -> None:
    options = ["--as-of", "2024-02-01", "--from", "2024-01-01", "--to", "2024-01-31"]
    run(
        "ask",
        ASKED,
        *options,
        "--source",
        "fed",
        "--doc-type",
        "statement",
        "--doc-type",
        "minutes",
    )
    ((_, constraints),) = LIBRARY.asked
    assert constraints.as_of == pd.Timestamp("2024-02-01 22:00", tz="UTC")
    assert constraints.since == pd.Timestamp("2024-01-01", tz="UTC")
    assert constraints.until.date() == pd.Timestamp("2024-01-31").date()
    assert constraints.sources == ("fed",)
    assert constraints.doc_types == ("statement", "minutes")


def test_as_json_is_the_contract_of_qa() -> None:
    _, shown, _ = run("ask", ASKED, "--json")
    told = json.loads(shown)
    assert told["answer"] == "It stays at 5-1/4 to 5-1/2 percent. [1]"
    assert told["citations"][0]["quote"] == QUOTE.quote


def test_a_day_that_is_none_is_an_error() -> None:
    code, _, said = run("ask", ASKED, "--as-of", "last week")
    assert code == 1
    assert said.startswith("error: constraints: as_of = 'last week'; expected a day")


def line(**changed: object) -> str:
    one = {
        "qid": "q1",
        "kind": "dated",
        "question": ASKED,
        "as_of": None,
        "acceptable_doc_ids": ["fomc-statement-2024-01-31"],
    }
    return json.dumps({**one, **changed})


def test_a_set_is_scored_and_what_was_missed_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = assistant.settings(Path(__file__).parents[2])
    monkeypatch.setattr(assistant, "settings", lambda _: settings)
    file = tmp_path / "set.jsonl"
    lost = line(qid="q2", kind="undated", question="Who?")
    file.write_text(f"{line()}\n{lost}\n{line(qid='q3', acceptable_doc_ids=['cpi-2024-01'])}\n")
    code, shown, _ = run("rag-eval", str(file))
    assert code == 0
    rows = [[cell.strip() for cell in row.split("│")[1:-1]] for row in shown.splitlines()]
    assert ["dated", "2", "0%", "50%", "50%", "0.250", "0.315"] in rows
    assert ["undated", "–", "100%", "–", "–", "–", "–", "0"] in rows
    assert ["q3", "dated", ASKED, "–", "fomc-minutes-2024-01-31, fomc-statement-2024-01-31"] in rows
    code, told, _ = run("rag-eval", str(file), "--json")
    assert [one["qid"] for one in json.loads(told)["missed"]] == ["q2", "q3"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"", "holds no question"),
        (b"\xff\xfe", "cannot be read"),
        (b'{"qid": "q1"}', "line 1: kind is missing; question is missing"),
    ],
)
def test_a_bad_file_is_an_error(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "set.jsonl"
    if content is not None:
        file.write_bytes(content)
    code, _, told = run("rag-eval", str(file))
    assert code == 1
    assert said in told


def test_the_last_prediction_known_at_a_moment_goes_with_the_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert assistant.prediction(tmp_path, None) == {}
    monkeypatch.chdir(tmp_path)
    store.write(
        contracts.PREDICTIONS_DAILY,
        predictions(sessions(pd.Timestamp("2024-01-29"), pd.Timestamp("2024-01-31"))),
    )
    known = pd.Timestamp("2024-01-31 22:00", tz="UTC")
    assert assistant.prediction(tmp_path, None)["date"] == pd.Timestamp("2024-01-31")
    assert assistant.prediction(tmp_path, known)["date"] == pd.Timestamp("2024-01-31")
    before = assistant.prediction(tmp_path, known - pd.Timedelta(seconds=1))
    assert before["date"] == pd.Timestamp("2024-01-30")
    assert before["regime_probs.calm"] == 0.6
    assert assistant.prediction(tmp_path, pd.Timestamp("2024-01-29", tz="UTC")) == {}
