"""Charts show the numbers of the tables, and of an earlier date only what was known then."""

from __future__ import annotations

import math
from collections import defaultdict

import pandas as pd
import pytest

from app.faces.charts import contenders, drivers, history, intervals, regimes
from app.faces.day import ANNUAL, view
from app.faces.snapshot import Snapshot
from mlrisk.documents.brief.figures import HORIZON
from mlrisk.forecast.base import BASELINE
from tests.app.later import as_it_was

YEAR = pd.Timedelta(days=365)


@pytest.fixture(params=[40, 200, 374])
def date(snapshot: Snapshot, request: pytest.FixtureRequest) -> pd.Timestamp:
    return snapshot.predictions["date"].iloc[request.param]


def test_what_came_later_changes_no_chart_of_a_date(snapshot: Snapshot, date: pd.Timestamp) -> None:
    then = as_it_was(snapshot, date)
    assert history.forecast_history(snapshot, date) == history.forecast_history(then, date)
    assert regimes.risk_off_history(snapshot, date) == regimes.risk_off_history(then, date)
    now, before = (regimes.ribbon(run, date - YEAR, date) for run in (snapshot, then))
    assert now == before
    now, before = (drivers.waterfall(view(run, date)) for run in (snapshot, then))
    assert now == before


def test_history_shows_outcomes_as_far_as_they_were_known(
    snapshot: Snapshot, date: pd.Timestamp
) -> None:
    table = history.history(snapshot, date, 30)
    assert table["date"].iloc[-1] == date
    assert table["realized"].iloc[-HORIZON:].isna().all()
    for row in table.iloc[:-HORIZON].to_dict("records"):
        day = view(snapshot, row["date"])
        assert row["forecast"] == pytest.approx(100 * ANNUAL * day.rv_5d_hat, rel=1e-12)
        assert row["realized"] == pytest.approx(100 * ANNUAL * (day.rv_5d or math.nan))
        assert row["implied"] == pytest.approx(100 * (day.implied or math.nan))


def test_the_record_is_shown_as_its_lines_say() -> None:
    record = pd.DataFrame(
        {
            "date": pd.to_datetime(["2023-01-05", "2023-01-03", "2023-01-04"]),
            "running_n": pd.array([2, 1, None], dtype="Int64"),
            "running_qlike": [0.35, 0.3, None],
            "running_qlike_rv20": [0.45, 0.5, None],
        }
    )
    rows = history.track_record(record)["data"]["values"]
    shown = [(row["date"], row["series"], row["value"], row["n"]) for row in rows]
    assert shown == [
        ("2023-01-03", "published forecasts", 0.3, 1),
        ("2023-01-05", "published forecasts", 0.35, 2),
        ("2023-01-03", "RV20", 0.5, 1),
        ("2023-01-05", "RV20", 0.45, 2),
    ]


def test_contributions_and_groups_hold_the_whole_forecast(
    snapshot: Snapshot, date: pd.Timestamp
) -> None:
    day = view(snapshot, date)
    whole = math.fsum(part for name, part in day.contributions.items() if name != BASELINE)
    for spec in (drivers.contributions(day), drivers.groups_of_day(snapshot, day)):
        parts = [2 * math.log1p(row["effect"] / 100) for row in spec["data"]["values"]]
        assert math.fsum(parts) == pytest.approx(whole, abs=1e-6)
    named = [row["name"] for row in drivers.contributions(day, 3)["data"]["values"]]
    assert named[:3] == [drivers.label(name) for name in day.top_drivers]


def test_probabilities_are_those_of_the_day(snapshot: Snapshot, date: pd.Timestamp) -> None:
    day = view(snapshot, date)
    rows = regimes.probabilities(day)["data"]["values"]
    assert [row["percent"] for row in rows] == pytest.approx(
        [100 * chance for chance in day.regime_probs.values()]
    )


def test_the_ribbon_covers_every_session_with_the_cluster_of_its_close(
    snapshot: Snapshot, date: pd.Timestamp
) -> None:
    spec = regimes.ribbon(snapshot, date - YEAR, date)
    rows, spells = spec["data"]["values"], spec["layer"][0]["data"]["values"]
    published = snapshot.clusters.set_index("date")["regime_cluster_id"]
    names = regimes.cluster_names(3)
    for row in rows[:-1]:
        within = [one for one in spells if one["date"] <= row["date"] < one["until"]]
        assert [one["cluster"] for one in within] == [row["cluster"]]
        assert row["cluster"] == names[int(published[row["date"]])]
    assert rows[-1]["date"] == f"{date:%Y-%m-%d}" == spells[-1]["until"]


def test_losses_are_those_of_the_metrics_with_the_confidence_set(snapshot: Snapshot) -> None:
    found = snapshot.metrics["forecast"]
    rows = contenders.losses(snapshot)["data"]["values"]
    assert {row["contender"]: row["qlike"] for row in rows} == {
        name: figures["qlike"] for name, figures in found["contenders"].items()
    }
    assert [row["qlike"] for row in rows] == sorted(row["qlike"] for row in rows)
    within = {row["contender"] for row in rows if row["within"] == contenders.BEST}
    judged = found["superiority"]["confidence_set"]["all"]
    assert within == {name for name, one in judged.items() if one["included"]}


def test_plots_of_the_run_are_shown_as_they_are(snapshot: Snapshot) -> None:
    plots = snapshot.plots
    ends = contenders.cumulative_difference(snapshot)["data"]["values"]
    last: dict[str, float] = {row["rival"]: row["difference"] for row in ends}
    expected = plots["evaluate/cumulative_difference"].groupby("rival")["difference"].last()
    assert last == pytest.approx(expected.to_dict())

    bins = regimes.reliability(snapshot)["data"]["values"]
    served = plots["regimes/reliability"].query("contender == 'served'")
    assert [one["observed"] for one in bins] == pytest.approx(served["observed"].tolist())

    cells = regimes.transition_matrix(snapshot)["data"]["values"]
    rows: dict[str, float] = defaultdict(float)
    for cell in cells:
        rows[cell["today"]] += cell["percent"]
    assert list(rows.values()) == pytest.approx([100] * len(rows), abs=0.01)

    bars = intervals.pit(snapshot)["data"]["values"]
    assert math.fsum(bar["density"] * (bar["high"] - bar["low"]) for bar in bars) == pytest.approx(
        1
    )
