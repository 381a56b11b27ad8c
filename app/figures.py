"""Metrics as people read them: one choice of columns for terminal, README and report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.table import Table

Row = Sequence[str]

COLUMNS: dict[str, tuple[str, str]] = {
    "n_obs": ("n", "{:,.0f}"),
    "qlike": ("QLIKE", "{:.4f}"),
    "qlike_vs_rv20": ("vs RV20", "{:+.1%}"),
    "qlike_vs_reference": ("vs {reference}", "{:+.1%}"),
    "rmse": ("RMSE", "{:.5f}"),
    "rmse_vs_rv20": ("vs RV20", "{:+.1%}"),
    "rmse_vs_reference": ("vs {reference}", "{:+.1%}"),
    "bias": ("bias", "{:+.5f}"),
    "mz_slope": ("MZ slope", "{:.2f}"),
    "reducible_share": ("removed", "{:.1%}"),
}
"""Heading and format of each figure of a contender in ``metrics/forecast.json``; ``{reference}``
is the rival that is hard to beat."""

RANKED = ("qlike", "qlike_vs_rv20", "rmse", "rmse_vs_rv20", "reducible_share")
"""The figures by which experiments are compared."""

NONE = "–"


def headings(names: Iterable[str] = COLUMNS, reference: str = "reference") -> list[str]:
    """The headings of some figures."""
    return [COLUMNS[name][0].format(reference=reference) for name in names]


def cells(figures: Mapping[str, Any], names: Iterable[str] = COLUMNS) -> list[str]:
    """Some figures of one contender as text; a dash where there is none."""
    values = ((figures.get(name), COLUMNS[name][1]) for name in names)
    return [NONE if value is None else pattern.format(value) for value, pattern in values]


def contender_table(forecast: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Headings, and a row per contender, best QLIKE first; then the oracle where truth is known."""
    reference = forecast.get("reference")
    names = [name for name in COLUMNS if reference or not name.endswith("_vs_reference")]
    ranked = sorted(forecast["contenders"].items(), key=lambda item: _rank(item[1].get("qlike")))
    rows = [[name, *cells(figures, names)] for name, figures in ranked]
    if forecast.get("oracle"):
        rows.append(["oracle (the simulated truth)", *cells(forecast["oracle"], names)])
    return ["contender", *headings(names, reference or "")], rows


def gate_verdict(forecast: Mapping[str, Any]) -> str:
    """Whether what is served may be published, at the local level where there is one, and why.

    Parameters
    ----------
    forecast : mapping
        ``metrics/forecast.json`` or ``metrics/regimes.json``: each holds a half of the gate.
    """
    gate = forecast.get("gate")
    if not gate:
        return "no gate in the metrics"
    local = f", local level {_verdict(gate['local'])}" if "local" in gate else ""
    reasons = "; ".join(map(str, gate.get("reasons", [])))
    return f"{_verdict(gate)}{local}{': ' if reasons else ''}{reasons}"


def window(forecast: Mapping[str, Any]) -> str:
    """The evaluated dates in words."""
    return f"{forecast['n_obs']:,} sessions, {forecast['window_start']} to {forecast['window_end']}"


def markdown(head: Row, rows: Iterable[Row], *, text_columns: int = 1) -> str:
    """A Markdown table; the columns after the first ``text_columns`` are numbers."""
    rule = ["---" if place < text_columns else "---:" for place in range(len(head))]
    lines = [head, rule, *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines
    )


def terminal(title: str, head: Row, rows: Iterable[Row], *, text_columns: int = 1) -> Table:
    """The same table for a terminal."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for place, name in enumerate(head):
        table.add_column(name, justify="left" if place < text_columns else "right")
    for row in rows:
        table.add_row(*row)
    return table


def _verdict(gate: Mapping[str, Any]) -> str:
    return "passed" if gate["passed"] else "FAILED"


def _rank(value: float | None) -> tuple[bool, float]:
    return (value is None, 0.0 if value is None else value)
