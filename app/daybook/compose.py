"""The content of a report: which sections it has, and in which order."""

from __future__ import annotations

from app.daybook import facts
from app.daybook.content import Content
from app.daybook.material import Material
from app.daybook.sections import forecast, grounds
from app.faces import format as written

SIMULATED = "simulated"
NOTICE = (
    "Simulated data: prices, releases and documents come from the embedded simulation. Nothing "
    "here is about a real market."
)


def compose(given: Material) -> Content:
    """The report of a session.

    Warnings
    --------
    Nothing in it was unknown at the information time of the session but the section ``later``,
    which is not there as long as it would be empty, and the provenance, which is of the run.
    """
    day, version = given.day, given.snapshot.version
    found = (
        forecast.changes(given),
        forecast.probabilities(given),
        forecast.contributions(given),
        forecast.past(given),
        grounds.brief(given),
        grounds.track_record(given),
        grounds.freshness(given),
        grounds.model(given),
        forecast.later(given),
        grounds.provenance(given),
    )
    return Content(
        title=f"{version.benchmark} volatility after the close of {written.day(day.date)}",
        subtitle=(
            f"For the five sessions from {written.span(day.ahead)}, as known on "
            f"{written.moment(day.known_at)}"
        ),
        benchmark=version.benchmark,
        date=day.date,
        known_at=day.known_at,
        notice=NOTICE if version.source == SIMULATED else "",
        headline=forecast.headline(given),
        sections=tuple(one for one in found if one is not None),
        facts=(*facts.known(given), *facts.later(given), *facts.provenance(given)),
    )
