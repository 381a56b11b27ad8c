"""The engine: pandera holds the rules, failure cases become findings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest

from mlrisk.contracts import QUALITY_FINDINGS
from mlrisk.monitoring.rules import (
    NOTHING,
    Rule,
    above,
    at_least,
    at_most,
    between,
    examine,
    unreadable,
)

DAYS = pd.bdate_range("2020-01-01", periods=4).as_unit("us")


def evidence(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"name": ["A", "A", "B", "B"], "date": DAYS, **columns})


def rule(holds: object, name: str = "small", measure: str = "size") -> Rule:
    return Rule(name, "warn", "raw/market", "close", measure, holds, "small")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("holds", "broken"),
    [
        (at_most(2), [3.0]),
        (at_least(2), [1.0]),
        (between(2, 2), [1.0, 3.0]),
        (above(2), [1.0, 2.0]),
    ],
)
def test_limits(holds: object, broken: list[float]) -> None:
    (outcome,) = examine(evidence(size=[1.0, 2.0, 3.0, np.nan]), [rule(holds)])
    assert outcome.findings["measured"].tolist() == broken
    assert outcome.looked_at == 3


def test_a_finding_says_what_was_measured_on_which_cell() -> None:
    table = evidence(size=[1.0, 9.0, 1.0, 1.0], close=[10.0, 11.0, 12.0, 13.0])
    (outcome,) = examine(table, [rule(at_most(2))])
    assert outcome.findings.iloc[0].to_dict() == {
        "severity": "warn", "check": "small", "dataset": "raw/market", "name": "A",
        "date": DAYS[1], "column": "close", "value": 11.0, "measured": 9.0, "expected": "small",
        "explanation": "",
    }  # fmt: skip
    QUALITY_FINDINGS.validate(outcome.findings)


def test_rules_on_one_measure_are_told_apart() -> None:
    rules = [rule(at_most(2), "low"), rule(at_most(8), "high"), rule(at_most(1), "other", "age")]
    outcomes = examine(evidence(size=[1, 3, 9, 1], age=[0, 0, 0, 5]), rules)
    assert [found.findings["name"].tolist() for found in outcomes] == [["A", "B"], ["B"], ["B"]]
    assert [found.rule.name for found in outcomes] == ["low", "high", "other"]


def test_the_check_is_panderas_and_carries_name_and_text() -> None:
    check = rule(at_most(2)).check()
    assert isinstance(check, pa.Check)
    assert (check.name, check.error) == ("small", "small")


def test_rows_of_one_name_and_date_are_one_finding() -> None:
    table = pd.concat([evidence(size=9.0)] * 2)
    assert len(examine(table, [rule(at_most(2))])[0].findings) == 4


def test_no_rows_no_findings() -> None:
    (outcome,) = examine(evidence(size=1.0).iloc[:0], [rule(at_most(2))])
    assert outcome.looked_at == 0
    pd.testing.assert_frame_equal(outcome.findings, NOTHING)


def test_a_cell_that_is_no_number_is_not_quoted() -> None:
    held = Rule("on_time", "warn", "raw/market", "date", "late", at_most(0), "in time")
    (outcome,) = examine(evidence(late=[0, 0, 2, 0]), [held])
    assert np.isnan(outcome.findings["value"].iloc[0])


def test_evidence_that_cannot_be_judged_is_a_bug() -> None:
    def fails(figures: pd.Series) -> pd.Series:
        raise ZeroDivisionError

    with pytest.raises(pa.errors.SchemaErrors):
        examine(evidence(size=1.0), [rule(fails)])


def test_what_cannot_be_read_tells_why() -> None:
    outcome = unreadable("raw/market", DAYS[0], {"A": "row 3: no number", "B": "no rows"}, 7)
    assert outcome.looked_at == 7
    assert outcome.rule.severity == "error"
    assert outcome.findings["expected"].tolist() == ["row 3: no number", "no rows"]
    QUALITY_FINDINGS.validate(outcome.findings)
