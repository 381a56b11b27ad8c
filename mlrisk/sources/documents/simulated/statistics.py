"""What the statisticians said: consumer prices and unemployment of the simulated world."""

from __future__ import annotations

import pandas as pd

from mlrisk.sources.documents.simulated.figures import LONGEST_MEMORY, YEAR, Reading, memory
from mlrisk.sources.documents.simulated.page import (
    Page,
    Section,
    Table,
    Voice,
    local,
    month_of,
)

SHOWN = 7
"""Months of the table."""
BASE = "1982-84=100"


def prices(reading: Reading, seed: int) -> Page:
    """The Consumer Price Index of a month."""
    doc_id = f"cpi-{reading.month:%Y-%m}"
    voice = Voice(seed, doc_id)
    year, month = reading.change(YEAR), reading.change(1)
    name = f"{reading.month:%B}"
    facts = {
        "month": voice.pick(
            "month",
            [
                (
                    f"The Consumer Price Index for All Urban Consumers (CPI-U) {_moved(month)} in "
                    f"{name} before seasonal adjustment, the statisticians reported today."
                ),
                (
                    f"Consumer prices {_moved(month)} in {name} on an unadjusted basis, as "
                    "measured by the CPI-U."
                ),
                f"In {name}, the CPI-U {_moved(month)} over the month, not seasonally adjusted.",
            ],
        ),
        "year": voice.pick(
            "year",
            [
                (
                    f"Over the last 12 months, the all items index {_moved(year)} before seasonal "
                    "adjustment."
                ),
                f"The all items index {_moved(year)} for the 12 months ending {name}.",
                f"From a year earlier, the index for all items {_moved(year)}.",
            ],
        ),
        "level": voice.pick(
            "level",
            [
                f"The index level of all items stood at {reading.value:.3f} ({BASE}) in {name}.",
                (
                    f"At {reading.value:.3f} ({BASE}), the index compares with "
                    f"{reading.before(1):.3f} in {_month_before(reading)}."
                ),
            ],
        ),
        "comparison": _compared(year, reading.change(YEAR, ending=1), reading),
    }
    remembered = memory(_twelve_months(reading))
    if remembered:
        facts["memory"] = f"The 12-month change was the {_since(*remembered)}."
    third = " ".join([facts["comparison"], *([facts["memory"]] if remembered else [])])
    return Page(
        doc_id=doc_id,
        doc_type="cpi",
        event_date=reading.month,
        published_at=reading.released,
        fetched_at=reading.released,
        title=f"Consumer Price Index - {month_of(reading.month)}",
        path=f"/news.release/archives/cpi_{local(reading.released):%m%d%Y}.htm",
        sections=(
            Section("", (f"{facts['month']} {facts['year']}", facts["level"], third)),
            Section("Not seasonally adjusted CPI measures", (_coverage(voice),)),
        ),
        table=Table(
            "Table A. Percent changes in CPI for All Urban Consumers, U.S. city average",
            ("Month", f"Index ({BASE})", "1 month", "12 months"),
            tuple(
                (
                    month_of(reading.history.index[-1 - back]),
                    f"{reading.before(back):.3f}",
                    f"{reading.change(1, ending=back):.1f}",
                    f"{reading.change(YEAR, ending=back):.1f}",
                )
                for back in reversed(range(min(SHOWN, len(reading.history) - YEAR)))
            ),
        ),
        footnotes=("The index is not revised after it is published.",),
        facts=facts,
        quoted=not set_line_by_line(seed, doc_id),
    )


