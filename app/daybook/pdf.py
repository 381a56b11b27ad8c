"""The report as PDF/UA-1, set by typst in fonts of its own: same content, same bytes."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from app.daybook.content import Content, Section
from app.daybook.html import linkable
from app.daybook.pictures import on_paper
from app.faces.charts.palette import THEMES

TEMPLATE = "report.typ"
AUTHOR = "ml-risk"


def render(content: Content) -> bytes:
    """The bytes of the PDF; its date is the information time of the session."""
    import typst

    made = typst.compile(
        _template(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs=inputs(content),
        pdf_standards=["ua-1"],
        timestamp=int(content.known_at.timestamp()),
    )
    return bytes(made)


def inputs(content: Content) -> dict[str, str]:
    """What the template is given: the report as JSON, and each chart as SVG."""
    sections = (content.headline, *content.sections)
    pictures = {
        f"chart-{chart.name}": on_paper(chart.spec) for one in sections for chart in one.charts
    }
    report = {
        "title": content.title,
        "subtitle": content.subtitle,
        "notice": content.notice,
        "author": AUTHOR,
        "benchmark": content.benchmark,
        "year": content.date.year,
        "month": content.date.month,
        "day": content.date.day,
        "colors": dict(THEMES["light"]),
        "headline": _section(content.headline),
        "sections": [_section(one) for one in content.sections],
    }
    return {"report": json.dumps(report), **pictures}


def _template() -> bytes:
    return files("app.daybook").joinpath(TEMPLATE).read_bytes()


def _section(section: Section) -> dict[str, Any]:
    found = asdict(section)
    found["charts"] = [
        {"name": one.name, "caption": one.caption, "alt": one.spec["description"]}
        for one in section.charts
    ]
    found["sources"] = [{**asdict(one), "linkable": linkable(one.url)} for one in section.sources]
    return found
