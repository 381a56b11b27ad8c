"""The values of a report as they are stored, for the CSV: the same ones that the page rounds."""

from __future__ import annotations

import math

from app.daybook.content import Fact, facts
from app.daybook.material import Material
from app.daybook.skill import skill
from app.faces.day import ANNUAL


def known(given: Material) -> list[Fact]:
    """Everything that was known at the close."""
    day = given.day
    found = facts(
        "forecast",
        given.snapshot.version.benchmark,
        {
            "date": day.iso,
            "known_at": f"{day.known_at:%Y-%m-%dT%H:%M:%SZ}",
            "first_session": f"{day.ahead[0]:%Y-%m-%d}",
            "last_session": f"{day.ahead[-1]:%Y-%m-%d}",
            "rv_5d_hat": day.rv_5d_hat,
            "var_5d_hat": day.var_5d_hat,
            "rv_5d_hat_annualized": day.rv_5d_hat_annualized,
            "rv_5d_hat_before": day.rv_5d_hat_before,
            "rv20": day.rv20,
            "rv20_annualized": None if day.rv20 is None else day.rv20 * ANNUAL,
            "vix_implied_annualized": day.implied,
            "percentile": day.percentile,
            "likeliest_regime": day.likeliest,
            "refitted": day.refitted,
        },
    )
    for level, (low, high) in day.intervals.items():
        found += facts("interval", str(level), {"low": low, "high": high})
    for name, chance in day.regime_probs.items():
        found.append(Fact("regime", name, "probability", chance))
    for change in day.changes:
        found += facts(
            "change",
            change.feature,
            {"before": _none(change.before), "now": _none(change.now), "effect": change.effect},
        )
    for name, part in day.contributions.items():
        found.append(Fact("contribution", name, "log_variance", part))
    for name, part in day.regime_contributions.items():
        found.append(Fact("contribution", name, "log_odds_of_risk_off", part))
    for one in given.inputs:
        found += facts(
            "input",
            one.name,
            {
                "role": one.role,
                "last": None if one.last is None else one.last.isoformat(),
                "age_sessions": one.age,
                "state": one.state,
            },
        )
    score = skill(given.snapshot, day.date)
    if score:
        found += facts(
            "walk_forward",
            "all outcomes known",
            {
                "n": score.n,
                "qlike": score.qlike,
                "qlike_rv20": score.qlike_rv20,
                **{f"within_{level}": share for level, share in score.within.items()},
            },
        )
    found += facts(
        "model",
        "volatility",
        {"name": given.snapshot.version.model, "version": day.model_version},
    )
    found += facts(
        "model",
        "regimes",
        {"name": given.snapshot.version.regime_model, "version": day.regime_model_version},
    )
    found += [Fact("weight", name, "volatility", one) for name, one in given.weights.items()]
    return found + [
        Fact("weight", name, "regimes", one) for name, one in given.regime_weights.items()
    ]


def later(given: Material) -> list[Fact]:
    """What came; nothing as long as it is not known."""
    day = given.day
    if day.rv_5d is None:
        return []
    return facts("later", "outcome", {"rv_5d": day.rv_5d, "regime_5d": day.regime_5d})


def provenance(given: Material) -> list[Fact]:
    """What the numbers were made with."""
    version = given.snapshot.version
    return facts(
        "provenance",
        "run",
        {
            "git_commit": version.git_commit,
            "dvc_lock": version.dvc_lock,
            "committed": given.committed,
            "source": version.source,
            "as_of": version.as_of,
        },
    )


def _none(value: float) -> float | None:
    return None if math.isnan(value) else value
