"""What kind of document a text is, and what it is about."""

from __future__ import annotations

import re

import pandas as pd

from mlrisk.documents.parse.moments import MONTH, meeting_day, meeting_end, month_number

_BY_URL = (
    (r"fomcminutes|/fomc/minutes", "minutes"),
    (r"fomc_longerrungoals|longer-?run-?goals", "longer_run_goals"),
    (r"/speech(es)?/", "speech"),
    (r"/press(releases)?/monetary|/press/monetary", "statement"),
    (r"news\.release/(archives/)?(cpi)[._]", "cpi"),
    (r"news\.release/(archives/)?(empsit)[._]", "employment_situation"),
    (r"bea\.gov/.*(gross-domestic-product|gdp)", "gdp"),
    (r"bea\.gov/.*(personal-income|pi\d)", "personal_income"),
)
_BY_WORDS = (
    (r"^minutes of the (federal open market committee|meeting of)|^FOMC minutes", "minutes"),
    (r"statement on longer[- ]run goals", "longer_run_goals"),
    (r"^FOMC statement|issues? FOMC statement|press release -- FOMC statement", "statement"),
    (
        r"^(FRB:? ?)?speech(es)?(,|$)|^testimony$|^(speech|remarks|testimony) (by|at|before)\b",
        "speech",
    ),
    (r"^(the )?consumer price index\b|^CPI\b", "cpi"),
    (r"^(the )?employment situation\b|^jobs report\b", "employment_situation"),
    (r"^gross domestic product\b|^GDP\b", "gdp"),
    (r"^personal income and outlays\b", "personal_income"),
    (r"\b(earnings|conference) call\b|\btranscript\b", "transcript"),
    (
        r"^the federal open market committee (decided|voted)|the committee decided (today )?to",
        "statement",
    ),
)
_LED_BY = 12
"""Lines from the top in which a document says what it is."""

_MONTH_OF = re.compile(rf"\b({MONTH})\s+((?:19|20)\d\d)\b", re.IGNORECASE)
_QUARTERS = ("first", "second", "third", "fourth")
_QUARTER = re.compile(
    r"\b(first|second|third|fourth|1st|2nd|3rd|4th|Q[1-4])\s*(?:quarter)?\s*(?:\([^)]*\))?,?\s*"
    r"(?:(?:and|&)\s+(?:the\s+)?(?:full\s+)?year,?\s*)?(?:of\s+)?((?:19|20)\d\d)\b",
    re.IGNORECASE,
)

TAGS = {
    "rates": r"federal funds( rate)?|interest rates?|treasury (yields?|securities|bonds?|notes?)|"
    r"yield curve|monetary policy|discount rate|basis points?|balance sheet|asset purchases",
    "inflation": r"inflation|consumer prices?|price index|price stability|deflation|CPI|PCE",
    "labour": r"unemployment|payrolls?|employment|labor (market|force)|job (gains|openings)|wages?",
    "growth": r"gross domestic product|GDP|economic (activity|growth)|recession|output|"
    r"productivity",
    "equities": r"equit(y|ies) (prices?|markets?|indexe?s|valuations?)|stock (prices?|market)|"
    r"S&P 500|VIX|earnings",
    "credit": r"credit (spreads?|conditions|quality|markets?)|corporate bonds?|high-yield|"
    r"commercial paper|delinquenc(y|ies)|lending standards|bank loans?",
    "usd": r"(foreign exchange value of the )?dollar|exchange rates?|currenc(y|ies)",
    "oil": r"oil|petroleum|gasoline|energy prices?|crude",
    "gold": r"gold|precious metals",
    "housing": r"housing|home (sales|prices|building)|homebuilding|mortgages?|shelter|rents?\b",
    "banking": r"bank(ing)? (supervision|regulation|system|capital)|capital requirements?|"
    r"stress tests?|financial stability",
    "trade": r"exports?|imports?|tariffs?|trade (deficit|balance|policy)|current account",
}
"""Words by which a document is about something."""

_TAG_PATTERNS = {
    name: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for name, pattern in TAGS.items()
}
_MENTIONS, _PER_WORDS = 2, 1500
"""A document is about what it mentions twice, or in a long text twice in each so many words."""


def doc_type(lines: list[str], url: str) -> str:
    """Kind of a document by its address, then by its title and the lines that lead it, in order."""
    for pattern, name in _BY_URL:
        if re.search(pattern, url, re.IGNORECASE):
            return name
    for line in lines[:_LED_BY]:
        for pattern, name in _BY_WORDS:
            if re.search(pattern, line.strip(), re.IGNORECASE):
                return name
    return "other"


def event_date(
    kind: str, title: str, lines: list[str], day: pd.Timestamp | None
) -> pd.Timestamp | None:
    """The day or month a document is about, where it can be told.

    Parameters
    ----------
    kind : str
        ``doc_type``.
    title : str
    lines : list of str
        That lead the text.
    day : Timestamp or None
        The day of its release in New York.
    """
    said = [title, *lines]
    match kind:
        case "minutes":
            return meeting_day(said)
        case "statement" | "speech" | "longer_run_goals" | "transcript":
            return meeting_end(said) if kind == "longer_run_goals" else day
        case "cpi" | "employment_situation" | "personal_income":
            return _month(said, day)
        case "gdp":
            return _quarter(said)
    return None


def _month(lines: list[str], day: pd.Timestamp | None) -> pd.Timestamp | None:
    for line in lines:
        for found in _MONTH_OF.finditer(line):
            month = pd.Timestamp(int(found.group(2)), month_number(found.group(1)), 1).as_unit("us")
            # A release is about a month that is over.
            if day is None or month + pd.offsets.MonthBegin(1) <= day:
                return month
    return None


def _quarter(lines: list[str]) -> pd.Timestamp | None:
    for line in lines:
        if found := _QUARTER.search(line):
            name = found.group(1).lower()
            digit = re.search(r"\d", name)
            quarter = int(digit.group()) if digit else _QUARTERS.index(name) + 1
            return pd.Timestamp(int(found.group(2)), 3 * quarter - 2, 1).as_unit("us")
    return None


def asset_tags(text: str) -> list[str]:
    """What a text is about, in the order of ``TAGS``."""
    least = max(_MENTIONS, _MENTIONS * len(text.split()) // _PER_WORDS)
    found = {name: len(pattern.findall(text)) for name, pattern in _TAG_PATTERNS.items()}
    return [name for name, count in found.items() if count >= least]
