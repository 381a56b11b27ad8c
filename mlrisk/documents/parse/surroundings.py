"""What stands around a page's text: where the text is, and how the rest is taken off."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Comment, Tag

from mlrisk.documents.base import DocumentError

DEEPEST = 200
"""Levels of nesting: real pages have 30, and a parser that recurses ends at about 1,000."""

_ROOTS = (
    "#article",  # federalreserve.gov since 2017
    "#leftText",  # federalreserve.gov 2006 to 2016
    "#bodytext",  # bls.gov
    "div.normalnews",  # bls.gov, archived
    "main",
    "[role=main]",
    "article",
    "#main-content",
    "#content",
)
_LEAST_OF_PAGE = 0.4
"""Share of a page's words that a root must hold: an anchor named "content" holds none."""

_NO_TEXT = (
    "script, style, noscript, template, iframe, object, svg, canvas, video, audio, map, "
    "button, input, select, textarea, nav, footer, aside, dialog, head, title, meta, link, "
    "[role=navigation], [role=banner], [role=contentinfo], [role=search], [role=menu], "
    "[role=button], [role=dialog], [hidden], [aria-hidden=true], body > header"
)
_AROUND = re.compile(
    r"^(nav|navbar|nav-[\w-]*|menu|[\w-]*-menu|breadcrumbs?|footer|footer-[\w-]*|share|"
    r"share[A-Z-]\w*|"
    r"social|social[\w-]*|side-?bar|skip[\w-]*|globalskip|sr-only|visually-hidden|screenreader|"
    r"last-?update[d]?|cookie[\w-]*|usa-banner|hidden|print-only|pagination|"
    r"toplinks|t1_nav|t2__offcanvas|"
    r"t3_nav|t4_nav|panel-related|panel-attachments|watch|watchLive)$",
    re.IGNORECASE,
)
_HELD = "#article, main, article"
"""Whatever it is called, an element with one of these in it is not around the text."""

_PARTS = ["td", "th", "tr", "tbody", "thead", "tfoot", "caption"]
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0", re.IGNORECASE)
_BACK = re.compile(r"^\W*(return|back) to (text|top|article)\W*$", re.IGNORECASE)


def strip(soup: BeautifulSoup) -> Tag:
    """The element that holds the text, all else taken off in place.

    Raises
    ------
    DocumentError
        Where nesting is too deep to be a page.
    """
    _require_shallow(soup)
    _remove_surroundings(soup)
    root = content(soup)
    _unwrap_layout(root)
    return root


def content(soup: BeautifulSoup) -> Tag:
    """The element that holds a page's text; the whole of it where no known one does."""
    everything = len(soup.get_text(" ").split())
    for selector in _ROOTS:
        found = soup.select_one(selector)
        if found is not None and len(found.get_text(" ").split()) >= _LEAST_OF_PAGE * everything:
            return found
    return soup.body or soup


def _require_shallow(soup: BeautifulSoup) -> None:
    depth, level = 0, [child for child in soup.children if isinstance(child, Tag)]
    while level:
        depth += 1
        if depth > DEEPEST:
            raise DocumentError(
                f"elements are nested more than {DEEPEST} deep; expected a page of a site"
            )
        level = [child for tag in level for child in tag.children if isinstance(child, Tag)]


def _remove_surroundings(soup: BeautifulSoup) -> None:
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for tag in soup.select(_NO_TEXT):
        tag.decompose()
    for tag in soup.find_all(True):
        if tag.decomposed or tag.name in {"html", "body"}:
            continue
        named = [*tag.get_attribute_list("class"), *tag.get_attribute_list("id")]
        around = any(_AROUND.match(name) for name in named if name)
        unseen = _UNSEEN.search(f"{tag.get('style') or ''}") is not None
        if unseen or (around and tag.select_one(_HELD) is None):
            tag.decompose()
    for link in soup.find_all("a"):
        if _BACK.match(link.get_text()):
            link.decompose()


def _unwrap_layout(root: Tag) -> None:
    """Tables that only hold a page in place become what they hold; inner ones first."""
    for table in reversed(root.find_all("table")):
        rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
        widest = max((len(row.find_all(["td", "th"], recursive=False)) for row in rows), default=0)
        if widest > 1 and table.find("table") is None and len(rows) > 1:
            continue
        table.name = "div"
    for part in root.find_all(_PARTS):
        if part.find_parent("table") is None:
            part.name = "div"
