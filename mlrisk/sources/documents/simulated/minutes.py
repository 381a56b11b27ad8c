"""What the Committee discussed: minutes of the simulated world's meetings."""

from __future__ import annotations

import pandas as pd

from mlrisk.calendar import NEW_YORK
from mlrisk.sources.documents.simulated.figures import (
    ORDERS,
    SLOPE,
    TEN_YEARS,
    YEAR,
    Meeting,
    Reading,
)
from mlrisk.sources.documents.simulated.page import (
    Page,
    Section,
    Table,
    Voice,
    date_of,
    month_of,
)
from mlrisk.sources.documents.simulated.policy import eighths, target
from mlrisk.sources.documents.simulated.prose import MARKETS, OUTLOOK, POLICY, VIEWS, some

AFTER = pd.Timedelta(days=21)
"""From a meeting to the publication of its minutes, at 14:00 New York."""
NO_FIGURES = "No new figures had been released over the intermeeting period."


def minutes(meeting: Meeting, seed: int) -> Page:
    """The minutes of a meeting, with what its participants had before them."""
    doc_id = f"fomc-minutes-{meeting.day:%Y-%m-%d}"
    voice = Voice(seed, doc_id)
    day = (meeting.day + AFTER + pd.Timedelta(hours=14)).tz_localize(NEW_YORK)
    published = day.tz_convert("UTC").as_unit("us")
    facts = _reviewed(meeting, voice) | {"action": _action(meeting, voice)}
    financial = [facts[name] for name in ("slope", "ten_years") if name in facts]
    economic = [facts[name] for name in ("jobs", "inflation", "orders") if name in facts]
    opening = (
        f"A meeting of the Federal Open Market Committee was held on {date_of(meeting.day)}, in "
        "the offices of the Board of Governors. The Committee took note of the staff's reports and "
        "turned to the outlook and to the stance of policy."
    )
    sections = (
        Section("", (opening,)),
        Section(
            "Developments in Financial Markets",
            (
                " ".join(
                    [
                        (
                            "The manager turned first to a review of developments in financial "
                            "markets over the intermeeting period."
                        ),
                        *financial,
                    ]
                ),
                *some(voice, "markets", MARKETS),
            ),
        ),
        Section("Staff Review of the Economic Situation", tuple(economic) or (NO_FIGURES,)),
        Section("Staff Economic Outlook", tuple(some(voice, "outlook", OUTLOOK))),
        Section(
            "Participants' Views on Current Conditions and the Outlook",
            (_of_prices(meeting), *some(voice, "views", VIEWS, 3)),
        ),
        Section(
            "Committee Policy Action",
            (
                *some(voice, "policy", POLICY),
                f"In their discussion of policy for this meeting, {_balance(voice)}",
                facts["action"],
            ),
        ),
    )
    return Page(
        doc_id=doc_id,
        doc_type="minutes",
        event_date=meeting.day,
        published_at=published,
        fetched_at=max(published, meeting.confirmed),
        title=f"Minutes of the Federal Open Market Committee, {date_of(meeting.day)}",
        path=f"/monetarypolicy/fomcminutes{meeting.day:%Y%m%d}.htm",
        sections=sections,
        table=_indicators(meeting),
        footnotes=(
            "Attended through the discussion of the economic outlook only.",
            "The figures are those that had been released by the day of the meeting.",
        ),
        facts=facts,
    )


def _action(meeting: Meeting, voice: Voice) -> str:
    after, size = target(meeting.after), eighths(abs(meeting.step))
    if not meeting.step:
        options = [
            (
                "Members agreed to maintain the target range for the federal funds rate at {after} "
                "at this meeting."
            ),
            (
                "All members judged it appropriate to leave the target range for the federal funds "
                "rate at {after}."
            ),
        ]
    elif meeting.step > 0:
        options = [
            (
                "Members agreed to raise the target range for the federal funds rate by {size} "
                "percentage point to {after}."
            ),
            (
                "All members judged that a tightening of {size} percentage point, which brings the "
                "target range for the federal funds rate to {after}, was appropriate."
            ),
        ]
    else:
        options = [
            (
                "Members agreed to lower the target range for the federal funds rate by {size} "
                "percentage point to {after}."
            ),
            (
                "All members judged that an easing of {size} percentage point, which brings the "
                "target range for the federal funds rate to {after}, was appropriate."
            ),
        ]
    return voice.pick("action", options).format(after=after, size=size)


