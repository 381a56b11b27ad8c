"""Small pieces of HTML. Whatever comes in as text is escaped here; nothing else makes HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from app.faces import format as written
from app.faces.format import NONE

Cell = str


def stat(label: str, value: str, note: str = "") -> str:
    """A figure with its name above and a remark below."""
    remark = f'<div class="mr-note">{escape(note)}</div>' if note else ""
    return (
        f'<div class="mr-stat"><div class="mr-label">{escape(label)}</div>'
        f'<div class="mr-value">{escape(value)}</div>{remark}</div>'
    )


def grid(parts: Iterable[str]) -> str:
    """Figures side by side, as many as there is room for."""
    return f'<div class="mr-grid">{"".join(parts)}</div>'


def table(
    caption: str,
    head: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    text_columns: int = 1,
    marked: frozenset[int] = frozenset(),
) -> str:
    """A table that scrolls sideways where the screen is narrow.

    Parameters
    ----------
    caption : str
        Read out by screen readers, not drawn.
    head : sequence of str
    rows : iterable of sequence of str
    text_columns : int
        The first columns that hold text; the others hold numbers.
    marked : set of int
        Rows that are set off.
    """

    def cells(tag: str, row: Sequence[Cell]) -> str:
        return "".join(
            f"<{tag}{_kind(place >= text_columns, cell)}>{escape(cell)}</{tag}>"
            for place, cell in enumerate(row)
        )

    body = "".join(
        f"<tr{_MARKED if place in marked else ''}>{cells('td', row)}</tr>"
        for place, row in enumerate(rows)
    )
    name = escape(caption, quote=True)
    return (
        f'<div class="mr-scroll" role="region" aria-label="{name}" tabindex="0"><table>'
        f'<caption class="mr-unseen">{escape(caption)}</caption>'
        f"<thead><tr>{cells('th', head)}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _kind(number: bool, cell: str) -> str:
    if number:
        return ' class="mr-number"'
    return ' class="mr-short"' if len(cell) <= _SHORT else ""


_SHORT = 14
"""Characters that are not broken over two lines, such as those of a date."""
_MARKED = ' class="mr-marked"'


def regimes(chances: Mapping[str, float]) -> str:
    """Probabilities as one bar, and each with its name."""
    if not chances:
        return f'<p class="mr-note">{NONE}</p>'
    bar = "".join(
        f'<span class="mr-{name}" style="width:{100 * chance:.2f}%"></span>'
        for name, chance in chances.items()
    )
    rows = "".join(
        f'<li><span class="mr-dot mr-{name}"></span>{escape(written.regime(name))}'
        f"<b>{written.probability(chance)}</b></li>"
        for name, chance in chances.items()
    )
    return f'<div class="mr-bar" aria-hidden="true">{bar}</div><ul class="mr-legend">{rows}</ul>'


def scale(
    bands: Mapping[int, tuple[float, float]], marks: Sequence[tuple[str, str, float]], most: float
) -> str:
    """An axis from zero with intervals and marks on it.

    Parameters
    ----------
    bands : mapping of int to (float, float)
        Bounds by level in per cent.
    marks : sequence of (kind, name, value)
        ``kind`` is the style's name.
    most : float
        Right end of the axis, in the unit of all others.
    """

    def place(value: float) -> str:
        return f"{100 * min(max(value / most, 0.0), 1.0):.2f}%"

    drawn = "".join(
        f'<span class="mr-band mr-band-{level}" style="left:{place(low)};'
        f'width:calc({place(high)} - {place(low)})"></span>'
        for level, (low, high) in sorted(bands.items(), reverse=True)
    )
    drawn += "".join(
        f'<span class="mr-mark mr-mark-{kind}" style="left:{place(value)}"></span>'
        for kind, _, value in marks
    )
    step = _step(most)
    ticks = "".join(
        f'<span style="left:{place(value)}">{100 * value:.0f}%</span>'
        for value in (step * number for number in range(int(most / step + 1e-9) + 1))
    )
    named = "".join(
        f'<li><span class="mr-key mr-key-{kind}"></span>{escape(name)} '
        f"<b>{written.annual(value)}</b></li>"
        for kind, name, value in marks
    )
    return (
        f'<div aria-hidden="true"><div class="mr-axis">{drawn}</div>'
        f'<div class="mr-ticks">{ticks}</div></div><ul class="mr-keys">{named}</ul>'
    )


def _step(most: float) -> float:
    return next((step for step in (0.05, 0.1, 0.2, 0.5) if most / step <= 6), 1.0)


def quoted(text: str, start: int, end: int) -> str:
    """A document's text with one span marked."""
    return (
        f'<div class="mr-document" role="region" aria-label="Document" tabindex="0">'
        f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}</div>"
    )


def marked_up(text: str, link: str = "") -> str:
    """A sentence of an answer or a brief: bold and code as in Markdown, and numbers of citations.

    Parameters
    ----------
    text : str
    link : str
        Beginning of an address; with the number of a citation at its end it opens the passage.
    """
    told = _CODE.sub(r"<code>\1</code>", _BOLD.sub(r"<b>\1</b>", escape(text)))
    tag = f'<a class="mr-cited" href="{escape(link)}\\2">\\1</a>' if link else _PLAIN
    return _CITED.sub(tag, told)


_BOLD, _CODE, _CITED = (
    re.compile(pattern) for pattern in (r"\*\*(.+?)\*\*", r"`([^`]+)`", r"(\[(\d+)\])")
)
_PLAIN = r'<span class="mr-cited">\1</span>'


def paragraph(text: str, style: str = "mr-note") -> str:
    """A paragraph of plain text."""
    return f'<p class="{style}">{escape(text)}</p>'
