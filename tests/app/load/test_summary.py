from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from app.load.summary import Exchange, summary, table

SAID = {"old": [{"model_version": "old", "n": n} for n in range(2)]}
SAID["new"] = [{"model_version": "new", "n": 10 + n} for n in range(2)]


def request(sent: float, version: str, body: int = 0, status: int = 200) -> dict[str, Any]:
    told = {"sent": sent, "seconds": 0.004, "body": body, "status": status}
    return told | ({"answer": SAID[version][body]} if status == 200 else {})


REQUESTS = [request(float(moment), "old", moment % 2) for moment in range(10)]
REQUESTS += [request(float(moment), "new", moment % 2) for moment in range(12, 20)]
MEMORY = [(float(moment), 400_000_000 + moment * 1_000_000) for moment in range(20)]
EXCHANGE = Exchange(files=7, began=9.5, ended=10.5)


def test_every_answer_is_held_against_what_its_run_says() -> None:
    found = summary(REQUESTS, SAID, MEMORY, EXCHANGE, 0.09)
    assert (found["requests"], found["mixed"], found["lost"]) == (18, 0, 0)
    assert found["answers"] == {"before": 10, "after": 8}
    mixed = {**REQUESTS[0], "answer": {"model_version": "old", "n": 11}}
    unknown = {**REQUESTS[0], "answer": {"model_version": "other", "n": 0}}
    swapped = {**REQUESTS[0], "body": 1}
    assert summary([*REQUESTS, mixed, unknown, swapped], SAID, MEMORY, EXCHANGE, 0.09)["mixed"] == 3


def test_lost_and_refused_requests_are_told_apart() -> None:
    more = [request(1.0, "old", status=0), request(1.5, "old", status=429)]
    found = summary([*REQUESTS, *more], SAID, MEMORY, EXCHANGE, 0.09)
    assert (found["lost"], found["refused_or_failed"]) == (1, 1)


def test_latencies_memory_and_the_time_of_an_exchange() -> None:
    slow = [{**one, "seconds": 0.1} for one in REQUESTS[:1]]
    found = summary([*REQUESTS[1:], *slow], SAID, MEMORY, EXCHANGE, 0.09)
    assert found["ms"]["p50"] == 4.0
    assert found["computing_ms"] == 5.0
    assert found["ms"]["most"] == 100.0
    assert found["exchange"] == {
        "files": 7,
        "seconds": 1.5,  # the first answer of the new run came at 12.004
        "requests": 1,
        "ms": {"p50": 4.0, "p95": 4.0, "p99": 4.0, "most": 4.0},
    }
    assert found["memory_mb"] == {"start": 400, "middle": 409, "end": 419, "most": 419}
    assert found["requests_a_second"] == 0.9


def test_a_run_that_was_never_served_is_told() -> None:
    found = summary(REQUESTS[:10], SAID, MEMORY, EXCHANGE, 0.09)
    assert found["answers"] == {"before": 10, "after": 0}
    assert found["exchange"]["seconds"] is None


def test_shows_the_figures() -> None:
    found = {"cores": 2} | summary(REQUESTS, SAID, MEMORY, EXCHANGE, 0.09)
    page = Console(file=io.StringIO(), width=120, record=True)
    page.print(table(found))
    text = page.export_text()
    for told in ("4, 4, 4, 4 ms", "0, 0, 0", "10, 8", "400, 409, 419 MB", "20 ms"):
        assert told in text
