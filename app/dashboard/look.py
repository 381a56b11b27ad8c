"""The style of our own HTML: the palette of the charts as variables, then one sheet."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from app.faces.charts.palette import THEMES

_LINE = ("#d5dbe1", "#3a434f")


@cache
def style(theme: str) -> str:
    """A ``style`` element; each colour is one of two, by the color-scheme that Streamlit sets.

    Parameters
    ----------
    theme : {"light", "dark"}
        The one that is on: dialogs stand outside of what Streamlit sets it for.
    """
    light, dark = THEMES["light"], THEMES["dark"]
    pairs = {name: (light[name], dark[name]) for name in light} | {"line": _LINE}
    colors = "".join(f"--mr-{name}:light-dark({a},{b});" for name, (a, b) in pairs.items())
    sheet = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
    scheme = f".stDialog{{color-scheme:{theme}}}"
    return f"<style>:root{{{colors}}}{scheme}\n{sheet}</style>"
