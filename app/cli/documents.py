"""Commands that ask the documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from app.cli import terminal
from app.cli.base import app


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What to ask of the documents.")],
    as_of: Annotated[
        str | None, typer.Option(help="Nothing later is known: a day (22:00 UTC) or a moment.")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help="Published from then on.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Published until then.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="fed, bls, bea, ...")] = None,
    doc_type: Annotated[list[str] | None, typer.Option(help="statement, minutes, ...")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The answer as JSON.")] = False,
) -> None:
    """Answer from the documents, with quotes; a refusal is an answer too (exit code 0)."""
    from app import ask as verb
    from app import assistant
    from mlrisk.documents import interface

    given = {"as_of": as_of, "from": since, "to": until, "sources": source, "doc_types": doc_type}
    constraints = interface.constraints(given)
    root = terminal.root()
    row = assistant.prediction(root, constraints.as_of)
    answer = assistant.load(root).assistant.qa(question, constraints, row)
    if as_json:
        print(json.dumps(interface.answer_as_json(answer), indent=2, ensure_ascii=False))
    else:
        terminal.console.print(verb.view(answer))


@app.command("rag-eval")
def rag_eval(
    questions: Annotated[Path, typer.Argument(help="JSONL, as data/docs/questions.jsonl.")],
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Score searching and answering on a set of questions, over the documents as indexed."""
    from app import assistant
    from app import rag as verb

    asked, root = verb.read(questions), terminal.root()
    settings = assistant.settings(root).rag_eval
    result = verb.score(asked, assistant.load(root), settings.depth, settings.cut)
    if as_json:
        print(json.dumps(result.record(), indent=2, ensure_ascii=False))
    else:
        terminal.console.print(*result.tables(), sep="\n\n")
