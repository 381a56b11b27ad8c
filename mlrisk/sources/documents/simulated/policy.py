"""What the Committee decided: statements of the simulated world's meetings."""

from __future__ import annotations

from mlrisk.sources.documents.simulated.figures import (
    ORDERS,
    YEAR,
    Meeting,
)
from mlrisk.sources.documents.simulated.page import (
    Page,
    Section,
    Voice,
)

_WIDTH = 0.25
_QUARTERS = ("", "1/4", "1/2", "3/4")


def eighths(rate: float) -> str:
    """A rate in quarter points as the Committee writes it: ``5-1/4``, ``3/4``, ``2``."""
    whole, part = divmod(round(4 * rate), 4)
    return "-".join(filter(None, [str(whole) if whole or not part else "", _QUARTERS[part]]))


def target(lower: float) -> str:
    """A target range: ``5-1/4 to 5-1/2 percent``."""
    return f"{eighths(lower)} to {eighths(lower + _WIDTH)} percent"


def statement(meeting: Meeting, seed: int) -> Page:
    """The statement of a meeting."""
    doc_id = f"fomc-statement-{meeting.day:%Y-%m-%d}"
    voice = Voice(seed, doc_id)
    decision = _decision(meeting, voice)
    paragraphs = (
        _economy(meeting, voice),
        f"{_goals(voice)} {decision} {_guidance(meeting, voice)}",
        voice.pick(
            "vote",
            [
                "Voting for this action were all members of the Committee.",
                "The action was approved by all members of the Committee who were present.",
                "All members of the Committee voted in favor of the monetary policy action.",
            ],
        ),
        "For media inquiries, please use the contact form of the press office.",
    )
    return Page(
        doc_id=doc_id,
        doc_type="statement",
        event_date=meeting.day,
        published_at=meeting.announced,
        fetched_at=meeting.confirmed,
        title="Federal Reserve issues FOMC statement",
        path=f"/newsevents/pressreleases/monetary{meeting.day:%Y%m%d}a.htm",
        sections=(Section("", paragraphs),),
        facts={"decision": decision},
        figures={
            "move": "up" if meeting.step > 0 else "down" if meeting.step < 0 else "same",
            "size": eighths(abs(meeting.step)),
            "range": target(meeting.after),
        },
    )


def _decision(meeting: Meeting, voice: Voice) -> str:
    after, size = target(meeting.after), eighths(abs(meeting.step))
    if not meeting.step:
        return voice.pick(
            "decision",
            [
                (
                    "the Committee decided to maintain the target range for the federal funds rate "
                    f"at {after}."
                ),
                (
                    f"the Committee decided to keep the target range for the federal funds rate at "
                    f"{after}."
                ),
                (
                    "the Committee today left the target range for the federal funds rate "
                    f"unchanged at {after}."
                ),
            ],
        )
    verb = "raise" if meeting.step > 0 else "lower"
    noun = "an increase" if meeting.step > 0 else "a reduction"
    return voice.pick(
        "decision",
        [
            (
                f"the Committee decided to {verb} the target range for the federal funds rate by "
                f"{size} percentage point to {after}."
            ),
            (
                f"the Committee decided to {verb} the target range for the federal funds rate to "
                f"{after}, {noun} of {size} percentage point."
            ),
            (
                f"the Committee voted today to {verb} the target range for the federal funds rate "
                f"by {size} percentage point, to {after}."
            ),
        ],
    )


def _economy(meeting: Meeting, voice: Voice) -> str:
    orders = meeting.known.get(ORDERS)
    pace = "moderate" if orders is None else _pace(orders[1])
    sentences = [
        voice.pick(
            "pace",
            [
                (
                    f"Recent indicators suggest that economic activity has been expanding at a "
                    f"{pace} pace."
                ),
                (
                    "Information received since the Committee last met indicates that activity has "
                    f"grown at a {pace} rate."
                ),
                f"Economic activity has continued to expand at a {pace} pace.",
            ],
        )
    ]
    if meeting.jobs:
        moved = meeting.jobs.value - meeting.jobs.before(3)
        trend = (
            "has moved up"
            if moved > 0.15
            else "has declined"
            if moved < -0.15
            else "is little changed"
        )
        sentences.append(
            voice.pick(
                "labor",
                [
                    f"The unemployment rate {trend} over recent months.",
                    f"In the labor market, the unemployment rate {trend} on balance.",
                    f"Labor market conditions bear watching, and the unemployment rate {trend}.",
                ],
            )
        )
    if meeting.inflation:
        level = meeting.inflation.change(YEAR)
        place = (
            "remains elevated"
            if level > 3
            else "is running below the 2 percent objective"
            if level < 1.5
            else "is close to the 2 percent objective"
        )
        sentences.append(
            voice.pick(
                "prices",
                [
                    f"Inflation {place}.",
                    f"On a 12-month basis, inflation {place}.",
                    f"Consumer price inflation {place}, energy prices aside.",
                ],
            )
        )
    return " ".join(sentences)


def _pace(orders: float) -> str:
    return "solid" if orders >= 55 else "moderate" if orders >= 50 else "slow"


def _goals(voice: Voice) -> str:
    return voice.pick(
        "goals",
        [
            (
                "The Committee seeks to achieve maximum employment and price stability over the "
                "longer run. In support of these goals,"
            ),
            (
                "Consistent with its statutory mandate, the Committee seeks to foster maximum "
                "employment and price stability. To that end,"
            ),
            (
                "The Committee judges the risks to its employment and inflation goals carefully. "
                "In light of the outlook,"
            ),
        ],
    )


def _guidance(meeting: Meeting, voice: Voice) -> str:
    further = "adjustments" if not meeting.step else "additional adjustments"
    return voice.pick(
        "guidance",
        [
            (
                f"In considering {further} to the target range, the Committee will assess incoming "
                "data, the evolving outlook, and the balance of risks."
            ),
            (
                f"The timing and size of {further} will depend on realized and expected economic "
                "conditions."
            ),
            (
                "The Committee is prepared to adjust the stance of policy as appropriate if risks "
                "emerge that could impede the attainment of its goals."
            ),
        ],
    )
