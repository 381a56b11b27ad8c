"""Footnotes of a page: references and notes found by their links."""

from __future__ import annotations

import re

from bs4.element import NavigableString, Tag

BREAK = "\ue004"
"""Stands for a line break until paragraphs are made of them."""

DEFINITION = "\ue005"
"""Stands before a note's mark, so that its number in the text after it can be dropped."""

_NUMBER = re.compile(r"^[\s\[(]*(\d{1,3}|\*{1,4}|[a-z†‡])[\s\]).]*$")
_FRACTION = re.compile(r"^\s*[/\u2044]")
_LABEL = re.compile(rf"{DEFINITION}\[\^([^\]]+)\]:\s*(?:[\[(]?\1[\].)]*(?!\w))?\s*")


def mark_footnotes(root: Tag) -> None:
    """Write ``[^1]`` for each reference and ``[^1]:`` before its note, as Markdown has it.

    A reference is a link within the page whose text is a number or a star; its note begins at the
    anchor it leads to. A raised number without a link is a reference too, since written out plainly
    it would change the figure before it ("3 percent" and a raised 2 is not "3 percent2").
    """
    tags = root.find_all(True)
    anchors = {f"{tag[key]}": tag for key in ("name", "id") for tag in tags if tag.has_attr(key)}
    place = {id(tag): number for number, tag in enumerate(tags)}
    marked: set[int] = set()
    for link in root.find_all("a", href=re.compile(r"^#.")):
        target = anchors.get(f"{link['href']}"[1:])
        number = _NUMBER.match(link.get_text())
        if target is None or number is None or id(target) in marked:
            continue
        # A link to what stands before it is a note's, back to its reference.
        if place[id(target)] <= place[id(link)]:
            continue
        marked.add(id(target))
        mark = f"[^{number.group(1)}]"
        target.insert_before(NavigableString(f"{BREAK}{BREAK}{DEFINITION}{mark}: "))
        raised = link.find_parent("sup") or link
        raised.replace_with(NavigableString(mark))
    for raised in root.find_all("sup"):
        _lower(raised)


def drop_labels(text: str) -> str:
    """The Markdown, each note's number standing once: ``[^1]: 1. See`` is ``[^1]: See``."""
    return _LABEL.sub(r"[^\1]: ", text)


def _lower(raised: Tag) -> None:
    number = _NUMBER.match(raised.get_text())
    follows = raised.next_sibling
    if number is not None and not _FRACTION.match(f"{follows or ''}"):
        raised.replace_with(NavigableString(f"[^{number.group(1)}]"))
        return
    before = f"{raised.previous_sibling or ''}"
    if number is not None and before[-1:].isdigit():
        raised.insert_before(NavigableString("-"))  # 5 and a raised 1 over 2 is 5-1/2
