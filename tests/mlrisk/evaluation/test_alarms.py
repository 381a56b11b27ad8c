"""Warnings counted by hand on short histories."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mlrisk.evaluation.alarms import lead_times, spans_of

HORIZON, REACH = 5, 10


def world(events: list[range], alarms: list[range], count: int = 252) -> tuple[np.ndarray, ...]:
    event, probability = np.zeros(count, dtype=bool), np.full(count, 0.05)
    for days in events:
        event[days] = True
    for days in alarms:
        probability[days] = 0.5
    return probability, event


@pytest.mark.parametrize(
    ("alarm", "lead"),
    [
        (range(98, 120), 7),  # two sessions before the first label: seven before it is known
        (range(100, 120), 5),  # with the first label
        (range(104, 120), 1),  # at the last close before it is known
        (range(60, 120), 10),  # long before, and still on: as far as the reach goes
        (range(96, 97), 9),  # once, and off again
    ],
)
def test_the_lead_is_counted_to_the_day_the_spell_is_known(alarm: range, lead: int) -> None:
    found = lead_times(*world([range(100, 120)], [alarm]), 0.5, HORIZON, REACH)
    assert (found.spells, found.warned, found.missed) == (1, 1, 0)
    assert found.median_lead == found.mean_lead == lead


def test_a_warning_too_late_or_too_early_is_a_miss() -> None:
    late = lead_times(*world([range(100, 120)], [range(105, 130)]), 0.5, HORIZON, REACH)
    early = lead_times(*world([range(100, 120)], [range(50, 95)]), 0.5, HORIZON, REACH)
    for found in (late, early):
        assert (found.spells, found.missed) == (1, 1)
        assert math.isnan(found.median_lead)
    # The late one stood while labels were of risk-off; the early one was for nothing.
    assert (late.false_alarms_a_year, early.false_alarms_a_year) == (0, 1)


def test_false_alarms_are_counted_by_runs() -> None:
    alarms = [range(20, 25), range(28, 30), range(60, 61), range(110, 112)]
    found = lead_times(*world([range(100, 120)], alarms, count=504), 0.5, HORIZON, REACH)
    # The first two are three sessions apart, one run; the last is true.
    assert found.false_alarms_a_year == pytest.approx(2 / 2)


def test_labels_that_share_sessions_are_one_spell() -> None:
    event = np.zeros(40, dtype=bool)
    event[[10, 15, 21, 22]] = True
    # Labels five sessions apart touch no common session but leave no gap either.
    assert spans_of(event, HORIZON).tolist() == [[10, 15], [21, 22]]
    assert spans_of(np.zeros(4, dtype=bool), HORIZON).shape == (0, 2)


def test_spells_without_their_whole_time_of_warning_are_not_counted() -> None:
    events = [range(3), range(245, 252)]
    found = lead_times(*world(events, []), 0.5, HORIZON, REACH)
    assert found.spells == 1  # begun before the sessions do; known with the last of them
    assert lead_times(*world([range(248, 252)], []), 0.5, HORIZON, REACH).spells == 0


def test_a_missing_forecast_is_no_alarm() -> None:
    probability, event = world([range(100, 120)], [range(98, 120)])
    probability[98:101] = np.nan
    assert lead_times(probability, event, 0.5, HORIZON, REACH).median_lead == 4
