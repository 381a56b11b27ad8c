"""A page of HTML to Markdown: what is said on it, without what is around it.

Paragraphs, headings, items and rows stand on a line each. Links and emphasis leave their words
alone, so that a sentence can be quoted as it reads.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup, ParserRejectedMarkup, Tag, XMLParsedAsHTMLWarning
from markdownify import MarkdownConverter

from mlrisk.documents.base import DocumentError
from mlrisk.documents.parse.blocks import BOLD, BOLD_END, LINK, LINK_END, MARKS, clean
from mlrisk.documents.parse.footnotes import BREAK, mark_footnotes
from mlrisk.documents.parse.plain import reflow
from mlrisk.documents.parse.surroundings import strip

MOST_TAGS = 100_000
"""Opening and closing tags of a page, at most: the longest releases have 20,000."""

_TITLES = (
    ("#article .title", ""),
    ("meta[property='og:title']", "content"),
    ("title", ""),
    ("h1", ""),
)
_SECTION = "#page-title"
_SITE = re.compile(
    r"^(Federal Reserve Board ?-|FRB:?|The Fed ?-|BLS:|BEA:) ?(Press Release -- )?|"
    r" ?(-|--|\|) ?(Federal Reserve Board|U\.?S\.? Bureau of [\w ]+( \(BEA\))?|Bureau of [\w ]+)$|"
    r" : U\.S\. Bureau of Labor Statistics$",
)
_UPDATED = re.compile(
    r"Last (update|modified)[^:]{0,20}:\s*[A-Z]\w+\.? \d{1,2}, \d{4}", re.IGNORECASE
)


@dataclass(frozen=True)
class Page:
    """What a page says.

    ``title`` is what it calls itself, ``section`` the part of the site it stands in, ``updated``
    the line that says when it was last changed; each may be empty.
    """

    markdown: str
    title: str = ""
    section: str = ""
    updated: str = ""


def read(page: str) -> Page:
    """The part of a page that is read, as Markdown.

    Raises
    ------
    DocumentError
        Where it is too broken to be parsed, or too deeply nested or too large to be a page.
    """
    if (tags := page.count("<")) > MOST_TAGS:
        raise DocumentError(f"{tags} tags; expected a page of a site, with {MOST_TAGS} at most")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        try:
            soup = BeautifulSoup(page, "lxml")
        except ParserRejectedMarkup as error:
            raise DocumentError(f"no parser makes sense of it: {error}") from None
    title, section = _title(soup), soup.select_one(_SECTION)
    updated = _UPDATED.search(soup.get_text(" ", strip=True))
    root = strip(soup)
    mark_footnotes(root)
    for text in root.find_all(string=True):
        if text.find_parent("pre") is None:
            text.replace_with(re.sub(r"\s+", " ", text))
    markdown = clean(_Converter(**_SETTINGS).convert_soup(root))
    return Page(
        markdown,
        title,
        section=" ".join(section.get_text(" ").split()) if section else "",
        updated=" ".join(updated.group().split()) if updated else "",
    )


def _title(soup: BeautifulSoup) -> str:
    """A page's title: of its article where it is marked, else of the page, less the site's name."""
    for selector, attribute in _TITLES:
        found = soup.select_one(selector)
        said = (
            "" if found is None else f"{found.get(attribute) if attribute else found.get_text(' ')}"
        )
        if said := _SITE.sub("", " ".join(said.split())):
            return said
    return ""


class _Converter(MarkdownConverter):
    """Markdown with private marks where a link, bold text or a line break stands."""

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"{LINK}{text}{LINK_END}" if text.strip() else text

    def convert_b(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        plain = text.strip()
        if not MARKS.sub("", plain) or BOLD in plain:
            return text
        # A break within bold text ends it: <b>Heading<br></b>.
        inner = plain.rstrip(f"{BREAK} \n")
        lead, trail = text[: len(text) - len(text.lstrip())], plain[len(inner) :]
        return f"{lead}{BOLD}{inner}{BOLD_END}{trail}" + " " * (text != text.rstrip())

    convert_strong = convert_b
    convert_u = convert_b

    def convert_em(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        followed = el.find_next_sibling(True)
        # <em>Heading</em><br> at the start of a paragraph is a heading, other italics are words.
        first = el.parent is not None and el.parent.find(True) is el
        return (
            self.convert_b(el, text, parent_tags)
            if first and followed is not None and followed.name == "br"
            else text
        )

    convert_i = convert_em

    def convert_font(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        size = f"{el.get('size') or ''}"
        return self.convert_b(el, text, parent_tags) if size in {"+1", "+2", "+3"} else text

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return " " if parent_tags & {"td", "th"} else BREAK

    def convert_p(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        # <p></p> between two lines of text sets them apart.
        return f"\n\n{text.strip()}\n\n" if text.strip() else BREAK * 2

    def convert_hr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return "\n\n"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return ""

    def convert_sub(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return text

    def convert_sup(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return text

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n\n{reflow(text)}\n\n"


_SETTINGS: dict[str, Any] = {
    "heading_style": "ATX",
    "bullets": "-",
    "escape_asterisks": False,
    "escape_underscores": False,
    "escape_misc": False,
    "table_infer_header": True,
}
