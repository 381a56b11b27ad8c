"""The forecast, what it is made of, what changed, and what came."""

from __future__ import annotations

import math

import pandas as pd

from app.daybook.content import Chart, Run, Section, Stat, Table, plain
from app.daybook.material import Material
from app.faces import format as written
from app.faces.charts import drivers, history, regimes, steps
from app.faces.day import ANNUAL, LEVELS
from mlrisk.forecast.base import BASELINE

CHANGES, CONTRIBUTIONS, SESSIONS = 8, 12, 250
YEAR = pd.Timedelta(days=365)


def headline(given: Material) -> Section:
    """The forecast and what it is compared with."""
    day, rows = given.day, given.snapshot.predictions
    before = day.rv_5d_hat_before
    so_far = rows[rows["date"] <= day.date]
    stats = [
        Stat(
            "Forecast volatility",
            f"{written.annualised(day.rv_5d_hat)} a year",
            f"{written.move(day.rv_5d_hat)} over five sessions",
        ),
        Stat(
            "Since the session before",
            written.points(None if before is None else ANNUAL * (day.rv_5d_hat - before)),
            "" if before is None else f"from {written.annualised(before)} a year",
        ),
        *(
            Stat(f"{level}% interval", written.between(day.intervals.get(level)), "a year")
            for level in LEVELS
            if level in day.intervals
        ),
        Stat("Implied by the VIX", written.annual(day.implied), "a year, thirty days ahead"),
        Stat("Last twenty sessions", written.annualised(day.rv20), "a year, the RV20 baseline"),
        Stat(
            "Rank",
            f"{written.percentile(day.percentile)} percentile",
            f"of {written.count(len(so_far))} forecasts since "
            f"{written.short_day(so_far['date'].iloc[0])}",
        ),
        Stat(
            "Likeliest regime",
            written.regime(day.likeliest),
            "" if not day.likeliest else written.probability(day.regime_probs[day.likeliest]),
        ),
    ]
    since = f", from {written.annualised(before)} the session before" if before else ""
    line = (
        Run(f"{given.snapshot.version.benchmark} is expected to move with a volatility of "),
        Run(f"{written.annualised(day.rv_5d_hat)} a year", "strong"),
        Run(f" over the five sessions from {written.span(day.ahead)}{since}."),
    )
    return Section("headline", "Forecast", lines=(line,), stats=tuple(stats))


def probabilities(given: Material) -> Section | None:
    """Calm, transition, risk-off."""
    day, before = given.day, given.before
    if not day.regime_probs:
        return None
    earlier = before.regime_probs if before else {}
    rows = tuple(
        (
            written.regime(name),
            written.probability(chance),
            written.probability(earlier.get(name)),
        )
        for name, chance in day.regime_probs.items()
    )
    table = Table(
        "Probabilities of the next five sessions' regime",
        ("regime", "now", "session before"),
        rows,
    )
    chart = Chart("regimes", regimes.probabilities(day), "Probability of each regime")
    return Section("regimes", "Regime of the next five sessions", charts=(chart,), tables=(table,))


def changes(given: Material) -> Section | None:
    """What moved the forecast since the session before."""
    day = given.day
    if day.rv_5d_hat_before is None or day.previous is None or not day.changes:
        return None
    shown = day.changes[:CHANGES]
    rows = [
        (
            steps.label(one.feature),
            written.value(one.before),
            written.value(one.now),
            written.effect(one.effect),
        )
        for one in shown
    ]
    rest = steps.steps(day, CHANGES)[-2]
    if rest.name == steps.OTHER:
        rows.append(
            (f"{len(day.changes) - len(shown)} others", "", "", written.effect(rest.effect))
        )
    refit = " The model was refitted between the two." if day.refitted else ""
    line = plain(
        f"From {written.annualised(day.rv_5d_hat_before)} on {written.day(day.previous)} to "
        f"{written.annualised(day.rv_5d_hat)}. Effects are what each input alone does to "
        f"volatility; they multiply to the whole change.{refit}"
    )
    table = Table(
        "What changed since the session before", ("input", "before", "now", "effect"), tuple(rows)
    )
    chart = Chart(
        "waterfall",
        drivers.waterfall(day, CHANGES),
        "From the forecast of the session before to this one: red raises it, blue lowers it",
    )
    return Section("changes", "What changed", lines=(line,), charts=(chart,), tables=(table,))


def contributions(given: Material) -> Section:
    """What the forecast is made of."""
    day = given.day
    parts = {name: part for name, part in day.contributions.items() if name != BASELINE}
    groups = drivers.by_group(given.snapshot, day)
    line = plain(
        "What each input does to the forecast, alone and against the model's baseline. "
        + ("Largest: " if day.top_drivers else "")
        + ", ".join(
            f"{steps.label(name)} {written.effect(parts.get(name))}" for name in day.top_drivers
        )
        + ("." if day.top_drivers else "")
    )
    table = Table(
        "Effects by kind of information",
        ("kind", "effect"),
        tuple((name, written.effect(part)) for name, part in groups.items()),
    )
    chart = Chart(
        "drivers",
        drivers.contributions(day, CONTRIBUTIONS),
        "Largest effects on the forecast: red raises it, blue lowers it",
    )
    return Section("drivers", "Drivers", lines=(line,), charts=(chart,), tables=(table,))


def past(given: Material) -> Section:
    """The forecast over the last year, as it was known."""
    snapshot, date = given.snapshot, given.day.date
    first = max(date - YEAR, snapshot.market["date"].min())
    charts = [
        Chart(
            "history",
            history.forecast_history(snapshot, date, SESSIONS),
            "Forecasts with their 80% and 90% intervals, what came, and what the VIX implied",
        ),
        Chart(
            "ribbon",
            regimes.ribbon(snapshot, first, date),
            f"{snapshot.version.benchmark} above the discovered regime as published at each close",
        ),
    ]
    if given.day.regime_probs:
        charts.append(
            Chart(
                "risk-off",
                regimes.risk_off_history(snapshot, date, SESSIONS),
                "Probability of risk-off; ticks where it came, as far as it was known",
            )
        )
    return Section("history", "The last year", charts=tuple(charts))


def later(given: Material) -> Section | None:
    """What came; None as long as it is not known."""
    day = given.day
    if day.rv_5d is None or math.isnan(day.rv_5d):
        return None
    stats = [
        Stat(
            "Realised volatility",
            f"{written.annualised(day.rv_5d)} a year",
            f"{written.move(day.rv_5d)} over five sessions",
        )
    ]
    for level, (low, high) in day.intervals.items():
        inside = low <= day.rv_5d <= high
        side = "inside" if inside else "below" if day.rv_5d < low else "above"
        stats.append(Stat(f"{level}% interval", side, written.between((low, high))))
    if day.regime_5d is not None:
        chance = day.regime_probs.get(day.regime_5d)
        stats.append(
            Stat(
                "Regime that came",
                written.regime(day.regime_5d),
                f"forecast with {written.probability(chance)}" if chance is not None else "",
            )
        )
    line = plain(
        f"Known since {written.day(day.ahead[-1])}. Nothing in this section was known at "
        f"{written.moment(day.known_at)}."
    )
    return Section("later", "What came later", lines=(line,), stats=tuple(stats))
