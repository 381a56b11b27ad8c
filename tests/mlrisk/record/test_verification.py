"""A forger who makes every hash right still has to keep the rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mlrisk.record.events import Statement
from mlrisk.record.ledger import Outcome
from mlrisk.record.verification import against, verify
from tests.mlrisk.record.world import (
    DAYS,
    SERIES,
    contents,
    events,
    lived,
    outcomes,
    publication,
    published,
    resealed,
    statement,
)

LIVED = lived(DAYS[:12])
CONTENTS = contents(LIVED)
FORECAST = 3
REALISATION = next(place for place, one in enumerate(CONTENTS) if one["kind"] == "realisation") + 4


def forged(place: int, change: Callable[[dict[str, Any]], None]) -> list[tuple[int, str]]:
    lines = contents(LIVED)
    change(lines[place])
    return told(lines)


def told(lines: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(finding.line, finding.rule) for finding in verify(events(resealed(lines)))]


def put(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda content: content.update(values)


def raised(content: dict[str, Any]) -> None:
    content["running"]["n"] += 1


@pytest.mark.parametrize(
    ("place", "change", "rules"),
    [
        (FORECAST, put(late=True), {"late"}),
        (FORECAST, put(revision=1), {"revision"}),
        (FORECAST, put(as_of=str(DAYS[FORECAST - 1])), {"look-ahead"}),
        (FORECAST, put(as_of="2024-11-24"), {"session"}),
        (FORECAST, put(as_of="2099-01-05"), {"session"}),
        (REALISATION, put(qlike=0.001), {"losses", "running"}),
        (REALISATION, put(qlike_rv20=9.0), {"losses", "running"}),
        (REALISATION, put(within_80=None), {"intervals"}),
        (REALISATION, raised, {"running"}),
        (REALISATION, put(running=None), {"running"}),
        (REALISATION, put(forecast=0), {"order"}),
        (REALISATION, put(revision=1), {"revision"}),
        (REALISATION, put(as_of=str(DAYS[6])), {"look-ahead"}),
    ],
)
def test_what_does_not_follow_is_named(
    place: int, change: Callable[[dict[str, Any]], None], rules: set[str]
) -> None:
    found = [(line, rule) for line, rule in forged(place, change) if line == place + 1]
    assert {rule for _, rule in found} == rules


def test_a_better_forecast_put_in_afterwards_is_not_what_was_scored() -> None:
    """Whoever changes a forecast has to change its loss, and every running figure after it."""
    lines = contents(LIVED)
    lines[FORECAST]["var_5d_hat"] = outcomes()[DAYS[FORECAST]].rv_5d ** 2
    scored = next(one for one in lines if one.get("forecast") == FORECAST)
    assert told(lines) == [(lines.index(scored) + 1, "losses")]


def test_an_outcome_before_its_forecast_is_named() -> None:
    lines = contents(LIVED)
    moved = next(one for one in lines if one["kind"] == "realisation")
    lines.remove(moved)
    lines.insert(0, moved)
    assert (1, "order") in told(lines)


def test_the_same_said_twice_is_named() -> None:
    repeated = [{**CONTENTS[0], "revision": 1}]
    assert told(CONTENTS[:1] + repeated) == [(2, "revision")]
    outcome = {**CONTENTS[REALISATION], "revision": 1, "running": None}
    assert told([*CONTENTS, outcome]) == [(len(CONTENTS) + 1, "revision")]


@pytest.mark.parametrize(("shift", "wrong"), [(1e-8, False), (3e-8, True)])
def test_a_loss_that_another_processor_rounded_is_right(shift: float, wrong: bool) -> None:
    found = forged(REALISATION, put(qlike=round(CONTENTS[REALISATION]["qlike"] + shift, 8)))
    assert ((REALISATION + 1, "losses") in found) == wrong


def compared(
    said: dict[Any, Statement], came: dict[Any, Outcome], data: bytes = LIVED
) -> tuple[list[tuple[int, str]], int]:
    findings, count = against(events(data), SERIES, said, came)
    return [(one.line, one.detail.split()[0]) for one in findings if one.rule == "data"], count


def test_the_dags_data_is_held_against_the_last_word_bit_by_bit() -> None:
    said = {day: statement(day) for day in DAYS[:12]}
    came = outcomes(DAYS[:7])
    assert compared(said, came) == ([], 12)
    other = {**said, DAYS[3]: statement(DAYS[3], rv_5d_hat=said[DAYS[3]].rv_5d_hat * (1 + 2e-16))}
    assert other[DAYS[3]] != said[DAYS[3]]
    assert compared(other, came) == ([(FORECAST + 1, "rv_5d_hat")], 12)
    came[DAYS[0]] = Outcome(0.5, "risk_off")
    (one, two), _ = compared(said, came)
    assert {one[1], two[1]} == {"rv_5d", "regime_5d"}
    assert CONTENTS[one[0] - 1]["date"] == str(DAYS[0])


def test_another_models_forecast_is_not_compared_and_a_restated_one_is_made_good() -> None:
    said = {day: statement(day) for day in DAYS[:12]}
    said[DAYS[2]] = statement(DAYS[2], model_version="f" * 16, rv_5d_hat=0.5)
    assert compared(said, {}) == ([], 11)
    said[DAYS[4]] = statement(DAYS[4], var_5d_hat=0.002)
    assert compared(said, {})[0] == [(5, "var_5d_hat")]
    data = published(LIVED, publication(DAYS[11], said))
    assert compared(said, {}, data) == ([], 11)
