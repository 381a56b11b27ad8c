"""Figures of the regimes as people read them."""

from __future__ import annotations

from typing import Any

import pytest

from app import figures, regime_findings
from tests.app import results


@pytest.fixture
def regimes() -> dict[str, Any]:
    return results.regimes()


def rows(table: str) -> list[list[str]]:
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_scores_have_a_row_for_each_and_the_served_under_each_calibration(
    regimes: dict[str, Any],
) -> None:
    regimes["contenders"]["volatility_implied"]["isotonic"] = results.scores(0.1)
    head, _, *body = rows(regime_findings.scores(regimes))
    assert [row[:2] for row in body] == [
        ["combination", "temperature"],
        ["combination", "none"],
        ["volatility_implied", "none"],
        ["persistence_soft", "none"],
    ]
    first = dict(zip(head, body[0], strict=True))
    assert first["Brier"] == "0.3400"
    assert first["onset AUC"] == figures.NONE
    assert (first["warned of"], first["lead"], first["false alarms a year"]) == ("37", "6.4", "2.5")


def test_rivals_and_spans(regimes: dict[str, Any]) -> None:
    _, _, soft, implied = rows(regime_findings.rivals(regimes))
    assert soft == ["persistence_soft", "+0.1000", "+2.50", "<0.001", "<0.001", "+2.50"]
    assert implied[3] == "0.042"
    _, _, *body = rows(regime_findings.spans(regimes))
    assert [row[1] for row in body] == ["served", "persistence_soft", "volatility_implied"]
    assert body[0][:4] == ["2016-2026", "served", "2,592", "0.3300"]


def test_the_rest_is_said_in_sentences(regimes: dict[str, Any]) -> None:
    rates = "calm 50.0%, transition 35.0%, risk_off 15.0%"
    told = "told the parameters"
    assert regime_findings.sentences(regimes) == (
        f"- What came: {rates}. Always forecasting these shares would score 0.5900.\n"
        "- Of 40 spells of risk-off, 3 were not warned of before they were known.\n"
        "- The published cluster changes 7.2 times a year, a stay lasts 35 sessions (4,000 "
        "sessions from 2010-01-04).\n"
        "- Consecutive fits put 99.50% of sessions into the same cluster, 97.00% at the worst of "
        "190 (2012-02-01).\n"
        "- For information: filtered and smoothed states agree in 95.1% of sessions.\n"
        "- Adjusted Rand index against the true regimes: 0.300, 75% of the 0.400 of a filter that "
        f"was {told}.\n"
        "- Not compared: persistence_hard (it has no forecast)."
    )


def test_what_a_short_or_real_history_lacks_is_left_out(regimes: dict[str, Any]) -> None:
    regimes["superiority"] |= {"rivals": None, "not_made": {"rivals": "too short"}}
    regimes["discovery"] |= {"against_truth": {}}
    regimes["discovery"]["label_stability"] |= {"mean": None}
    assert regime_findings.rivals(regimes) == ""
    told = regime_findings.sentences(regimes)
    assert "Rand" not in told
    assert "Consecutive" not in told
    assert "- Not made: rivals (too short)." in told
    assert len(rows(regime_findings.spans(regimes))) == 3
    regimes["discovery"] = {}
    assert "cluster" not in regime_findings.sentences(regimes)


def test_the_block_says_what_is_served_and_whether_it_may_be(regimes: dict[str, Any]) -> None:
    shown = regime_findings.block(regimes, "SPY")
    assert shown.startswith(
        "**SPY**: out of sample, 3,600 sessions, 2012-01-03 to 2026-04-24; "
        "`regime_model.name=combination`, `.calibration=temperature`; gate passed: AUC of risk-off "
        "is 0.900 (0.65 is asked for).\n\n| contender |"
    )
    assert regime_findings.block({}, "SPY") == regime_findings.together({}) == ""
