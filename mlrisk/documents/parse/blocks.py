"""Blocks of marked Markdown to clean ones: headings found, lines that only lead elsewhere gone."""

from __future__ import annotations

import re

from mlrisk.documents.parse.footnotes import BREAK, drop_labels

LINK, LINK_END = "\ue000", "\ue001"
BOLD, BOLD_END = "\ue002", "\ue003"
MARKS = re.compile("[\ue000-\ue003]")

_EDGE = re.compile(
    r"^(last (update|modified)[sd]?\b.{0,60}|share|print|pdf|html|home|skip to .{0,40}|"
    r"return to top|"
    r"stay connected|accessibility|contact us|accessible version.{0,40})$",
    re.IGNORECASE,
)
_MOSTLY = 0.7
"""Share of a line's letters in links, from which on it is a way to other pages."""

_NO_HEADING = re.compile(
    r"^(for (immediate )?release|release date|embargoed)\b|[.,;]$", re.IGNORECASE
)
_HEADING_WORDS = 20
_LEAD = re.compile(f"{BOLD}([^{BOLD}{BOLD_END}]+){BOLD_END}[ ]*({BREAK}|$)")
_EMPTY_ROW = re.compile(r"^\|[\s|]*$")
_BREAKS = re.compile(rf"\s*(?:{BREAK}\s*){{2,}}")


def clean(markdown: str) -> str:
    """Markdown with headings for bold lines, without marks and without links at its ends."""
    blocks: list[str] = []
    for block in re.split(r"\n\s*\n", _BREAKS.sub("\n\n", markdown)):
        blocks += _headed(block.strip("\n"))
    while blocks and _is_edge(blocks[0]):
        del blocks[0]
    while blocks and _is_edge(blocks[-1]):
        del blocks[-1]
    return "\n\n".join(filter(str.strip, map(_bare, blocks)))


def _headed(block: str) -> list[str]:
    """The block, a bold line at its start made a heading of its own."""
    found = _LEAD.match(block.lstrip())
    if found is None:
        return [block]
    title = MARKS.sub("", found.group(1)).replace(BREAK, " ").strip()
    rest = block.lstrip()[found.end() :]
    if not title or len(title.split()) > _HEADING_WORDS or _NO_HEADING.search(title):
        return [block]
    return [f"### {title}", *_headed(rest)]


def _is_edge(block: str) -> bool:
    """Whether a block at the border of a page only leads elsewhere."""
    return all(map(_leads_elsewhere, re.split(f"{BREAK}|\n", block)))


def _leads_elsewhere(line: str) -> bool:
    plain = _bare(line).lstrip("#-* ").strip(" |")
    linked = "".join(re.findall(f"{LINK}(.*?){LINK_END}", line))
    letters = sum(map(str.isalnum, plain))
    if plain.startswith("[^"):
        return False
    return bool(_EDGE.match(plain)) or sum(map(str.isalnum, linked)) >= _MOSTLY * letters


def _bare(block: str) -> str:
    lines = re.split(f"{BREAK}|\n", drop_labels(MARKS.sub("", block)))
    # An indented line is a row of columns set in a fixed width.
    plain = (
        line.rstrip() if line.startswith("    ") else re.sub(" +", " ", line).strip()
        for line in lines
    )
    return "\n".join(line for line in plain if line and not _EMPTY_ROW.match(line))