def _reviewed(meeting: Meeting, voice: Voice) -> dict[str, str]:
    """Sentences on what had been released, by what they are about."""
    facts: dict[str, str] = {}
    if meeting.jobs:
        value, month = f"{meeting.jobs.value:.1f}", month_of(meeting.jobs.month)
        facts["jobs"] = voice.pick(
            "jobs",
            [
                f"The unemployment rate stood at {value} percent in {month}.",
                f"Joblessness was reported at {value} percent of the labor force for {month}.",
            ],
        )
    if meeting.inflation:
        value, month = f"{meeting.inflation.change(YEAR):.1f}", month_of(meeting.inflation.month)
        facts["inflation"] = voice.pick(
            "inflation",
            [
                (
                    f"Total consumer prices had changed {value} percent over the 12 months ending "
                    f"in {month}."
                ),
                f"The 12-month change in the consumer price index was {value} percent in {month}.",
            ],
        )
    if ORDERS in meeting.known:
        day, value_of = meeting.known[ORDERS]
        side = "above" if value_of >= 50 else "below"
        facts["orders"] = (
            f"The national index of manufacturing purchasing managers registered {value_of:.1f} "
            f"in {month_of(day)}, {side} the mark of 50 that divides growth from contraction."
        )
    if SLOPE in meeting.known:
        day, value_of = meeting.known[SLOPE]
        shape = "above" if value_of >= 0 else "below"
        facts["slope"] = (
            f"On {date_of(day)} the 10-year Treasury yield lay {abs(value_of):.2f} percentage "
            f"points {shape} the 2-year yield."
        )
    if TEN_YEARS in meeting.known:
        day, value_of = meeting.known[TEN_YEARS]
        facts["ten_years"] = (
            f"The 10-year Treasury yield closed at {value_of:.2f} percent that day."
        )
    return facts


def _of_prices(meeting: Meeting) -> str:
    if meeting.inflation is not None and _rising(meeting.inflation):
        return (
            "Participants observed that inflation had picked up over recent months and that the "
            "return to 2 percent might take longer than they had thought."
        )
    return (
        "Participants noted that inflation had not picked up over recent months, and several "
        "remarked that longer-term expectations appeared well anchored."
    )


def _rising(inflation: Reading) -> bool:
    return inflation.change(YEAR) > inflation.change(YEAR, ending=3)


def _balance(voice: Voice) -> str:
    return voice.pick(
        "balance",
        [
            (
                "members agreed that the risks to the outlook called for a policy that depends on "
                "incoming information."
            ),
            (
                "members discussed how the cumulative effect of past decisions was working through "
                "the economy with a lag."
            ),
            "members weighed the risk of doing too little against that of doing too much.",
        ],
    )


def _indicators(meeting: Meeting) -> Table | None:
    rows = []
    if meeting.jobs:
        jobs = meeting.jobs
        rows.append(("Unemployment rate", month_of(jobs.month), f"{jobs.value:.1f}"))
    if meeting.inflation:
        prices = meeting.inflation
        rows.append(
            ("Consumer prices, 12 months", month_of(prices.month), f"{prices.change(YEAR):.1f}")
        )
    if ORDERS in meeting.known:
        day, value = meeting.known[ORDERS]
        rows.append(("Purchasing managers' index", month_of(day), f"{value:.1f}"))
    if not rows:
        return None
    return Table("Selected indicators", ("Indicator", "Period", "Value"), tuple(rows))
