"""The charts of a report as SVG: for the page, in the colours of its theme, and for print."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from app.faces.charts.base import svg
from app.faces.charts.palette import FONT, THEMES, Spec

WIDE, NARROW = 720, 340
"""Widths in pixels: of a page and of paper, and of a phone."""

PRINT_FONT = "Libertinus Serif"
"""One that typst brings along, as in the text around the charts."""

_ID = re.compile(r'(\bid="|url\(#)([^")]+)')
_KEPT = 64


def variables(theme: str) -> dict[str, str]:
    """CSS variables of a theme: one for each colour of the light theme."""
    return {name: THEMES[theme][name] for name in names().values()}


@lru_cache
def names() -> dict[str, str]:
    """Name of each colour of the light theme, the first of those that share it.

    Names that share a colour share one in the dark theme, too: a picture knows the colour alone.
    """
    found: dict[str, str] = {}
    for name, value in THEMES["light"].items():
        found.setdefault(value, name)
    return found


def on_page(spec: Spec, name: str, width: int) -> str:
    """A chart with CSS variables for its colours; ids are unique within the page.

    It is hidden from screen readers: the text alternative stands around it.
    """
    drawn = _drawn(json.dumps(spec), width)
    for value, variable in names().items():
        drawn = drawn.replace(f'"{value}"', f'"var(--{variable})"')
    drawn = _ID.sub(rf"\g<1>{name}-{width}-\g<2>", drawn)
    return drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def on_paper(spec: Spec) -> str:
    """A chart on white, in the font of the print."""
    return _drawn(json.dumps(spec), WIDE).replace(FONT, PRINT_FONT)


@lru_cache(maxsize=_KEPT)
def _drawn(spec: str, width: int) -> str:
    return svg(json.loads(spec), "light", width, background=False)
