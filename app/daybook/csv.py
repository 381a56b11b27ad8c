"""The report as one tidy CSV: a row per value, as it is stored."""

from __future__ import annotations

import csv
import io

from app.daybook.content import Content, Scalar

COLUMNS = ("date", "section", "name", "field", "value")


def render(content: Content) -> bytes:
    """UTF-8 with a header and newlines as line ends; an empty value is one that there is not.

    Floats are Python's shortest text that reads back as the same double.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    date = f"{content.date:%Y-%m-%d}"
    for fact in content.facts:
        writer.writerow([date, fact.section, fact.name, fact.field, _text(fact.value)])
    return text.getvalue().encode()


def _text(value: Scalar) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            return repr(value)
    return str(value)
