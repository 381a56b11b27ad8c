"""What a load shows: latencies, memory, and whether each answer is exactly that of one run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.table import Table

from app import figures

BOUND_MS = 20
"""What 95 % of forecasts keep at 100 a second, on two cores."""

_MB = 1e6


@dataclass(frozen=True)
class Exchange:
    """One run put in the place of another.

    Parameters
    ----------
    files : int
        How many were replaced.
    began, ended : float
        Seconds since 1970.
    """

    files: int
    began: float
    ended: float


def summary(
    requests: Sequence[Mapping[str, Any]],
    said: Mapping[str, Sequence[Any]],
    memory: Sequence[tuple[float, int]],
    exchange: Exchange,
    worked: float,
) -> dict[str, Any]:
    """Figures of a load.

    Parameters
    ----------
    requests : sequence of mapping
        ``sent``, ``seconds``, ``body``, ``status`` (0 where no answer came) and ``answer``.
    said : mapping of str to sequence
        What each run answers to each body, by the version of its model.
    memory : sequence of (float, int)
        Moments and resident bytes of the server.
    exchange : Exchange
    worked : float
        Seconds that the server's process was computing, the reading of the new run included.

    Returns
    -------
    dict
        ``mixed`` counts answers that are of neither run. ``exchange.seconds`` is from the last file
        to the first answer of the new run; its latencies are of the requests under way meanwhile,
        while the new run is read beside the one that is served.
    """
    answered = [one for one in requests if one["status"] == 200]
    right = [one for one in answered if _is_of_one_run(one, said)]
    versions = Counter(one["answer"]["model_version"] for one in right)
    old, new = said
    came = (_came(one) for one in right if one["answer"]["model_version"] == new)
    first_new = min(came, default=None)
    end = exchange.ended if first_new is None else first_new
    meanwhile = [one for one in requests if one["sent"] <= end and _came(one) >= exchange.began]
    resident = np.array([size for _, size in memory]) / _MB
    middle = int(np.searchsorted([moment for moment, _ in memory], exchange.began)) - 1
    span = max(one["sent"] for one in requests) - min(one["sent"] for one in requests)
    return {
        "requests": len(requests),
        "requests_a_second": round(len(requests) / span, 1),
        "ms": _milliseconds(requests),
        "computing_ms": round(1000 * worked / len(requests), 2),
        "lost": sum(one["status"] == 0 for one in requests),
        "refused_or_failed": sum(one["status"] not in (0, 200) for one in requests),
        "mixed": len(answered) - len(right),
        "answers": {"before": versions[old], "after": versions[new]},
        "exchange": {
            "files": exchange.files,
            "seconds": None if first_new is None else round(first_new - exchange.ended, 2),
            "requests": len(meanwhile),
            "ms": _milliseconds(meanwhile),
        },
        "memory_mb": {
            "start": round(resident[0]),
            "middle": round(resident[middle]),
            "end": round(resident[-1]),
            "most": round(resident.max()),
        },
    }


def table(found: Mapping[str, Any]) -> Table:
    """The figures as a terminal shows them."""
    exchange, memory = found["exchange"], found["memory_mb"]
    rows = [
        ["requests", f"{found['requests']} at {found['requests_a_second']} a second"],
        ["p50, p95, p99, most", _said(found["ms"])],
        ["the server computes", f"{found['computing_ms']} ms a request"],
        ["bound of p95", f"{BOUND_MS} ms"],
        ["lost, failed, of neither run", _each(found, "lost", "refused_or_failed", "mixed")],
        ["answers of the run before, after", _each(found["answers"], "before", "after")],
        [f"{exchange['files']} files exchanged, served after", f"{exchange['seconds']} s"],
        ["latencies meanwhile", _said(exchange["ms"])],
        ["memory at start, middle, end", f"{_each(memory, 'start', 'middle', 'end')} MB"],
    ]
    title = f"POST /predict, one worker, {found['cores']} cores"
    return figures.terminal(title, ["measure", "value"], rows, text_columns=2)


def _is_of_one_run(one: Mapping[str, Any], said: Mapping[str, Sequence[Any]]) -> bool:
    answer = one["answer"]
    run = said.get(answer.get("model_version"))
    return run is not None and run[one["body"]] == answer


def _came(one: Mapping[str, Any]) -> float:
    """When a request's answer was there."""
    return float(one["sent"] + one["seconds"])


def _milliseconds(requests: Sequence[Mapping[str, Any]]) -> dict[str, float] | None:
    if not requests:
        return None
    taken = 1000 * np.array([one["seconds"] for one in requests])
    shares = {"p50": 50, "p95": 95, "p99": 99, "most": 100}
    return {name: round(float(np.percentile(taken, share)), 1) for name, share in shares.items()}


def _said(milliseconds: Mapping[str, float] | None) -> str:
    if milliseconds is None:
        return figures.NONE
    return ", ".join(f"{value:g}" for value in milliseconds.values()) + " ms"


def _each(found: Mapping[str, Any], *names: str) -> str:
    return ", ".join(f"{found[name]}" for name in names)
