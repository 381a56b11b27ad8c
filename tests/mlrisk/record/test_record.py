from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk.calendar import sessions
from mlrisk.evaluation import losses
from mlrisk.record import chain
from mlrisk.record.events import Forecast, Intervals, Realisation
from mlrisk.record.ledger import Outcome, covered, loss, outcome_known
from mlrisk.record.record import COLUMNS, Record
from mlrisk.record.verification import verify
from tests.mlrisk.record.world import (
    DAYS,
    SERIES,
    events,
    lived,
    outcomes,
    publication,
    published,
    statement,
)

LIVED = lived(DAYS[:15])


def record(data: bytes) -> Record:
    return Record(tuple(events(data)))


def realisations(data: bytes) -> list[Realisation]:
    return [event for event in events(data) if isinstance(event, Realisation)]


def test_every_session_has_its_forecast_and_what_came_of_it() -> None:
    table = record(LIVED).table(SERIES)
    assert table["date"].tolist() == [pd.Timestamp(day) for day in DAYS[:15]]
    assert not table["late"].any()
    assert table["rv_5d"].notna().tolist() == [True] * 10 + [False] * 5
    assert verify(events(LIVED)) == []


def test_running_figures_are_the_mean_losses_so_far() -> None:
    table = record(LIVED).table().dropna(subset="rv_5d")
    for hat, name in (("var_5d_hat", "qlike"), ("var_5d_rv20", "qlike_rv20")):
        own = losses.qlike(table["rv_5d"].to_numpy() ** 2, table[hat].to_numpy())
        np.testing.assert_allclose(table[name], own, atol=1e-8)
        np.testing.assert_allclose(
            table[f"running_{name}"], np.cumsum(own) / np.arange(1, 11), atol=2e-8
        )
    assert table["running_n"].tolist() == list(range(1, 11))


@given(st.integers(1, 14), st.floats(0.2, 5))
@settings(max_examples=20)
def test_what_comes_later_changes_no_line(cut: int, scale: float) -> None:
    """Outcomes that are not known yet are given and must not be looked at."""
    future = {**outcomes(), **outcomes(DAYS[cut:], scale)}
    before = lived(DAYS[:cut], future)
    other = {**future, **outcomes(DAYS[max(0, cut - 5) :], 7.0)}
    assert lived(DAYS[:cut], other) == before
    assert published(before, *(publication(day) for day in DAYS[cut:15])).startswith(before)


def test_an_outcome_is_never_on_record_before_five_sessions() -> None:
    for event in realisations(LIVED):
        assert len(sessions(event.date, event.as_of)) - 1 >= 5
    assert {len(sessions(event.date, event.as_of)) - 1 for event in realisations(LIVED)} == {5}


@pytest.mark.parametrize(
    ("day", "known"),
    [("2024-11-20", "2024-11-27"), ("2024-11-25", "2024-12-03"), ("2001-09-10", "2001-09-21")],
)
def test_the_day_an_outcome_is_known_counts_sessions(day: str, known: str) -> None:
    assert outcome_known(pd.Timestamp(day).date()) == pd.Timestamp(known).date()


def test_the_same_again_adds_nothing() -> None:
    assert published(LIVED, publication(DAYS[14])) == LIVED
    assert published(LIVED, publication(DAYS[13])) == LIVED


def test_another_forecast_of_the_day_is_a_revision_and_scores_stay_with_the_first() -> None:
    other = statement(DAYS[14], rv_5d_hat=0.5, var_5d_hat=0.3, model_version="f" * 16)
    said = publication(DAYS[14], {DAYS[14]: other})
    data = published(LIVED, said)
    *_, last = events(data)
    assert isinstance(last, Forecast)
    assert (last.revision, last.late) == (1, False)
    assert published(data, said) == data, "the last word again is no news"
    later = published(data, *(publication(day) for day in DAYS[15:20]))
    assert verify(events(later)) == []
    table = record(later).table()
    both = table[table["date"] == pd.Timestamp(DAYS[14])]
    assert both["revision"].tolist() == [0, 1]
    assert both["rv_5d"].notna().tolist() == [True, False]
    plain = record(published(LIVED, *(publication(day) for day in DAYS[15:20]))).table()
    assert table["running_qlike"].dropna().tolist() == plain["running_qlike"].dropna().tolist()


