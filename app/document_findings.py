"""What ``metrics/rag.json`` says, as Markdown: how well questions are found and answered.

An older set of metrics without that file gives an empty text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app import figures

COLUMNS = {
    "n_questions": ("questions", "{:,.0f}"),
    "recall_at_1": ("recall@1", "{:.0%}"),
    "recall_at_5": ("recall@5", "{:.0%}"),
    "mrr": ("MRR", "{:.3f}"),
    "refusal_rate": ("refused, rightly", "{:.0%}"),
    "false_refusal_rate": ("wrongly", "{:.0%}"),
    "cited_twice": ("two citations", "{:.0%}"),
    "valid_quotes": ("quotes as written", "{:.0%}"),
    "supported_numbers": ("numbers supported", "{:.0%}"),
    "citations_after_as_of": ("too new", "{:.0f}"),
}


def block(rag: Mapping[str, Any], title: str) -> str:
    """A title, and a row for each kind of question."""
    kinds = [kind for kind, found in rag.items() if isinstance(found, Mapping)]
    if not kinds or not rag["all"]["n_questions"]:
        return ""
    rows = [
        [
            kind,
            *(
                figures.NONE if rag[kind][name] is None else pattern.format(rag[kind][name])
                for name, (_, pattern) in COLUMNS.items()
            ),
        ]
        for kind in kinds
    ]
    headings = ["kind", *(heading for heading, _ in COLUMNS.values())]
    table = figures.markdown(headings, rows)
    return f"**{title}**: `answer.generator={rag['generator']}`.\n\n{table}"
