"""What a language model is shown: rules, passages as data, the day's forecast, the question.

Passages stand in blocks. ``<``, ``>`` and ``&`` within them are escaped, so that no document can
close its block or open another; lines that address a language model are left out.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from mlrisk.documents.answer.addressed import is_addressed, without
from mlrisk.documents.answer.prediction import FIELDS
from mlrisk.documents.base import Passage

TEMPLATE = "prompt.md.j2"


@dataclass(frozen=True)
class Prompt:
    """Both halves of a request."""

    system: str
    user: str


def prompt(
    question: str,
    passages: Sequence[Passage],
    prediction: Mapping[str, object],
    *,
    refused: str = "",
) -> Prompt:
    """The request for an answer.

    Parameters
    ----------
    question : str
    passages : sequence of Passage
        Best first.
    prediction : mapping
        The row of ``predictions_daily``; empty where there is none.
    refused : str
        Why the last reply to the same request could not be used; empty for a first request.
    """
    template = _template()
    fields = [
        {"name": name, "value": _said(prediction[name]), "meaning": meaning}
        for name, meaning in FIELDS.items()
        if name in prediction
    ]
    user = template.render(
        half="user",
        question=question,
        passages=[_clean(passage) for passage in passages],
        fields=fields,
        refused=refused,
    )
    return Prompt(template.render(half="system"), user)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=False,  # escaped by `shown` alone: marks of quotation are to be copied
    )
    environment.filters["shown"] = lambda text: html.escape(str(text), quote=False)
    return environment.get_template(TEMPLATE)


def _clean(passage: Passage) -> Passage:
    title = "" if is_addressed(passage.title) else passage.title.replace('"', "'")
    return replace(passage, text=without(passage.text), title=title)


def _said(value: object) -> str:
    if isinstance(value, str | int | float):
        return str(value)
    listed = getattr(value, "tolist", lambda: value)()
    return json.dumps(listed) if isinstance(listed, list | tuple) else str(value)[:10]
