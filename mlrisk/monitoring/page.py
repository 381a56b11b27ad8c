"""The report for people: one page that needs nothing else, the same bytes for the same findings."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from mlrisk.monitoring.quality import Report
from mlrisk.monitoring.rules import Outcome

TEMPLATE = "page.html.j2"
WIDTH = 1000
"""Units of the timelines' axis."""
ROWS = 200
"""Findings of a check that the page lists, newest first."""
LABELS = 8
"""Years named on the axis, at most."""
STEPS = (1, 2, 5, 10, 20, 50)


@dataclass(frozen=True)
class Axis:
    """Where a date lies on the timelines, and the years named below them."""

    first: pd.Timestamp
    last: pd.Timestamp

    def place(self, day: pd.Timestamp) -> int:
        """Units from the left edge."""
        span = max((self.last - self.first).days, 1)
        return round(WIDTH * (day - self.first).days / span)

    def years(self) -> list[tuple[int, int]]:
        """Years at round numbers, and where each begins."""
        between = range(self.first.year + 1, self.last.year + 1)
        step = next((s for s in STEPS if len(between) / s <= LABELS), STEPS[-1])
        named = [year for year in between if year % step == 0]
        return [(year, self.place(pd.Timestamp(year, 1, 1))) for year in named]


def render(report: Report, source: str) -> str:
    """The page as HTML.

    Parameters
    ----------
    report : Report
    source : str
        What was examined, in a few words.
    """
    environment = Environment(
        loader=PackageLoader("mlrisk.monitoring", package_path="."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(number=_number, thousands="{:,}".format, day="{:%Y-%m-%d}".format)
    return environment.get_template(TEMPLATE).render(**_content(report, source))


def _content(report: Report, source: str) -> dict[str, Any]:
    findings = report.findings
    axis = Axis(findings["date"].min() if len(findings) else report.last, report.last)
    checks = [_check(report, outcome, axis) for outcome in report.outcomes]
    # What stops the line first, then what was found most.
    found = sorted(
        (check for check in checks if check["found"]),
        key=lambda check: (
            not (check["severity"] == "error" and check["open"]), -check["open"], check["name"]
        ),
    )  # fmt: skip
    kept = [check for check in checks if not check["found"]]
    return {
        "source": source,
        "last": report.last,
        "errors": len(report.unexplained("error")),
        "warnings": len(report.unexplained("warn")),
        "explained": int((findings["explanation"] != "").sum()),
        "looked_at": _rounded(sum(outcome.looked_at for outcome in report.outcomes)),
        "axis": axis,
        "width": WIDTH,
        "found": found,
        "kept": kept,
        "names": _names(findings),
    }


def _check(report: Report, outcome: Outcome, axis: Axis) -> dict[str, Any]:
    rows = report.of(outcome.rule)
    still_open = rows["explanation"] == ""
    marks = {
        kind: sorted({axis.place(day) for day in rows.loc[chosen, "date"]})
        for kind, chosen in (("open", still_open), ("explained", ~still_open))
    }
    return {
        "name": outcome.rule.name.replace("_", " "),
        "severity": outcome.rule.severity,
        "dataset": outcome.rule.dataset,
        "column": outcome.rule.column,
        "expected": outcome.rule.expected,
        "looked_at": outcome.looked_at,
        "found": len(rows),
        "open": int(still_open.sum()),
        "marks": marks,
        "rows": rows.head(ROWS).to_dict("records"),
        "left_out": max(len(rows) - ROWS, 0),
        "names": rows["name"].value_counts().to_dict(),
        "quoted": bool(rows["value"].notna().any()),
        "explained": bool((~still_open).any()),
        "told": bool((rows["expected"] != outcome.rule.expected).any()),
    }


def _names(findings: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Symbols and series by how much was found of each, most first."""
    if findings.empty:
        return []
    explained = findings["explanation"] != ""
    table = findings.assign(
        errors=~explained & (findings["severity"] == "error"),
        warnings=~explained & (findings["severity"] == "warn"),
        explained=explained,
    ).groupby("name")[["errors", "warnings", "explained"]].sum()  # fmt: skip
    table["found"] = table.sum(axis=1)
    table = table.reset_index().sort_values(
        ["errors", "found", "name"], ascending=[False, False, True]
    )
    return table.to_dict("records")


def _number(value: float) -> str:
    return "" if pd.isna(value) else f"{value:,.4f}".rstrip("0").rstrip(".")


def _rounded(count: int) -> str:
    """A large count in a word: ``2.5 M``."""
    size = 1_000_000 if count >= 1_000_000 else 1_000
    return f"{count / size:.1f} {'M' if size > 1_000 else 'k'}" if count >= size else f"{count}"