def jobs(reading: Reading, seed: int) -> Page:
    """The Employment Situation of a month: what the household survey says of unemployment."""
    doc_id = f"employment-situation-{reading.month:%Y-%m}"
    voice = Voice(seed, doc_id)
    value, name = f"{reading.value:.1f}", f"{reading.month:%B}"
    moved = round(reading.value - reading.before(1), 1)
    facts = {
        "rate": voice.pick(
            "rate",
            [
                (
                    f"The unemployment rate {_stepped(moved)} {value} percent in {name}, the "
                    "household survey showed."
                ),
                f"In {name}, the unemployment rate {_stepped(moved)} {value} percent.",
                (
                    f"The jobless rate {_stepped(moved)} {value} percent in {name}, according to "
                    "the survey of households."
                ),
            ],
        ),
        "comparison": voice.pick(
            "comparison",
            [
                (
                    f"The rate compares with {reading.before(1):.1f} percent in "
                    f"{_month_before(reading)} and {reading.before(YEAR):.1f} percent "
                    "a year earlier."
                ),
                f"A year earlier the jobless rate was {reading.before(YEAR):.1f} percent.",
            ],
        ),
    }
    remembered = memory(reading.history)
    if remembered:
        facts["memory"] = f"The unemployment rate was the {_since(*remembered)}."
    sections = [
        Section("", (facts["rate"], _surveys(voice))),
        Section(
            "Household Survey Data",
            (
                " ".join([facts["comparison"], *([facts["memory"]] if remembered else [])]),
                voice.pick(
                    "groups",
                    [
                        (
                            "Among the major worker groups, the jobless rates of adult men and of "
                            "adult women moved about in line with the total."
                        ),
                        "Movements among the major worker groups were within their usual range.",
                    ],
                ),
            ),
        ),
    ]
    figures = {}
    if len(reading.revised):
        month, rate = month_of(reading.revised.index[-1]), f"{reading.revised.iloc[-1]:.1f}"
        figures = {"month": month, "rate": rate}
        facts["revision"] = (
            "Seasonally adjusted estimates of the household survey were revised with this release; "
            f"the unemployment rate of {month} is now put at {rate} percent."
        )
        sections.append(
            Section("Revision of Seasonally Adjusted Household Survey Data", (facts["revision"],))
        )
    shown = reading.history.iloc[-SHOWN:]
    return Page(
        doc_id=doc_id,
        doc_type="employment_situation",
        event_date=reading.month,
        published_at=reading.released,
        fetched_at=reading.released,
        title=f"The Employment Situation - {month_of(reading.month)}",
        path=f"/news.release/archives/empsit_{local(reading.released):%m%d%Y}.htm",
        sections=tuple(sections),
        table=Table(
            "Table A. Household data, seasonally adjusted",
            ("Month", "Unemployment rate (percent)"),
            tuple(
                (month_of(month), f"{rate:.1f}")
                for month, rate in zip(shown.index, shown, strict=True)
            ),
        ),
        footnotes=("Estimates of past months are revised each January.",),
        facts=facts,
        figures=figures,
        quoted=not set_line_by_line(seed, doc_id),
    )


def set_line_by_line(seed: int, doc_id: str) -> bool:
    """Whether a release is one long preformatted text, as one in six is."""
    return Voice(seed, doc_id).number("template") % 6 == 0


def _twelve_months(reading: Reading) -> pd.Series:
    """The 12-month changes up to the reading's own, by month."""
    count = min(1 + LONGEST_MEMORY, len(reading.history) - YEAR)
    changes = [reading.change(YEAR, ending=back) for back in reversed(range(count))]
    return pd.Series(changes, index=reading.history.index[-count:])


def _moved(percent: float) -> str:
    if not percent:
        return "was unchanged"
    verb = "increased" if percent > 0 else "decreased"
    return f"{verb} {abs(percent):.1f} percent"


def _stepped(points: float) -> str:
    if not points:
        return "was unchanged at"
    size = "edged" if abs(points) < 0.15 else "moved" if abs(points) < 0.35 else "jumped"
    if points < 0:
        return {"edged": "edged down to", "moved": "declined to", "jumped": "fell sharply to"}[size]
    return {"edged": "edged up to", "moved": "rose to", "jumped": "rose sharply to"}[size]


def _compared(now: float, before: float, reading: Reading) -> str:
    name, former = f"{reading.month:%B}", _month_before(reading)
    if now == before:
        return f"The 12-month change was the same in {name} as in {former}, at {now:.1f} percent."
    direction = "up" if now > before else "down"
    return (
        f"The 12-month change was {now:.1f} percent in {name}, {direction} from {before:.1f} "
        f"percent in {former}."
    )


def _since(word: str, month: pd.Timestamp | None) -> str:
    return (
        f"{word} since {month_of(month)}" if month is not None else f"{word} in five years or more"
    )


def _month_before(reading: Reading) -> str:
    return f"{reading.history.index[-2]:%B}"


def _coverage(voice: Voice) -> str:
    return voice.pick(
        "coverage",
        [
            (
                "The CPI-U covers the spending of all urban consumers. Escalation agreements often "
                "use it in its unadjusted form, which is never revised."
            ),
            (
                "Prices are collected in urban areas across the country. The index is used without "
                "seasonal adjustment in contracts, since it is not revised."
            ),
        ],
    )


def _surveys(voice: Voice) -> str:
    return voice.pick(
        "surveys",
        [
            (
                "This release presents statistics from the household survey, which measures labor "
                "force status by demographic characteristics."
            ),
            "The figures rest on a monthly survey of households and are seasonally adjusted.",
        ],
    )
