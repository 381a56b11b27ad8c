from __future__ import annotations

import html as entities
import json
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from app.dashboard.roster import PAGES
from app.faces import format as written
from app.faces import freshness
from app.faces.charts import drivers
from app.faces.day import ANNUAL, DayView, view
from app.faces.snapshot import Snapshot
from tests.app.dashboard.conftest import opened, text

DATED = [path for _, path, _ in PAGES if path not in {"contenders", "quality"}]


@pytest.fixture(scope="module")
def day(snapshot: Snapshot) -> DayView:
    """A session in the past, so that what came is known."""
    return view(snapshot, snapshot.predictions["date"].iloc[-60])


def charts(visitor: AppTest) -> list[dict[str, Any]]:
    return [json.loads(one.proto.spec) for one in visitor.get("vega_lite_chart")]


def plain(visitor: AppTest) -> str:
    return entities.unescape(text(visitor))


@pytest.mark.parametrize("path", [path for _, path, _ in PAGES])
def test_page_of_a_session_is_drawn(
    path: str, dashboard: AppTest, snapshot: Snapshot, day: DayView
) -> None:
    seen = opened(dashboard, path, date=day.iso)
    assert not seen.exception
    assert not seen.error
    page, version = plain(seen), snapshot.version
    for fact in (version.dvc_lock[:12], version.git_commit[:12], day.model_version):
        assert fact in page
    assert "simulated data" in page
    if path in DATED:
        assert f"{written.day(day.date)}</h1>" in page
        assert written.moment(day.known_at) in page
        assert seen.date_input(key="picked").value == day.date.date()
    for chart in charts(seen):
        assert len(chart["description"]) > 40, "a chart says in words what it shows"


def test_address_without_a_date_is_of_the_last_session(
    dashboard: AppTest, snapshot: Snapshot
) -> None:
    last = view(snapshot, snapshot.predictions["date"].iloc[-1])
    seen = opened(dashboard, "")
    assert f"{written.day(last.date)}</h1>" in text(seen)
    assert f'id="headline">{written.annualised(last.rv_5d_hat)}<' in text(seen)


def test_today_shows_the_numbers_of_the_session(dashboard: AppTest, day: DayView) -> None:
    page = plain(opened(dashboard, "", date=day.iso))
    assert f'id="headline">{written.annualised(day.rv_5d_hat)}<' in page
    assert f"{written.move(day.rv_5d_hat)} over the five sessions" in page
    for level, bounds in day.intervals.items():
        assert f"{level}% interval {written.between(bounds)}" in page
    for name, chance in day.regime_probs.items():
        assert f"{written.regime(name)}<b>{written.probability(chance)}</b>" in page
    assert day.rv20 is not None
    assert day.rv_5d is not None
    figures = [written.annual(day.implied), written.annualised(day.rv20)]
    figures += [written.annualised(day.rv_5d), written.percentile(day.percentile)]
    figures += [written.annualised(day.rv_5d_hat_before)]
    for figure in figures:
        assert f'mr-value">{figure}<' in page
    change = round(100 * ANNUAL * (day.rv_5d_hat - day.rv_5d_hat_before), 1)
    assert f"{written.points(change / 100)} since {day.previous:%A}" in page


def test_today_lists_every_change_with_its_effect(dashboard: AppTest, day: DayView) -> None:
    page = plain(opened(dashboard, "", date=day.iso))
    assert day.changes
    for change in day.changes:
        assert f">{drivers.label(change.feature)}</td>" in page
        assert f">{change.effect:+.4f}</td>" in page


def test_today_names_inputs_that_are_not_fresh(
    dashboard: AppTest, snapshot: Snapshot, day: DayView
) -> None:
    page = plain(opened(dashboard, "", date=day.iso))
    for one in freshness.inputs(snapshot, day.date):
        assert one.name in page
        assert f">{one.state}</td>" in page


