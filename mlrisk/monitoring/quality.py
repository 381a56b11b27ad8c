"""Data quality: every rule over what was delivered, what was found, and whether it stops the line.

Thresholds are settings with their reasons beside them (``conf/quality``); here they arrive as
keyword arguments of the rules they belong to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mlrisk.contracts import MACRO_COLUMNS, QUALITY_FINDINGS, Kind
from mlrisk.errors import MlriskError
from mlrisk.monitoring import (
    adjustments,
    alignment,
    coverage,
    crosschecks,
    known,
    prices,
    releases,
)
from mlrisk.monitoring.rules import NOTHING, Outcome, Rule

SHOWN = 3
"""Findings of a check that the metrics quote, newest first."""
NAMED = 10
"""Errors that the message of a stopped line names."""

Settings = Mapping[str, Mapping[str, Any]]


class QualityError(MlriskError, ValueError):
    """Data that must not reach a feature; names the first findings and where the report is."""


@dataclass(frozen=True)
class Delivery:
    """What is examined: the rows as delivered, as curated, and the parts they play.

    Parameters
    ----------
    market, macro, calendar : DataFrame
        Columns of ``contracts.RAW_COLUMNS``, ``RAW_MACRO`` and ``RAW_CALENDAR``; sorted by key.
    daily, aligned : DataFrame
        Columns of ``contracts.MARKET_DAILY`` and ``MACRO_RELEASE_ALIGNED``.
    last : Timestamp
        Session up to which everything is known.
    benchmark : str
    vix : str or None
        Implied volatility of the benchmark.
    kinds : mapping of symbol to kind
        Every symbol that must be there.
    series : mapping of role to series identifier
    needed : collection of str
        Macro roles without which there is no forecast.
    history : bool
        Of the real world: the register of exceptions, changes of definition and the funds that are
        known to pay apply.
    """

    market: pd.DataFrame
    macro: pd.DataFrame
    calendar: pd.DataFrame
    daily: pd.DataFrame
    aligned: pd.DataFrame
    last: pd.Timestamp
    benchmark: str
    vix: str | None
    kinds: Mapping[str, Kind]
    series: Mapping[str, str]
    needed: Collection[str] = frozenset()
    history: bool = True


@dataclass(frozen=True)
class Report:
    """Every rule that was held, what each found, and what of it is explained.

    Parameters
    ----------
    outcomes : list of Outcome
    findings : DataFrame
        Columns of ``contracts.QUALITY_FINDINGS``, sorted by its key.
    last : Timestamp
        Session up to which the data was known.
    """

    outcomes: list[Outcome]
    findings: pd.DataFrame
    last: pd.Timestamp

    @property
    def rules(self) -> list[Rule]:
        return [outcome.rule for outcome in self.outcomes]

    def unexplained(self, severity: str) -> pd.DataFrame:
        """Findings of one severity that the register does not explain."""
        table = self.findings
        return table[(table["severity"] == severity) & (table["explanation"] == "")]

    def of(self, rule: Rule) -> pd.DataFrame:
        """Findings of one rule, newest first."""
        rows = self.findings[self.findings["check"] == rule.name]
        return rows.sort_values(["date", "name"], ascending=[False, True], ignore_index=True)

    def metrics(self) -> dict[str, Any]:
        """Counts by severity, dataset and check, what is explained apart, and the newest findings.

        Returns
        -------
        dict
            Of numbers and texts, as ``metrics/data_quality.json`` holds them.
        """
        explained = self.findings["explanation"] != ""
        counts = {
            severity: {
                "unexplained": len(self.unexplained(severity)),
                "explained": int((explained & (self.findings["severity"] == severity)).sum()),
            }
            for severity in ("error", "warn")
        }
        datasets = self.findings.groupby("dataset").size()
        checks = {
            outcome.rule.name: {
                "severity": outcome.rule.severity,
                "looked_at": outcome.looked_at,
                "unexplained": int((self.of(outcome.rule)["explanation"] == "").sum()),
                "explained": int((self.of(outcome.rule)["explanation"] != "").sum()),
            }
            for outcome in self.outcomes
        }
        newest = {
            rule.name: [told(row) for _, row in rows.head(SHOWN).iterrows()]
            for rule in self.rules
            if len(rows := self.of(rule))
        }
        return {
            **counts,
            "datasets": {
                dataset: int(datasets.get(dataset, 0))
                for dataset in dict.fromkeys(rule.dataset for rule in self.rules)
            },
            "checks": checks,
            "newest": newest,
        }

    def require_sound(self, where: str) -> None:
        """Stop the line where an error is not explained.

        Parameters
        ----------
        where : str
            The report for people.

        Raises
        ------
        QualityError
        """
        errors = self.unexplained("error")
        if len(errors):
            lines = [
                f"- {row['check']}: {told(row)}; expected {row['expected']}"
                for _, row in errors.head(NAMED).iterrows()
            ]
            more = len(errors) - len(lines)
            raise QualityError(
                f"{len(errors)} errors in the data stop the line before features are made:\n"
                + "\n".join(lines)
                + (f"\n(and {more} more)" if more else "")
                + f"\nThe report is {where}. Correct the rows at the source and fetch again; a "
                "value that is real and documented belongs in mlrisk/monitoring/known.py."
            )


def audit(delivery: Delivery, settings: Settings, before: Sequence[Outcome] = ()) -> Report:
    """Hold every rule.

    Parameters
    ----------
    delivery : Delivery
    settings : mapping
        Thresholds by group: spans, bars, moves, related, implied, distributions, splits, slope,
        rhythm, timing, values.
    before : sequence of Outcome
        What was found while the rows were read.

    Warnings
    --------
    Every finding but those about the end of the data (what has stopped, what is not known now) and
    those about a whole history is the same however much is appended later; a print that comes back
    is known one session after its date.
    """
    outcomes = [*before, *_market(delivery, settings), *_macro(delivery, settings)]
    return gathered(outcomes, delivery.last, history=delivery.history)


def _market(given: Delivery, settings: Settings) -> list[Outcome]:
    market, daily, kinds = given.market, given.daily, given.kinds
    paying = {**settings["distributions"], **({} if given.history else {"pays": ()})}
    return [
        *coverage.rows(market),
        *coverage.spans(market, kinds, given.benchmark, given.last, **settings["spans"]),
        *coverage.carried(daily, market),
        *coverage.definitions(market, known.CHANGES if given.history else ()),
        *prices.bars(market, kinds, **settings["bars"]),
        *prices.moves(daily, **settings["moves"]),
        *crosschecks.related(daily, **settings["related"]),
        *crosschecks.implied_and_realised(daily, given.benchmark, given.vix, **settings["implied"]),
        *adjustments.distributions(market, **paying),
        *adjustments.splits(market, kinds, **settings["splits"]),
    ]


def _macro(given: Delivery, settings: Settings) -> list[Outcome]:
    table = releases.periods(given.macro)
    return [
        *releases.rhythm(table, given.last, **settings["rhythm"]),
        *releases.timing(table, **settings["timing"]),
        *releases.values(table, **settings["values"]),
        *alignment.known_now(given.aligned, given.series, given.needed),
        *alignment.scheduled(table, given.calendar, given.series),
        *crosschecks.slope(given.macro, given.series, **settings["slope"]),
    ]


def gathered(outcomes: list[Outcome], last: pd.Timestamp, *, history: bool = True) -> Report:
    """One table of all findings, each with what the register says of it."""
    tables = [outcome.findings for outcome in outcomes if len(outcome.findings)]
    table = pd.concat(tables, ignore_index=True) if tables else NOTHING
    if history:
        table = table.assign(explanation=known.explanations(table))
    findings = table.sort_values(list(QUALITY_FINDINGS.key), ignore_index=True)
    return Report(outcomes, findings, last)


def needed_roles(columns: Collection[str], series: Mapping[str, str]) -> frozenset[str]:
    """Macro roles that feature columns are made of.

    Parameters
    ----------
    columns : collection of str
        Columns the learners read, such as ``ffr_chg_20d``.
    series : mapping of role to series identifier
        Roles that are filled.
    """
    made_of = {role: (MACRO_COLUMNS[role],) for role in series}
    found = {
        role
        for role, names in made_of.items()
        if any(column.startswith(name) for column in columns for name in names)
    }
    # The real rate is the policy rate less inflation.
    if "ffr_real" in columns and "cpi" in series:
        found.add("cpi")
    return frozenset(found)


def told(finding: pd.Series) -> str:
    """A finding in a few words: who, when, which cell, what was measured."""
    cell = "" if pd.isna(finding["value"]) else f" = {finding['value']:.6g}"
    figure = "" if pd.isna(finding["measured"]) else f" ({finding['measured']:.4g})"
    return f"{finding['name']} {finding['date']:%Y-%m-%d} {finding['column']}{cell}{figure}"
