"""The engine: rules as named pandera checks, broken ones as findings.

A rule is held against *evidence*: a table with a row per thing that is looked at (a symbol's
session, a series' period) and a column per figure that is measured on it. Null figures are not
judged: there was nothing to measure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import pandas as pd
import pandera.pandas as pa

from mlrisk.contracts import QUALITY_FINDINGS

NOTHING = QUALITY_FINDINGS.empty()
"""No findings, with the columns and types of some."""

Severity = Literal["error", "warn"]
Holds = Callable[[pd.Series], pd.Series]


@dataclass(frozen=True)
class Rule:
    """What must hold, and how much it matters.

    Parameters
    ----------
    name : str
    severity : {"error", "warn"}
        An error stops the line before features are made.
    dataset : str
        Table it speaks about, such as ``raw/market``.
    column : str
        Column of that table it speaks about; its cell is quoted where the evidence has it.
    measure : str
        Column of the evidence that is judged.
    holds : callable
        Figures to whether each is as expected.
    expected : str
        What that is, with limit and unit.
    """

    name: str
    severity: Severity
    dataset: str
    column: str
    measure: str
    holds: Holds
    expected: str

    def check(self) -> pa.Check:
        """The rule as pandera holds it."""
        return pa.Check(self.holds, name=self.name, error=self.expected)


@dataclass(frozen=True)
class Outcome:
    """A rule, how much it looked at and what it found.

    Parameters
    ----------
    rule : Rule
    looked_at : int
        Figures that were judged.
    findings : DataFrame
        Columns of ``contracts.QUALITY_FINDINGS``, their explanations still empty.
    """

    rule: Rule
    looked_at: int
    findings: pd.DataFrame


def at_most(limit: float) -> Holds:
    """Figures up to and including a limit."""
    return partial(_between, least=float("-inf"), most=limit)


def at_least(limit: float) -> Holds:
    """Figures from a limit on."""
    return partial(_between, least=limit, most=float("inf"))


def between(least: float, most: float) -> Holds:
    """Figures from one limit to the other, both included."""
    return partial(_between, least=least, most=most)


def above(limit: float) -> Holds:
    """Figures beyond a limit."""
    return partial(_above, limit=limit)


def _between(figures: pd.Series, least: float, most: float) -> pd.Series:
    return (figures >= least) & (figures <= most)


def _above(figures: pd.Series, limit: float) -> pd.Series:
    return figures > limit


def examine(evidence: pd.DataFrame, rules: Sequence[Rule]) -> list[Outcome]:
    """Hold rules against evidence.

    Parameters
    ----------
    evidence : DataFrame of n_rows rows
        Columns name, date, a column of numbers per measure, and the cells that findings quote.
    rules : sequence of Rule
        Of different names.

    Returns
    -------
    list of Outcome
        One per rule, in order. Rows of one name and date make one finding of a rule.
    """
    measures = list(dict.fromkeys(rule.measure for rule in rules))
    evidence = evidence.reset_index(drop=True).astype(dict.fromkeys(measures, float))
    schema = pa.DataFrameSchema(
        {
            measure: pa.Column(
                float,
                checks=[rule.check() for rule in rules if rule.measure == measure],
                nullable=True,
            )
            for measure in measures
        }
    )
    broken: dict[str, pd.Index] = {}
    try:
        schema.validate(evidence[measures], lazy=True)
    except pa.errors.SchemaErrors as found:
        for problem in found.schema_errors:
            if problem.reason_code is not pa.errors.SchemaErrorReason.DATAFRAME_CHECK:
                raise  # evidence of a wrong type, or a check that cannot be tried: a bug
            broken[problem.check.name] = pd.Index(problem.failure_cases["index"])
    nothing = evidence.index[:0]
    return [
        Outcome(
            rule,
            int(evidence[rule.measure].notna().sum()),
            _findings(rule, evidence.loc[broken.get(rule.name, nothing)]),
        )
        for rule in rules
    ]


def _findings(rule: Rule, rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return NOTHING
    rows = rows.drop_duplicates(["name", "date"])
    cell = rows.get(rule.column)
    # A date or a flag is no number to quote; the finding's own date and text name it.
    quoted = cell if cell is not None and cell.dtype == float else float("nan")
    table = pd.DataFrame(
        {
            "severity": rule.severity,
            "check": rule.name,
            "dataset": rule.dataset,
            "name": rows["name"],
            "date": rows["date"],
            "column": rule.column,
            "value": quoted,
            "measured": rows[rule.measure],
            "expected": rule.expected,
            "explanation": "",
        }
    )
    return table.astype(NOTHING.dtypes.to_dict()).reset_index(drop=True)


def unreadable(
    dataset: str, date: pd.Timestamp, messages: Mapping[str, str], looked_at: int
) -> Outcome:
    """What could not be read at all, each with the message that says why.

    Parameters
    ----------
    dataset : str
    date : Timestamp
        Session the findings are dated at.
    messages : mapping of symbol or series to message
    looked_at : int
        How many were tried.
    """
    rule = Rule(f"{dataset.rpartition('/')[2]}_is_readable", "error", dataset, "value", "unread",
                at_most(0), "a table that can be read")  # fmt: skip
    evidence = pd.DataFrame({"name": list(messages), "date": date, "unread": 1.0})
    outcome = examine(evidence.astype({"name": "str"}), [rule])[0]
    told = outcome.findings.assign(expected=list(messages.values()))
    return Outcome(rule, looked_at, told.astype(NOTHING.dtypes.to_dict()))