def test_a_forecast_of_the_past_is_revised_where_inputs_were_restated_alone() -> None:
    past = DAYS[10]
    restated, remade = (
        statement(past, var_5d_hat=0.001),
        statement(past, var_5d_hat=0.001, model_version="f" * 16),
    )
    served = statement(DAYS[14])
    data = published(LIVED, publication(DAYS[14], {past: remade, DAYS[14]: served}))
    assert data == LIVED, "what a new model would have said then was not published then"
    data = published(LIVED, publication(DAYS[14], {past: restated, DAYS[14]: served}))
    *_, last = events(data)
    assert isinstance(last, Forecast)
    assert (last.date, last.revision, last.late) == (past, 1, True)


def test_a_restated_outcome_is_a_revision_that_moves_no_figure() -> None:
    day = DAYS[3]
    came = {**outcomes(), day: Outcome(0.04, "risk_off")}
    data = published(LIVED, publication(DAYS[15], came=came))
    first, second = (event for event in realisations(data) if event.date == day)
    assert (first.revision, second.revision) == (0, 1)
    assert first.rv_5d == outcomes()[day].rv_5d
    assert second.running is None
    assert verify(events(data)) == []
    table = record(data).table()
    row = table[table["date"] == pd.Timestamp(day)].iloc[0]
    assert (row["rv_5d"], row["rv_5d_restated"]) == (first.rv_5d, 0.04)
    assert table["running_n"].max() == 11
    back = published(data, publication(DAYS[15]))
    assert [event.revision for event in realisations(back) if event.date == day] == [0, 1, 2]


def test_forecasts_from_a_day_on_are_late_and_scored_apart() -> None:
    said = {day: statement(day) for day in DAYS[:15]}
    data = published(b"", publication(DAYS[14], said, since=DAYS[0]))
    assert verify(events(data)) == []
    table = record(data).table()
    assert table["late"].tolist() == [True] * 14 + [False]
    assert table["qlike"].notna().sum() == 10
    assert table["running_qlike"].isna().all()
    in_time, late = record(published(data, publication(DAYS[19]))).summary()
    assert (in_time["late"], in_time["forecasts"], in_time["open"]) == (False, 2, 1)
    assert (late["late"], late["forecasts"], late["open"]) == (True, 14, 0)
    assert late["qlike"] == pytest.approx(table["qlike"].dropna().mean(), rel=0.2)


def test_a_repository_that_went_back_is_late_too() -> None:
    data = published(LIVED, publication(DAYS[16]), publication(DAYS[15]))
    *_, last = (event for event in events(data) if isinstance(event, Forecast))
    assert (last.date, last.late, last.as_of) == (DAYS[15], True, DAYS[15])
    assert verify(events(data)) == []


def test_series_are_kept_apart() -> None:
    said = publication(DAYS[14])
    other = {DAYS[14]: statement(DAYS[14], source="live")}
    data = published(LIVED, replace(said, source="live", statements=other))
    *_, last = events(data)
    assert (last.source, last.revision, last.seq) == ("live", 0, len(events(LIVED)))
    whole = record(data)
    assert whole.published(("live", "SPY")) == {DAYS[14]}
    assert len(whole.table(("live", "SPY"))) == 1
    assert [one["source"] for one in whole.summary()] == ["live", "simulated"]
    assert verify(events(data)) == []


def test_an_empty_record_has_a_table_and_a_head() -> None:
    empty = Record()
    assert empty.head == chain.GENESIS
    assert empty.table().dtypes.astype(str).to_dict().keys() == COLUMNS.keys()
    assert empty.table().empty
    assert empty.summary() == []


def test_a_forecast_without_intervals_is_covered_by_nothing() -> None:
    data = published(
        b"",
        publication(DAYS[0], {DAYS[0]: statement(DAYS[0], intervals=None, regime_probs=None)}),
        publication(DAYS[5]),
    )
    row = record(data).table().iloc[0]
    assert row[["within_80", "rv_5d_lo_80", "regime_probs.calm"]].isna().all()
    assert np.isfinite(row["qlike"])


def test_coverage_counts_the_bounds_and_a_perfect_forecast_loses_nothing() -> None:
    bounds = Intervals(lo_80=0.02, hi_80=0.03, lo_90=0.01, hi_90=0.04)
    assert covered(bounds, 0.02) == {"within_80": True, "within_90": True}
    assert covered(bounds, 0.04) == {"within_80": False, "within_90": True}
    assert covered(bounds, 0.05) == {"within_80": False, "within_90": False}
    assert loss(0.02, 0.02 * 0.02) == 0