def test_history_shows_no_outcome_that_was_not_known(
    dashboard: AppTest, snapshot: Snapshot, day: DayView
) -> None:
    seen = opened(dashboard, "history", date=day.iso)
    drawn = charts(seen)[0]["layer"][0]["data"]["values"]
    assert drawn[-1]["date"] == day.iso
    assert drawn[-1]["forecast"] == pytest.approx(100 * day.rv_5d_hat_annualized, rel=1e-6)
    assert [row["realized"] for row in drawn[-5:]] == [None] * 5
    levels = snapshot.metrics["intervals"]["levels"]
    assert all(written.share(one["coverage"]) in text(seen) for one in levels.values())


def test_record_that_is_empty_says_how_it_begins(dashboard: AppTest) -> None:
    (told,) = opened(dashboard, "history").info
    assert "`mlrisk publish`" in told.value


def test_contributions_add_up_on_the_page(dashboard: AppTest, day: DayView) -> None:
    page = plain(opened(dashboard, "drivers", date=day.iso))
    for name, part in day.contributions.items():
        assert f">{drivers.label(name)}</td>" in page
        assert f">{part:+.4f}</td>" in page
    assert f"{sum(day.contributions.values()):+.4f}</td>" in page


def test_regimes_end_at_the_session(dashboard: AppTest, day: DayView) -> None:
    seen = opened(dashboard, "regimes", date=day.iso)
    ribbon = next(one for one in charts(seen) if "ribbon" in one["description"])
    assert max(row["date"] for row in ribbon["layer"][0]["data"]["values"]) == day.iso


def test_contenders_show_every_loss(dashboard: AppTest, snapshot: Snapshot) -> None:
    page = plain(opened(dashboard, "contenders"))
    for name, figures in snapshot.metrics["forecast"]["contenders"].items():
        assert f">{name}</td>" in page
        assert f">{written.loss(figures['qlike'])}</td>" in page


def test_quality_shows_every_check_and_symbol(dashboard: AppTest, snapshot: Snapshot) -> None:
    page = plain(opened(dashboard, "quality"))
    for name in snapshot.metrics["data_quality"]["checks"]:
        assert f">{name.replace('_', ' ')}</td>" in page
    for symbol in snapshot.market["symbol"].unique():
        assert f">{symbol}</td>" in page


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("2023-01-01", "there is no forecast of that date"),
        ("1999-12-31", "there is no forecast of that date"),
        ("tomorrow", "expected a date such as"),
        ("<script>alert(1)</script>", "expected a date such as"),
    ],
)
def test_wrong_date_says_what_to_do(
    asked: str, told: str, dashboard: AppTest, snapshot: Snapshot
) -> None:
    seen = opened(dashboard, "regimes", date=asked)
    assert not seen.exception
    assert told in seen.error[0].value
    offered = [one for one in seen.button if one.key and one.key.startswith("mr-20")]
    assert offered
    seen = offered[-1].click().run()
    assert not seen.error
    date = pd.Timestamp(seen.query_params["date"])
    assert date in set(snapshot.predictions["date"])
    assert f"{written.day(date)}</h1>" in text(seen)


def test_neighbours_and_the_last_session_are_a_click_away(
    dashboard: AppTest, day: DayView, snapshot: Snapshot
) -> None:
    seen = opened(dashboard, "", date=day.iso)
    seen = seen.button(key="mr-before").click().run()
    assert seen.query_params["date"] == f"{day.previous:%Y-%m-%d}"
    seen = seen.button(key="mr-after").click().run()
    assert seen.query_params["date"] == day.iso
    seen = seen.button(key="mr-last").click().run()
    assert seen.query_params["date"] == snapshot.version.as_of
    assert [one.key for one in seen.button if one.key in {"mr-after", "mr-last"}] == []


def test_picked_date_becomes_the_address(dashboard: AppTest, day: DayView) -> None:
    seen = opened(dashboard, "")
    seen = seen.date_input(key="picked").set_value(day.date.date()).run()
    assert seen.query_params["date"] == day.iso
    assert f"{written.day(day.date)}</h1>" in text(seen)


def test_links_to_other_pages_keep_the_session(dashboard: AppTest, day: DayView) -> None:
    links = opened(dashboard, "", date=day.iso).get("page_link")
    assert [one.proto.page for one in links] == [path for _, path, _ in PAGES]
    assert {one.proto.query_string for one in links} == {f"date={day.iso}"}
