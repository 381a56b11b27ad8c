"""What a forecast rests on: documents, its record, its inputs, its models, its run."""

from __future__ import annotations

from itertools import groupby

import pandas as pd

from app.daybook.content import Chart, Line, Points, Run, Section, Source, Table, plain, runs
from app.daybook.material import Material
from app.daybook.skill import Skill, skill
from app.faces import format as written
from app.faces.charts import history
from app.faces.day import LEVELS
from app.faces.freshness import Input

SESSIONS = 250


def brief(given: Material) -> Section:
    """The daily brief, with the passages it cites."""
    told = given.brief
    headline, *bullets = told["bullets"]
    first = Points("", ((Run(headline["text"], "strong"), *_fields(headline["fields"])),))
    points = tuple(
        Points(
            title,
            tuple((*runs(one["text"], one["citations"]), *_fields(one["fields"])) for one in own),
        )
        for title, own in groupby(bullets, key=lambda one: str(one["section"]))
    )
    sources = tuple(
        Source(
            number=number,
            title=one["title"],
            published=written.moment(pd.Timestamp(one["published_at"])),
            url=one["url"],
            quote=one["quote"],
        )
        for number, one in enumerate(told["citations"], 1)
    )
    return Section("brief", "The brief", points=(first, *points), sources=sources)


def _fields(names: list[str]) -> Line:
    if not names:
        return ()
    return (Run(" ("), *_joined([Run(name, "code") for name in names]), Run(")"))


def _joined(parts: list[Run]) -> Line:
    return tuple(run for part in parts for run in (Run(", "), part))[1:]


def track_record(given: Material) -> Section:
    """How the forecasts did: those on record, and the walk-forward's."""
    snapshot, date = given.snapshot, given.day.date
    rows = []
    scores = (skill(snapshot, date, SESSIONS), skill(snapshot, date))
    for name, found in zip(("last year of outcomes", "all outcomes"), scores, strict=True):
        if found:
            rows.append((name, *_scores(found)))
    known = given.published.dropna(subset=["running_n"])
    lines = [_published_line(given, known)]
    charts = []
    if len(known):
        last = known.sort_values("running_n").iloc[-1]
        n, own, base = (last[f"running_{name}"] for name in ("n", "qlike", "qlike_rv20"))
        inside = [written.share(_share(known[f"within_{level}"])) for level in LEVELS]
        rows.insert(
            0,
            (
                "published in time",
                written.count(float(n)),
                written.loss(float(own)),
                written.loss(float(base)),
                _relative(float(own) / float(base) - 1),
                *inside,
            ),
        )
    if len(known) > 1:
        charts.append(
            Chart(
                "record",
                history.track_record(given.published),
                "Mean QLIKE of the published forecasts so far, beside RV20",
            )
        )
    head = ("forecasts", "n", "QLIKE", "RV20", "against RV20", "in 80%", "in 90%")
    table = Table("Losses, lower is better, and coverage of the intervals", head, tuple(rows))
    return Section(
        "record",
        "Track record",
        lines=tuple(lines),
        charts=tuple(charts),
        tables=(table,) if rows else (),
    )


def _published_line(given: Material, known: pd.DataFrame) -> Line:
    if given.published.empty:
        text = "No forecast of this series was on record by then."
    else:
        text = (
            f"{written.count(len(given.published))} forecasts were on record by then, "
            f"{written.count(len(known))} of them published in time and with a known outcome."
        )
    return plain(f"{text} The walk-forward's are out of sample, each of the fit of its time.")


def _share(values: pd.Series) -> float | None:
    known = values.dropna()
    return float(known.astype(float).mean()) if len(known) else None


def _scores(found: Skill) -> tuple[str, ...]:
    return (
        written.count(found.n),
        written.loss(found.qlike),
        written.loss(found.qlike_rv20),
        _relative(found.against_rv20),
        *(written.share(found.within.get(level)) for level in LEVELS),
    )


def _relative(value: float) -> str:
    return f"{round(100 * value, 1) + 0.0:+.1f}%"


def freshness(given: Material) -> Section:
    """How old each input was."""
    counted = {
        state: [one.name for one in given.inputs if one.state == state]
        for state in ("late", "missing")
    }
    stale = [f"{state.title()}: {', '.join(names)}." for state, names in counted.items() if names]
    line = plain(" ".join(stale) or "Every input was fresh.")
    # Sectors, which are many, share a line where they are equally old.
    alike = groupby(given.inputs, key=lambda one: one.name if one.role != "sector" else one.last)
    rows = tuple(_input([*group]) for _, group in alike)
    head = ("input", "used as", "state", "last value or release", "sessions old")
    table = Table("Inputs as of the close", head, rows, text_columns=4)
    return Section("freshness", "Freshness of the inputs", lines=(line,), tables=(table,))


def _input(alike: list[Input]) -> tuple[str, ...]:
    one = alike[0]
    return (
        ", ".join(each.name for each in alike),
        one.role.replace("_", " ") + ("s" if len(alike) > 1 else ""),
        one.state,
        written.short_day(one.last) if one.kind == "market" else written.moment(one.last),
        written.NONE if one.age is None else str(one.age),
    )


def model(given: Material) -> Section:
    """Which models made the forecast."""
    day, version = given.day, given.snapshot.version
    rows = [
        ("volatility", version.model, day.model_version),
        ("regimes", version.regime_model, day.regime_model_version),
    ]
    tables = [
        Table(
            "Models; a version is the hash of what was fitted",
            ("forecast of", "model", "version"),
            tuple(rows),
            text_columns=3,
        )
    ]
    for name, weights in (("volatility", given.weights), ("regimes", given.regime_weights)):
        if weights:
            tables.append(
                Table(
                    f"Members of the {name} model",
                    ("member", "weight"),
                    tuple((member, f"{weight:.3f}") for member, weight in weights.items()),
                )
            )
    if day.previous is None:
        refit = "This is its first forecast."
    elif day.refitted:
        refit = "It was refitted since the session before."
    else:
        refit = "It is the fit of the session before."
    every = given.snapshot.settings.backtest.refit_every
    line = plain(
        "The volatility model forecasts the means of variance and of volatility of the next five "
        f"sessions and is additive in log variance. It is refitted every {every} sessions, each "
        f"time with outcomes that were known by then. {refit}"
    )
    return Section("model", "Model card", lines=(line,), tables=tuple(tables))


def provenance(given: Material) -> Section:
    """What the numbers were made with, and how to make them again."""
    version = given.snapshot.version
    commit = version.git_commit or written.NONE
    rows = (
        ("git commit", commit),
        ("dvc.lock, SHA-256", version.dvc_lock),
        ("source of the data", version.source),
        ("last session of the run", version.as_of),
        ("dvc.lock is the commit's", "yes" if given.committed else "no"),
    )
    lines = []
    if not given.committed:
        lines.append(
            plain(
                "The outputs are not those of the commit: to make them again, commit what was "
                "changed, or take the commit whose dvc.lock has this hash."
            )
        )
    checkout = [f"git checkout {version.git_commit}"] if version.git_commit else []
    code = (*checkout, "mlrisk run", f"mlrisk report --date {given.day.iso}")
    return Section(
        "provenance",
        "Provenance, and how to make it again",
        lines=tuple(lines),
        tables=(Table("What it was made with", ("", ""), rows, text_columns=2),),
        code=code,
    )
