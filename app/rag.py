"""``mlrisk rag-eval``: any set of questions, scored over the documents that are indexed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from app import figures
from mlrisk.documents import scoring
from mlrisk.documents.assemble import Desk
from mlrisk.documents.base import DocumentError
from mlrisk.documents.questions import Question, parse

QUESTIONS = "data/docs/questions.jsonl"
"""The set that comes with the documents."""

_RETRIEVAL = {
    "n_questions": ("n", "{:,}"),
    "recall_at_1": ("recall@1", "{:.0%}"),
    "recall_at_5": ("recall@5", "{:.0%}"),
    "recall_at_10": ("recall@10", "{:.0%}"),
    "mrr": ("MRR", "{:.3f}"),
    "ndcg_at_10": ("nDCG@10", "{:.3f}"),
}
_ANSWERS = {
    "refusal_rate": ("refused, rightly", "{:.0%}"),
    "false_refusal_rate": ("wrongly", "{:.0%}"),
    "cited_twice": ("two citations", "{:.0%}"),
    "cites_acceptable": ("cites an accepted one", "{:.0%}"),
    "valid_quotes": ("quotes as written", "{:.1%}"),
    "supported_numbers": ("numbers supported", "{:.1%}"),
    "citations_after_as_of": ("too new", "{:,}"),
}
MISSED = ("qid", "kind", "question", "rank", "found instead")


@dataclass(frozen=True)
class Score:
    """Figures by kind, and the questions that were missed."""

    figures: dict[str, dict[str, Any]]
    missed: list[scoring.Asked]

    def record(self) -> dict[str, Any]:
        """As ``--json`` prints it."""
        return {
            "figures": self.figures,
            "missed": [dict(zip(MISSED, _missed(one), strict=True)) for one in self.missed],
        }

    def tables(self) -> list[Table]:
        """Searching, answering and what was missed."""
        found = [
            figures.terminal("Searching", *_rows(self.figures, _RETRIEVAL)),
            figures.terminal("Answering", *_rows(self.figures, _ANSWERS)),
        ]
        if self.missed:
            rows = [[str(cell or figures.NONE) for cell in _missed(one)] for one in self.missed]
            found.append(figures.terminal("Missed", MISSED, rows, text_columns=len(MISSED)))
        return found


def read(file: Path) -> list[Question]:
    """The questions of a file.

    Raises
    ------
    DocumentError
        Where the file cannot be read, holds none, or a line of it is no question.
    """
    try:
        found = parse(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(
            f"{file}: cannot be read ({error}); expected questions in UTF-8, a JSON object a line"
        ) from None
    if not found:
        raise DocumentError(f"{file}: holds no question; expected a JSON object a line")
    return found


def score(questions: Sequence[Question], desk: Desk, depth: int, cut: int) -> Score:
    """Search, answer and judge; ``depth`` and ``cut`` are those of the stage ``rag_eval``."""
    asked = scoring.ask(questions, desk.retriever, desk.assistant, depth)
    return Score(scoring.figures(asked, desk.texts), scoring.missed(asked, cut))


def _rows(
    told: Mapping[str, Mapping[str, Any]], columns: Mapping[str, tuple[str, str]]
) -> tuple[list[str], list[list[str]]]:
    rows = []
    for kind, values in told.items():
        shown = [(values[name], pattern) for name, (_, pattern) in columns.items()]
        cells = [figures.NONE if value is None else pat.format(value) for value, pat in shown]
        rows.append([kind, *cells])
    return ["questions", *(heading for heading, _ in columns.values())], rows


def _missed(one: scoring.Asked) -> tuple[str, str, str, int | None, str]:
    instead = ", ".join(dict.fromkeys(passage.doc_id for passage in one.passages[:3]))
    question = one.question
    return question.qid, question.kind, question.question, scoring.rank(one), instead
