"""The report says what the day says, and of an earlier day nothing that was not known then."""

from __future__ import annotations

import csv as csv_of
import dataclasses
import io

import numpy as np
import pandas as pd
import pytest
from lxml import html as parser

from app import assistant
from app.daybook import csv, html, pdf
from app.daybook.compose import NOTICE, compose
from app.daybook.content import Content, runs
from app.daybook.material import Material, gather
from app.daybook.skill import skill
from app.faces import format as written
from app.faces.day import LEVELS, view
from app.faces.snapshot import Snapshot
from mlrisk import contracts, store
from mlrisk.documents.assemble import Desk, assemble
from mlrisk.evaluation.losses import qlike
from tests.app.daybook.conftest import text_of
from tests.app.later import as_it_was

OF_THE_RUN = ("later", "provenance")


def values(content: Content) -> dict[tuple[str, str, str], str]:
    rows = csv_of.DictReader(io.StringIO(csv.render(content).decode()))
    return {(row["section"], row["name"], row["field"]): row["value"] for row in rows}


def figures(material: Material) -> list[str]:
    """What is to be read of a day in every format, as it is written."""
    day = material.day
    assert day.rv_5d is not None
    return [
        written.annualised(day.rv_5d_hat),
        written.move(day.rv_5d_hat),
        written.annualised(day.rv_5d_hat_before),
        *(written.between(day.intervals[level]) for level in LEVELS),
        written.annual(day.implied),
        written.annualised(day.rv20),
        f"{written.percentile(day.percentile)} percentile",
        *(written.probability(chance) for chance in day.regime_probs.values()),
        *(written.effect(change.effect) for change in day.changes[:8]),
        *(written.value(change.now) for change in day.changes[:8]),
        *(written.effect(day.contributions[name]) for name in day.top_drivers),
        day.model_version,
        day.regime_model_version,
        written.annualised(day.rv_5d),
        material.snapshot.version.dvc_lock,
        NOTICE,
    ]


def test_page_and_print_state_the_figures_of_the_day(
    material: Material, page: bytes, printed: bytes
) -> None:
    shown = " ".join(parser.fromstring(page).text_content().split())
    on_paper = text_of(printed)
    for figure in figures(material):
        assert figure in shown, figure
        # Hashes are broken over lines by the reader of the PDF, if at all.
        assert figure.replace(" ", "") in on_paper.replace(" ", ""), figure


def test_the_csv_holds_every_value_as_it_is_stored(material: Material, content: Content) -> None:
    day, found = material.day, values(content)
    of_forecast = ("forecast", material.snapshot.version.benchmark)
    for field in ("rv_5d_hat", "var_5d_hat", "rv_5d_hat_annualized", "rv20", "percentile"):
        assert float(found[*of_forecast, field]) == getattr(day, field)
    for level, (low, high) in day.intervals.items():
        assert float(found["interval", str(level), "low"]) == low
        assert float(found["interval", str(level), "high"]) == high
    for name, chance in day.regime_probs.items():
        assert float(found["regime", name, "probability"]) == chance
    for change in day.changes:
        assert float(found["change", change.feature, "effect"]) == change.effect
    for name, part in day.contributions.items():
        assert float(found["contribution", name, "log_variance"]) == part
    weights = [float(value) for key, value in found.items() if key[::2] == ("weight", "volatility")]
    assert sum(weights) == pytest.approx(1, abs=1e-5)
    assert float(found["later", "outcome", "rv_5d"]) == day.rv_5d


def test_the_same_day_twice_is_the_same_bytes(
    snapshot: Snapshot, date: pd.Timestamp, page: bytes, printed: bytes, content: Content
) -> None:
    again = compose(gather(snapshot, date))
    assert html.render(again) == page
    assert pdf.render(again) == printed
    assert csv.render(again) == csv.render(content)


def known_then(content: Content) -> Content:
    """Without the section of what came later, and without what is of the run."""
    return dataclasses.replace(
        content,
        sections=tuple(one for one in content.sections if one.key not in OF_THE_RUN),
        facts=tuple(one for one in content.facts if one.section not in OF_THE_RUN),
    )


def desk_of(snapshot: Snapshot, earlier: Snapshot) -> Desk:
    """The documents of a run as they were at an earlier session."""
    root, settings = snapshot.root, assistant.settings(snapshot.root)
    chunks = store.read(contracts.DOCS_CHUNKS.at(str(root / contracts.DOCS_CHUNKS.path)))
    chunks = chunks[chunks["doc_id"].isin(earlier.documents["doc_id"])].reset_index(drop=True)
    groups = ("index", "retrieval", "answer")
    given = {name: getattr(settings, name).model_dump() for name in groups}
    return assemble(earlier.documents, chunks, {}, **given)


def test_what_came_later_changes_no_byte_but_its_own_section(
    snapshot: Snapshot, date: pd.Timestamp, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = as_it_was(snapshot, date)
    assert len(earlier.documents) < len(snapshot.documents)
    monkeypatch.setattr(assistant, "load", lambda _: desk_of(snapshot, earlier))
    then = compose(gather(earlier, date))
    assert "later" not in [one.key for one in then.sections]
    assert "later" in [one.key for one in content.sections]
    for render in (html.render, pdf.render, csv.render):
        assert render(known_then(then)) == render(known_then(content))


def test_a_first_session_has_no_change_and_an_open_one_no_outcome(snapshot: Snapshot) -> None:
    dates = snapshot.predictions["date"]
    first, last = (compose(gather(snapshot, date)) for date in (dates.iloc[0], dates.iloc[-1]))
    assert "changes" not in [one.key for one in first.sections]
    assert "later" not in [one.key for one in last.sections]
    assert b"This is its first forecast." in html.render(first)
    assert "This is its first forecast." in text_of(pdf.render(first))


def test_scores_are_of_outcomes_that_were_known(snapshot: Snapshot, date: pd.Timestamp) -> None:
    found = skill(snapshot, date)
    last = skill(snapshot, date, 3)
    assert found is not None
    assert last is not None
    rows = snapshot.predictions
    known = rows[rows["date"] <= date].iloc[:-5]
    assert (found.n, found.last) == (len(known), known["date"].iloc[-1])
    days = [view(snapshot, one) for one in known["date"].tail(3)]
    came, hat, base = (
        np.array([getattr(day, name) for day in days]) for name in ("rv_5d", "var_5d_hat", "rv20")
    )
    assert last.qlike == pytest.approx(qlike(came**2, hat).mean())
    assert last.qlike_rv20 == pytest.approx(qlike(came**2, base**2).mean(), rel=1e-6)
    inside = [
        day.intervals[80][0] <= day.rv_5d <= day.intervals[80][1] for day in days if day.rv_5d
    ]
    assert last.within[80] == pytest.approx(sum(inside) / 3)
    assert skill(snapshot, rows["date"].iloc[0]) is None


def test_only_the_briefs_own_markup_is_markup() -> None:
    line = runs("**A.** `x` [1] [7] *b* <i>", [1])
    assert [(run.text, run.kind) for run in line] == [
        ("A.", "strong"),
        (" ", "plain"),
        ("x", "code"),
        (" ", "plain"),
        ("1", "cite"),
        (" [7] *b* <i>", "plain"),
    ]
