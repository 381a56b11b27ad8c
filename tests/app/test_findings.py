"""The tests as people read them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from app import figures, findings
from tests.app import results


@pytest.fixture
def forecast() -> dict[str, Any]:
    return results.forecast()


def cells(table: str, name: str) -> list[str]:
    line = next(line for line in table.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_each_span_has_its_table(forecast: dict[str, Any]) -> None:
    shown = findings.spans(forecast)
    first, last = shown.split("**2016-2026**")
    assert first.startswith("**2011-2015**")
    assert "| contender | n | QLIKE | vs RV20 | vs har_vix | RMSE | vs RV20 | vs har_vix |" in first
    expected = ["champion", "3,850", "0.3600", "-40.0%", "-10.0%", "0.01000", "-20.0%", "-1.0%"]
    assert cells(first, "champion") == expected
    assert cells(last, "champion")[2] == "0.3700"
    assert shown.index("| champion |") < shown.index("| har_vix |") < shown.index("| rv20 |")


def test_each_rival_has_its_row(forecast: dict[str, Any]) -> None:
    shown = findings.rivals(forecast)
    assert "95% interval" in shown
    assert "in the 90% set" in shown
    assert cells(shown, "rv20") == [
        *("rv20", "0.6000", "+0.2400", "+0.1000 to +0.3800", "+2.50"),
        *("<0.001", "<0.001", "16 of 16", "no"),
    ]
    # No interval was made of the second: a dash, and the rest all the same.
    assert cells(shown, "har_vix") == [
        *("har_vix", "0.4000", "+0.0400", figures.NONE, "+2.50"),
        *("0.042", "0.004", "14 of 16", "yes"),
    ]


def test_the_rest_is_said_in_sentences(forecast: dict[str, Any]) -> None:
    best, error = "(best champion, t = +2.50)", "(standard error 0.060)"
    assert findings.sentences(forecast).splitlines() == [
        f"- Is anything that was tried better than har_vix? SPA p = 0.012 {best}.",
        "- The 90% model confidence set over all 3: har_vix, champion.",
        "- champion removes 62.0% of the reducible loss (50.0% to 74.0% at 95%).",
        f"- Mincer-Zarnowitz of champion, weighted: slope 1.020 {error}; (0, 1) has p = 0.300.",
        "- Bias of champion in annualised points by the regime known at the time: calm -0.12.",
        "- champion is not better than har_vix in 2017, 2020.",
        "- Not compared: gjr_garch (it is not among evaluate.contenders).",
        "- Not made: spa.model (too short).",
    ]


def test_a_model_that_is_the_reference_is_tested_once(forecast: dict[str, Any]) -> None:
    spa = forecast["superiority"]["spa"]
    spa["model"] = spa["reference"]
    assert findings.sentences(forecast).count("SPA p") == 1


def test_what_was_not_made_is_not_shown(forecast: dict[str, Any]) -> None:
    few = deepcopy(forecast)
    few["superiority"] |= {
        "rivals": None,
        "spa": {"reference": None, "model": None},
        "confidence_set": {"confidence": 0.9, "all": None, "rivals": None},
        "intervals": {"level": 0.95, "difference": None, "reducible_share": None},
    }
    few |= {"efficiency": {"champion": None}, "bias_by_regime": {}}
    few["windows"] = {"spans": {}, "years_won": {}}
    assert findings.rivals(few) == findings.spans(few) == ""
    assert findings.together(few) == (
        "- Not compared: gjr_garch (it is not among evaluate.contenders).\n"
        "- Not made: spa.model (too short)."
    )
    del few["superiority"]
    assert findings.together(few) == ""


def test_intervals_are_shown_where_there_are_any() -> None:
    level = {
        "coverage": 0.901,
        "by_tercile": {"low": 0.9, "high": 0.88},
        "by_span": {"2011-2015": 0.905},
        "worst_rolling": {"window": 250, "coverage": 0.832, "end_date": "2020-06-01"},
        "against": {"split_conformal": {"width_ratio": 0.91, "score_ratio": 0.95}},
    }
    short = {"coverage": 0.8, "worst_rolling": None}
    shown = findings.intervals({"intervals": {"levels": {"80": short, "90": level}}})
    shares = ["90.1%", "83.2%", "90.0%", "88.0%", "90.5%"]
    assert cells(shown, "90 %") == ["90 %", *shares, "0.910", "0.950"]
    assert cells(shown, "80 %")[:3] == ["80 %", "80.0%", figures.NONE]
    assert findings.intervals({}) == findings.intervals({"intervals": {}}) == ""


def test_the_verdict_is_given_at_both_levels(forecast: dict[str, Any]) -> None:
    reason = "QLIKE is 40.0% below RV20"
    assert figures.gate_verdict(forecast) == f"passed, local level passed: {reason}"
    forecast["gate"]["passed"] = False
    assert figures.gate_verdict(forecast) == f"FAILED, local level passed: {reason}"
    del forecast["gate"]["local"]
    assert figures.gate_verdict(forecast) == f"FAILED: {reason}"


def test_the_reference_is_named_in_the_heading(forecast: dict[str, Any]) -> None:
    head, rows = figures.contender_table(forecast)
    assert head.count("vs har_vix") == 2
    assert rows[0][0] == "champion"
    del forecast["reference"]
    head, rows = figures.contender_table(forecast)
    assert not any("har_vix" in title for title in head)
    assert len(rows[0]) == len(head)
