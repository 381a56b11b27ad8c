"""Numbers as texts state them: fractions, number words, ranges and dates in one form.

A figure of a claim is supported where the same figure, with the same unit, stands in what the claim
rests on. ``3-1/2 percent``, ``3½%`` and ``three and a half percent`` are one figure; ``25 basis
points`` and ``a quarter point`` are one; the first of ``1/4 to 1/2 percent`` is a percentage too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS = (
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
_WORDS = {word: value for value, word in enumerate(_SMALL)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_SCALES = {
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_PARTS = {"half": Fraction(1, 2), "quarter": Fraction(1, 4), "third": Fraction(1, 3)}
NUMBER_WORDS = frozenset([*_WORDS, *_SCALES, *_PARTS])
_ORDINALS = {word: value for value, word in enumerate(("first", "second", "third", "fourth"), 1)}
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip

_MONTH = rf"(?P<month>{'|'.join(MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)\b\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_LAST_DAY = r"(?:\s?-\s?(?P<last>\d{1,2}))?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_YEAR}-(?P<number>\d\d)-(?P<day>\d\d)\b",
        rf"\b{_MONTH}\s+{_DAY}{_LAST_DAY},?\s+{_YEAR}\b",
        rf"\b{_DAY}{_LAST_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}\b",
        rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}\b",
        rf"\b{_MONTH}\s+{_DAY}{_LAST_DAY}\b",
        rf"\b{_DAY}{_LAST_DAY}\s+(?:of\s+)?{_MONTH}\b",
    )
)

_WORD = "|".join([*_WORDS, *_SCALES])
_SPELLED = re.compile(rf"\b(?:{_WORD})(?:[\s-](?:and[\s-])?(?:{_WORD}))*\b", re.IGNORECASE)
_MIXED_WORDS = re.compile(
    r"(?P<whole>\b\d+|\b(?:"
    + "|".join(_SMALL)
    + r"))\s+and\s+(?:a\s+|one[\s-])(?P<part>half|quarter)",
    re.IGNORECASE,
)
_PART_WORDS = re.compile(
    r"\b(?P<many>an?|one|two|three)[\s-](?P<part>half|quarter|third)s?\b"
    r"(?=[\s-](?:of\s+(?:an?|one)\s+)?(?:percent|per\s+cent|%|percentage|point|basis|of\b))"
    r"|\b(?P<bare>half)\s+an?(?=\s+(?:percent|point|per\s+cent))",
    re.IGNORECASE,
)
_QUARTER = re.compile(
    r"\b(?:(?P<word>first|second|third|fourth)[\s-](?P<period>quarter|half)\b|Q(?P<digit>[1-4])\b)",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?<![\w.,/])(?P<sign>[+-](?=[\d.$]))?(?P<money>\$)?\s?"
    r"(?:(?P<whole>\d+)(?:[\s-](?=\d+/\d))?(?P<top>(?<=[\s-])\d+)/(?P<bottom>\d+)"
    r"|(?P<over>\d+)/(?P<under>\d+)"
    r"|(?P<plain>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+))"
    r"(?!\d)"
)
_UNIT = re.compile(
    r"[\s-]*(?:(?P<scale>thousand|million|billion|trillion)\b)?[\s-]*"
    r"(?:of\s+(?:an?|one)\s+)?"
    r"(?P<unit>percentage[\s-]+points?|basis[\s-]+points?|bps?\b|percent\b|per\s+cent\b|%|points?\b|"
    r"dollars?\b)?",
    re.IGNORECASE,
)
_JOIN = re.compile(r"\s*(?:to|and|or|-|through)\s*(?:\$)?$", re.IGNORECASE)
_VULGAR = re.compile(r"(\d?)([¼-¾⅐-⅞])")
_SIGNS = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
    | {"\u2044": "/", "\u00a0": " ", "\u202f": " "}
)
"""Hyphens, dashes, the fraction slash and hard spaces as ASCII has them."""

Day = tuple[int | None, int | None, int | None]


@dataclass(frozen=True)
class Figure:
    """A number with what it counts.

    Parameters
    ----------
    value : Fraction
        In units of one: 600 billion is 600,000,000,000. Basis points are percentage points.
    unit : str
        ``percent``, ``point`` (percentage point), ``dollar``, ``quarter`` (of a year), ``half``
        (of a year), ``year``, ``date``, or empty.
    signed : bool
        Whether a sign was written.
    decimals : int
        How many decimals were written.
    day : tuple of year, month, day
        Of a ``date``; None where it does not say.
    said : str
        As it was written.
    """

    value: Fraction
    unit: str
    said: str
    signed: bool = False
    decimals: int = 0
    day: Day = (None, None, None)


@lru_cache(maxsize=1 << 14)
def figures(text: str) -> tuple[Figure, ...]:
    """Every figure that a text states, in order of kind and place.

    Digits within a name (``spy_vol_5d``) state no figure; neither does ``one`` without a unit.
    """
    text = _plain(text)
    found, text = _dates(text)
    for pattern, read in ((_MIXED_WORDS, _mixed), (_PART_WORDS, _part), (_QUARTER, None)):
        for match in reversed(list(pattern.finditer(text))):
            if read is None:
                found.append(_quarter(match))
                text = _blank(text, match.start(), match.end())
            else:
                text = text[: match.start()] + f" {read(match)} " + text[match.end() :]
    text = _SPELLED.sub(_spelled, text)
    return (*found, *_numbers(text))


def supported(claimed: Figure, known: Sequence[Figure]) -> bool:
    """Whether one of the known figures says what a claimed one says.

    A claim may leave out the unit, the sign or the day, not change them. A year may be the year of
    a date.
    """
    return any(_same(claimed, figure) for figure in known)


def _same(claimed: Figure, known: Figure) -> bool:
    if claimed.unit == "date":
        return known.unit == "date" and all(
            mine is None or mine == theirs
            for mine, theirs in zip(claimed.day, known.day, strict=True)
        )
    if claimed.unit == "year" and known.unit == "date":
        return known.day[0] == claimed.value
    if known.unit == "date":
        return False
    if claimed.signed:
        equal = claimed.value == known.value
    else:
        equal = abs(claimed.value) == abs(known.value)
    return equal and (
        claimed.unit in {"", known.unit} or {claimed.unit, known.unit} == {"year", ""}
    )


def _plain(text: str) -> str:
    text = text.translate(_SIGNS)
    text = _VULGAR.sub(lambda m: f"{m[1]} {unicodedata.normalize('NFKC', m[2])}".strip(), text)
    return text.translate(_SIGNS)


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + "|" * (end - start) + text[end:]


def _dates(text: str) -> tuple[list[Figure], str]:
    found = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            part = match.groupdict()
            # "may" is a verb far more often than a month without a year and a capital.
            if (part.get("month") or "").lower() == "may" and not part["month"].istitle():
                continue
            year = int(part["year"]) if part.get("year") else None
            month = int(part["number"]) if part.get("number") else _month(part["month"])
            for name in ("day", "last"):
                if part.get(name):
                    day = (year, month, int(part[name]))
                    found.append(Figure(Fraction(0), "date", match.group(), day=day))
            if not part.get("day"):
                found.append(Figure(Fraction(0), "date", match.group(), day=(year, month, None)))
            text = _blank(text, match.start(), match.end())
    return found, text


def _month(name: str) -> int:
    return 1 + [month[:3] for month in MONTHS].index(name[:3].lower())


def _mixed(match: re.Match[str]) -> str:
    whole = match["whole"].lower()
    value = int(whole) if whole.isdigit() else _WORDS[whole]
    return f"{value}-{_PARTS[match['part'].lower()]}"


def _part(match: re.Match[str]) -> str:
    if match["bare"]:
        return "1/2"
    many = {"two": 2, "three": 3}.get(match["many"].lower(), 1)
    return str(many * _PARTS[match["part"].lower()])


def _quarter(match: re.Match[str]) -> Figure:
    value = int(match["digit"]) if match["digit"] else _ORDINALS[match["word"].lower()]
    unit = (match["period"] or "quarter").lower()
    return Figure(Fraction(value), unit, match.group())


def _spelled(match: re.Match[str]) -> str:
    """Number words in digits; a pronoun, and a scale that follows digits, are left."""
    words = re.split(r"[\s-]+", match.group().lower())
    if words[0] in _SCALES:
        return match.group()
    after = match.string[match.end() :]
    unit = _UNIT.match(after)
    if words == ["one"] and not (unit and unit["unit"]):
        return match.group()
    total, current = 0, 0
    for word in words:
        if word == "hundred":
            current = max(current, 1) * 100
        elif word in _SCALES:
            total, current = total + max(current, 1) * _SCALES[word], 0
        elif word != "and":
            current += _WORDS[word]
    return str(total + current)


def _numbers(text: str) -> list[Figure]:
    found: list[tuple[int, int, Figure]] = []
    for match in _NUMBER.finditer(text):
        value = _value(match)
        if value is None:
            continue
        unit = _UNIT.match(text, match.end())
        scale = _SCALES[unit["scale"].lower()] if unit and unit["scale"] else 1
        name = "dollar" if match["money"] else _unit(unit["unit"] if unit else None)
        value *= scale
        if name == "basis":
            value, name = value / 100, "point"
        digits = match["plain"] or ""
        if not name and scale == 1 and re.fullmatch(r"(?:19|20)\d\d", digits):
            name = "year"
        sign = -1 if match["sign"] == "-" else 1
        decimals = len(digits.partition(".")[2])
        end = unit.end() if unit and (unit["unit"] or unit["scale"]) else match.end()
        figure = Figure(
            sign * value,
            name,
            text[match.start() : end].strip(),
            match["sign"] is not None,
            decimals,
        )
        if found and name and _JOIN.fullmatch(text[found[-1][1] : match.start()]):
            found[-1] = (*found[-1][:2], _joined(found[-1][2], figure, scale))
        found.append((match.start(), end, figure))
    return [figure for _, _, figure in found]


def _joined(first: Figure, second: Figure, scale: int) -> Figure:
    """The first figure of a range, with the unit that stands after the second."""
    if first.unit not in {"", "dollar"} or second.unit in {"", "year"}:
        return first
    scaled = "llion" in first.said or "thousand" in first.said
    value = first.value if scaled else first.value * scale
    if second.said.lower().startswith(("basis", "bp")) or re.search(
        r"basis|bps?\b", second.said, re.IGNORECASE
    ):
        value /= 100
    return Figure(value, second.unit, first.said, first.signed, first.decimals)


def _value(match: re.Match[str]) -> Fraction | None:
    if match["whole"]:
        top, bottom = int(match["top"]), int(match["bottom"])
        return int(match["whole"]) + Fraction(top, bottom) if bottom else None
    if match["over"]:
        top, bottom = int(match["over"]), int(match["under"])
        return Fraction(top, bottom) if bottom else None
    return Fraction(match["plain"].replace(",", ""))


def _unit(name: str | None) -> str:
    name = (name or "").lower()
    if name.startswith(("basis", "bp")):
        return "basis"
    if name.startswith(("percentage", "point")):
        return "point"
    if name.startswith("dollar"):
        return "dollar"
    return "percent" if name else ""
