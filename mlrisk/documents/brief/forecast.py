"""What the models say of the coming five sessions, and what changed since the session before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mlrisk.documents.brief.bullets import Bullet, stated
from mlrisk.documents.brief.day import RV20, Day
from mlrisk.documents.brief.figures import Facts, Figure, figure
from mlrisk.documents.brief.words import feature, together

FORECAST, CHANGES = "Forecast", "Since {weekday}"
REGIMES = ("calm", "transition", "risk_off")
MOST_MOVERS = 3


def facts_of(days: Iterable[Day | None]) -> dict[tuple[str, str], float]:
    """Every value of some days, by field and date."""
    return {(name, day.iso): value for day in days if day for name, value in day.values.items()}


def headline(day: Day, before: Day | None) -> Bullet:
    """The forecast and the likeliest regime, in a sentence or two."""
    facts = facts_of([day, before])
    now = figure(facts, "rv_5d_hat", day.iso, "annualised")
    figures, text = [now], "Volatility of {} a year is expected over the next five sessions"
    if before:
        then = figure(facts, "rv_5d_hat", before.iso, "annualised")
        if then.text == now.text:
            text += f", as on {_weekday(before)}"
        else:
            figures.append(then)
            text += f", {_direction(now, then)} from {{}} on {_weekday(before)}"
    likeliest = _likeliest(day)
    if likeliest:
        chance = figure(facts, f"regime_probs.{likeliest}", day.iso, "probability")
        figures.append(chance)
        text += f". The likeliest regime is {_said(likeliest)}, at {{}}"
    return stated("Headline", f"{text}.", figures)


def forecast(day: Day) -> list[Bullet]:
    """Volatility, its intervals, what it is beside, the regimes, and the drivers of both."""
    facts = facts_of([day])
    volatility = [figure(facts, "rv_5d_hat", day.iso, unit) for unit in ("move", "annualised")]
    found = [
        stated(
            FORECAST,
            "Expected volatility of the next five sessions: {}, which is {} a year.",
            volatility,
        ),
        *_intervals(day, facts),
    ]
    if (RV20, day.iso) in facts:
        past = figure(facts, RV20, day.iso, "per_cent")
        side = _side(float(volatility[1].text[:-1]), float(past.text[:-1]))
        found.append(
            stated(
                FORECAST,
                f"The last twenty sessions had {{}} a year: the forecast is {side}.",
                [past],
            )
        )
    chances = _chances(day, facts)
    if chances:
        listed = together([f"{_said(name)} {{}}" for name in REGIMES])
        found.append(
            stated(
                FORECAST, f"Regime of the next five sessions: {listed}.", chances, "regime_probs"
            )
        )
    found += _drivers(
        day, facts, "top_drivers", day.drivers, "effect", "Largest effects on the forecast"
    )
    found += _drivers(
        day,
        facts,
        "regime_drivers",
        day.regime_drivers,
        "odds",
        "Largest effects on the odds of risk-off",
    )
    return found


def changes(day: Day, before: Day | None) -> list[Bullet]:
    """What moved since the session before, and what moved it; nothing before the second one."""
    if before is None:
        return []
    facts, section = facts_of([day, before]), CHANGES.format(weekday=_weekday(before))
    then, now = (figure(facts, "rv_5d_hat", one.iso, "annualised") for one in (before, day))
    if then.text == now.text:
        found = [stated(section, "The forecast is the same: {} a year.", [now])]
    else:
        found = [stated(section, "Forecast: from {} to {} a year.", [then, now])]
    old, new = _chances(before, facts), _chances(day, facts)
    if old and new:
        parts, figures = [], []
        for name, then, now in zip(REGIMES, old, new, strict=True):
            same = then.text == now.text
            parts.append(f"{_said(name)} {'still {}' if same else 'from {} to {}'}")
            figures += [now] if same else [then, now]
        found.append(stated(section, f"Regime: {together(parts)}.", figures, "regime_probs"))
    found += _movers(day, before, facts, section)
    for name, kind in (("model_version", "volatility"), ("regime_model_version", "regime")):
        if getattr(day, name) != getattr(before, name):
            found.append(
                stated(section, f"The {kind} model was fitted anew: part of the change.", [], name)
            )
    return found


def _intervals(day: Day, facts: Facts) -> list[Bullet]:
    bounds = [f"rv_5d_{bound}" for bound in ("lo_80", "hi_80", "lo_90", "hi_90")]
    if any((name, day.iso) not in facts for name in bounds):
        return []
    figures = [figure(facts, name, day.iso, "annualised") for name in bounds]
    text = "Four times in five it comes out between {} and {} a year, nine times in ten between "
    return [stated(FORECAST, text + "{} and {}.", figures)]


def _chances(day: Day, facts: Facts) -> list[Figure]:
    names = [f"regime_probs.{name}" for name in REGIMES]
    if any((name, day.iso) not in facts for name in names):
        return []
    return [figure(facts, name, day.iso, "probability") for name in names]


def _drivers(
    day: Day, facts: Facts, field: str, features: Sequence[str], unit: str, lead: str
) -> list[Bullet]:
    if not features:
        return []
    known = [name for name in features if (f"{field}.{name}", day.iso) in facts]
    if len(known) < len(features):
        listed = together([feature(name) for name in features])
        return [stated(FORECAST, f"{lead}: {listed}.", [], field)]
    listed = together([f"{feature(name)} {{}}" for name in features])
    figures = [figure(facts, f"{field}.{name}", day.iso, unit) for name in features]
    return [stated(FORECAST, f"{lead}, each alone: {listed}.", figures, field)]


def _movers(day: Day, before: Day, facts: Facts, section: str) -> list[Bullet]:
    """The features whose effects differ most; ties go to the one that comes first."""
    shared = [name for name in day.values if name.startswith("contributions.")]
    shared = [name for name in shared if name in before.values]
    order = sorted(shared, key=lambda name: -abs(day.values[name] - before.values[name]))
    listed, figures = [], []
    for name in order[:MOST_MOVERS]:
        then, now = (figure(facts, name, one.iso, "effect") for one in (before, day))
        if then.text != now.text:
            listed.append(f"{feature(name.partition('.')[2])} from {{}} to {{}}")
            figures += [then, now]
    if not figures:
        return []
    text = f"What moved it most, each by its effect on the forecast: {together(listed)}."
    return [stated(section, text, figures, "contributions")]


def _likeliest(day: Day) -> str | None:
    known = {name: day.values.get(f"regime_probs.{name}") for name in REGIMES}
    chances = {name: chance for name, chance in known.items() if chance is not None}
    return max(chances, key=lambda name: chances[name]) if len(chances) == len(REGIMES) else None


def _direction(now: Figure, then: Figure) -> str:
    return "up" if float(now.text[:-1]) > float(then.text[:-1]) else "down"


def _side(now: float, past: float) -> str:
    if now == past:
        return "the same"
    return "above that" if now > past else "below that"


def _said(regime: str) -> str:
    return regime.replace("_", "-")


def _weekday(day: Day) -> str:
    return f"{day.date:%A}"
