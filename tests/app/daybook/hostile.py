"""Texts that would be markup to one of the formats if any of them read markup in text."""

from __future__ import annotations

import copy
import dataclasses

from app.daybook.material import Material

TEXTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '#eval("1 + 1") #panic() #import "x"',
    "$x^2$ @ref <label> // not a comment /* nor this",
    "{{ 7 * 7 }} {% raw %} \\u{41}",
    "=SUM(A1:A9)",
)


def hostile(material: Material) -> Material:
    """The same day with a brief and documents that say these things."""
    brief = copy.deepcopy(dict(material.brief))
    brief["citations"] = [
        {**one, "title": f"{text} title", "quote": text, "url": "javascript:alert(1)"}
        for one, text in zip(_repeated(brief["citations"], len(TEXTS)), TEXTS, strict=True)
    ]
    brief["bullets"] = [
        brief["bullets"][0],
        *(
            {**brief["bullets"][0], "section": f"{text} section", "text": text, "citations": [1]}
            for text in TEXTS
        ),
    ]
    return dataclasses.replace(material, brief=brief)


def _repeated(items: list[dict[str, object]], count: int) -> list[dict[str, object]]:
    return [items[place % len(items)] for place in range(count)]
