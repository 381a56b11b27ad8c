"""``mlrisk readme``: the README's tables of results, written from the JSON files they quote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app import document_findings, figures, findings, regime_findings
from app.repository import read_text
from mlrisk.errors import MlriskError
from mlrisk.store import write_text

README = "README.md"
REAL = "results/real.json"
BENCHMARKS = "results/benchmarks.json"
DEFAULT = "metrics/forecast.json"
DEFAULT_REGIMES = "metrics/regimes.json"
DEFAULT_RAG = "metrics/rag.json"
BLOCKS = (
    "real",
    "real-spans",
    "real-tests",
    "real-intervals",
    "real-benchmarks",
    "real-regimes",
    "real-documents",
    "default",
    "default-tests",
    "default-regimes",
    "default-documents",
)
"""What stands between ``<!-- results:NAME -->`` and its end."""


class ReadmeError(MlriskError, ValueError):
    """A README without its markers, or one that is behind the figures."""


def write(root: Path, real: Mapping[str, Any] | None = None) -> bool:
    """Put the current figures between the README's markers; true where that changed it.

    Parameters
    ----------
    root : Path
        The repository.
    real : mapping, optional
        What ``results/real.json`` is about to hold; read from it by default.

    Raises
    ------
    ReadmeError
        Where a marker or a file of figures is missing.
    """
    found = _found(root)
    wanted = renewed(found, blocks(root, real))
    if wanted == found:
        return False
    write_text(root / README, wanted)
    return True


def check(root: Path) -> None:
    """Hold the README against the figures.

    Raises
    ------
    ReadmeError
        Where it is behind them, or a marker or a file of figures is missing.
    """
    found = _found(root)
    if renewed(found, blocks(root)) != found:
        raise ReadmeError(
            f"{README} is behind {REAL} or {DEFAULT}. Run `mlrisk readme` and commit {README}."
        )


def require_ready(root: Path) -> None:
    """Raise a ``ReadmeError`` where there is no place for figures, or the default has none."""
    renewed(_found(root), dict.fromkeys(BLOCKS, ""))
    _json(root, DEFAULT)


def blocks(root: Path, real: Mapping[str, Any] | None = None) -> dict[str, str]:
    """The Markdown of each block by name."""
    real = real or _json(root, REAL)
    source, forecast, default = real["source"], real["forecast"], _json(root, DEFAULT)
    span = source["window"]
    title = (
        f"{source['benchmark']}, real data from {span['start']} to {span['as_of']} "
        f"(`{source['digest'][:19]}…`)"
    )
    simulated = "Embedded default, a simulated world"
    texts = (
        _block(forecast, title),
        findings.spans(forecast),
        findings.together(forecast),
        findings.intervals(real),
        _benchmarks(root),
        regime_findings.block(real.get("regimes", {}), title),
        document_findings.block(real.get("rag", {}), title),
        _block(default, simulated),
        findings.together(default),
        regime_findings.block(json.loads(read_text(DEFAULT_REGIMES, root) or "{}"), simulated),
        document_findings.block(json.loads(read_text(DEFAULT_RAG, root) or "{}"), simulated),
    )
    return dict(zip(BLOCKS, texts, strict=True))


def renewed(text: str, contents: Mapping[str, str]) -> str:
    """The text with each block's content put between its two markers."""
    for name, content in contents.items():
        begin, end = f"<!-- results:{name} -->", f"<!-- /results:{name} -->"
        head, opened, rest = text.partition(begin)
        _, closed, tail = rest.partition(end)
        if not (opened and closed):
            raise ReadmeError(
                f"{README}: the markers {begin} and {end} must stand in it, in this order; "
                "the figures go between them"
            )
        text = f"{head}{begin}\n{content}\n{end}{tail}"
    return text


def _benchmarks(root: Path) -> str:
    """Other benchmarks' table; empty where none were run."""
    text = read_text(BENCHMARKS, root)
    return "" if text is None else figures.markdown(*findings.benchmarks(json.loads(text)))


def _block(forecast: Mapping[str, Any], title: str) -> str:
    model = forecast.get("model", {}).get("name", "?")
    table = figures.markdown(*figures.contender_table(forecast))
    return (
        f"**{title}**: out of sample, {figures.window(forecast)}; `model={model}`; gate "
        f"{figures.gate_verdict(forecast)}.\n\n{table}"
    )


def _found(root: Path) -> str:
    text = read_text(README, root)
    if text is None:
        raise ReadmeError(f"{README}: not found in {root}")
    return text


def _json(root: Path, path: str) -> dict[str, Any]:
    text = read_text(path, root)
    if text is None:
        how = "make real ROOT=..." if path == REAL else "make run"
        raise ReadmeError(f"{path}: not found. Run `{how}` first.")
    values: dict[str, Any] = json.loads(text)
    return values
