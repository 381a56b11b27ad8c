"""Text of lines of a fixed width to a paragraph a line."""

from __future__ import annotations

import re

_SLACK = 14
"""Characters by which a wrapped line may fall short of the widest and still be full: with the next
word it would be over, or the author broke it early (a hyphenated word, a long figure)."""

_NARROW, _WIDE = 40, 110
"""Widths between which a text is one of wrapped lines (typewriter and teleprinter pages have 65 to
100 columns); beyond them, line ends are the author's."""

_STANDS_ALONE = re.compile(r"^\s*(#{1,6}\s|[-*•+]\s|\d{1,2}[.)]\s|\||>|```|\[\^)")
_COLUMNS = re.compile(r"\S {3,}\S|\.{4,}|^\s*[-=_]{5,}\s*$|\|")
_RULE = re.compile(r"^\s*[-=_*~]{4,}\s*$")
_UNDERLINE = re.compile(r"^\s*(={3,}|-{3,})\s*$")


def reflow(text: str) -> str:
    """Paragraphs put on a line each; headings, items, tables and their columns left as they are.

    A line is joined to the next where it is full, that is, where the next line's first word would
    not have fitted into the width of the text. Rows of a table keep their columns: they become an
    indented block, which Markdown leaves alone.

    Parameters
    ----------
    text : str
        Lines of equal kinds of line end, paragraphs set apart by empty lines.
    """
    lines = [line.rstrip() for line in text.expandtabs(8).split("\n")]
    width = _width(lines)
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    written = ["\n".join(_joined(lines, width)) for lines in paragraphs if lines]
    return "\n\n".join(filter(None, written))


def _width(lines: list[str]) -> int:
    """Columns of the text's full lines; 0 where it is not wrapped."""
    prose = sorted(
        len(line) for line in lines if len(line.split()) > 4 and not _COLUMNS.search(line.strip())
    )
    if not prose:
        return 0
    widest = prose[-1 - len(prose) // 50]
    return widest if _NARROW <= widest <= _WIDE else 0


def _joined(lines: list[str], width: int) -> list[str]:
    if _is_table(lines):
        indent = min(len(line) - len(line.lstrip()) for line in lines)
        return [f"    {line[indent:]}" for line in lines if not _RULE.match(line)]
    if len(lines) == 2 and _UNDERLINE.match(lines[1]):
        return [f"## {lines[0].strip()}"]
    out: list[str] = []
    open_ = False
    for place, line in enumerate(lines):
        alone = _STANDS_ALONE.match(line)
        if _RULE.match(line):
            open_ = False
            continue
        if open_ and not alone:
            out[-1] = f"{out[-1]} {line.strip()}"
        else:
            out.append(line.strip() if not line.startswith("    ") or width else line)
        following = lines[place + 1].split()[:1] if place + 1 < len(lines) else []
        full = width > 0 and bool(following) and len(line) + 1 + len(following[0]) > width - _SLACK
        open_ = full and not line.lstrip().startswith(("#", "|"))
    return out


def _is_table(lines: list[str]) -> bool:
    """Whether most lines are rows of columns and not prose set with wide gaps."""
    rows = [line for line in lines if _COLUMNS.search(line.strip())]
    piped = sum(line.lstrip().startswith("|") for line in lines)
    return piped == 0 and len(lines) > 1 and len(rows) > len(lines) / 2
