"""Gross domestic product, and personal income and outlays: the archive of the BEA's news."""

from __future__ import annotations

import re

import pandas as pd

from mlrisk.sources.documents.live.listed import Listed, links, month_in, page

FEED = "bea"
ARCHIVE = "/news/archive"
"""Newest first, in pages that ``page=1`` and so on ask for."""

_NEWS = re.compile(r"/news/(\d{4})/([\w-]+)/?", re.IGNORECASE)
_REGIONS = re.compile(
    r"state|count(y|ies)|metro|territor|puerto|guam|samoa|mariana|virgin-islands|region"
)
_QUARTERS = ("first|1st", "second|2nd", "third|3rd", "fourth|4th")
_ESTIMATES = ("advance", "second", "third", "initial", "updated", "preliminary", "final")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")


def parse_archive(content: bytes) -> tuple[list[Listed], int | None]:
    """A page of the archive -> what it links to, and the newest year that it links to at all.

    Returns
    -------
    tuple
        National releases of GDP and of personal income and outlays; None for the year of a page
        behind the last.

    Raises
    ------
    FeedError
        Where it is no whole page.
    """
    found: dict[str, Listed] = {}
    years = []
    for path, _, _ in links(page(FEED, content)):
        match = _NEWS.fullmatch(path)
        if match is None:
            continue
        years.append(int(match[1]))
        one = _product(path, match[2].lower()) or _income(path, match[2].lower())
        if one is not None:
            found.setdefault(one.doc_id, one)
    return list(found.values()), max(years, default=None)


def _product(path: str, slug: str) -> Listed | None:
    if not slug.startswith(("gross-domestic-product", "gdp")) or _REGIONS.search(slug):
        return None
    quarter = next(
        (n for n, words in enumerate(_QUARTERS, 1) if re.search(rf"(?:{words})-quarter", slug)),
        None,
    )
    year = _YEAR.search(slug)
    if quarter is None or year is None:
        return None
    estimate = next((word for word in _ESTIMATES if f"{word}-estimate" in slug), None)
    start = pd.Timestamp(int(year[1]), 3 * quarter - 2, 1).as_unit("us")
    words = f" ({estimate} estimate)" if estimate else ""
    return Listed(
        doc_id=f"gdp-{start.year}-q{quarter}" + (f"-{estimate}" if estimate else ""),
        doc_type="gdp",
        title=f"Gross Domestic Product, {start.year} quarter {quarter}{words}",
        feed=FEED,
        path=path,
        event_date=start,
    )


def _income(path: str, slug: str) -> Listed | None:
    month = month_in(slug.replace("-", " "))
    if not slug.startswith("personal-income-and-outlays") or month is None:
        return None
    return Listed(
        doc_id=f"personal-income-{month:%Y-%m}",
        doc_type="personal_income",
        title=f"Personal Income and Outlays, {month:%B %Y}",
        feed=FEED,
        path=path,
        event_date=month,
    )
