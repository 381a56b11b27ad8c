"""What a list says of a document, and what its own page says of its release."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import lxml.etree
import lxml.html
import pandas as pd

from mlrisk.calendar import NEW_YORK
from mlrisk.sources.live.errors import TransientError, excerpt

_TAIL = 2000
_SPACE = re.compile(r"\s+")
_AT = re.compile(
    r"(?:release at|released at|embargoed until)[^0-9]{0,40}(\d{1,2}):(\d{2}) ?([ap])\.? ?m", re.I
)
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(rf"\b({_MONTH})\s+(\d{{1,2}}),?\s+(\d{{4}})\b")
_AFTER = 120
"""Characters from the words of an embargo within which its date stands."""
_END_OF_DAY = (23, 59)


@dataclass(frozen=True)
class Listed:
    """A document that a list links to.

    Parameters
    ----------
    doc_id : str
    doc_type : str
    title : str
    feed : str
        Whose it is, and the name of ``policy.BASES`` to ask.
    path : str
        Below the feed's base.
    event_date : Timestamp
        The meeting, or the first day of the reference period.
    day : Timestamp or None
        Of publication, in New York; None where only the page itself tells.
    clock : tuple of int or None
        Hour and minute of publication, where they are known from outside of the page.
    """

    doc_id: str
    doc_type: str
    title: str
    feed: str
    path: str
    event_date: pd.Timestamp
    day: pd.Timestamp | None = None
    clock: tuple[int, int] | None = None

    @property
    def no_earlier(self) -> pd.Timestamp:
        """A day (New York) on or before that of publication."""
        return self.event_date if self.day is None else self.day

    def published_at(self, text: str) -> pd.Timestamp | None:
        """Publication in UTC; of a day whose time nobody says its end.

        Parameters
        ----------
        text : str
            That of the page.
        """
        clock, day = released(text)
        day = self.day if self.day is not None else day
        if day is None:
            return None
        hour, minute = self.clock or clock or _END_OF_DAY
        local = day + pd.Timedelta(hours=hour, minutes=minute)
        return local.tz_localize(NEW_YORK).tz_convert("UTC").as_unit("us")


def released(text: str) -> tuple[tuple[int, int] | None, pd.Timestamp | None]:
    """Hour and minute, and the day, that a page says of its own release; None for what it does not.

    Understood are `For release at 2:00 p.m. EST` and `embargoed until 8:30 a.m. (ET) Friday,
    January 5, 2024`, in any case.
    """
    found = _AT.search(text)
    if found is None:
        return None, None
    hour = int(found[1]) % 12 + 12 * (found[3].lower() == "p")
    return (hour, int(found[2])), date_in(text[found.end() : found.end() + _AFTER])


def date_in(text: str) -> pd.Timestamp | None:
    """The first date such as January 31, 2024."""
    found = _DATE.search(text)
    if found is None:
        return None
    day = pd.to_datetime(" ".join(found.groups()), format="%B %d %Y", errors="coerce")
    return None if pd.isna(day) else day.as_unit("us")


def month_in(text: str) -> pd.Timestamp | None:
    """The first month such as January 2024."""
    found = re.search(rf"\b({_MONTH})\s+(\d{{4}})\b", text, re.I)
    if found is None:
        return None
    return pd.to_datetime(f"{found[1]} {found[2]}", format="%B %Y").as_unit("us")


def whole(feed: str, content: bytes) -> bytes:
    """The bytes of a page that has come to its end.

    Raises
    ------
    TransientError
        Where it has not: an answer may end early without a word.
    """
    if b"</html>" not in content[-_TAIL:].lower():
        raise TransientError(feed, f"a page that does not end, {excerpt(content)}", "a whole page")
    return content


def page(feed: str, content: bytes) -> lxml.html.HtmlElement:
    """A whole page, parsed."""
    try:
        return lxml.html.document_fromstring(whole(feed, content))
    except (lxml.etree.LxmlError, ValueError):
        raise TransientError(feed, f"no page, {excerpt(content)}", "a whole page") from None


def links(document: lxml.html.HtmlElement) -> Iterator[tuple[str, str, str]]:
    """Path, text and surrounding text of each link, in order; hosts are left off."""
    for link in document.xpath("//a[@href]"):
        path = re.sub(r"^https?://[^/]+", "", link.get("href").strip())
        yield path, text_of(link), text_of(link.getparent())


def text_of(element: lxml.html.HtmlElement) -> str:
    """Its text, white space and the borders of elements as single blanks."""
    return _SPACE.sub(" ", " ".join(element.xpath(".//text()"))).strip()
