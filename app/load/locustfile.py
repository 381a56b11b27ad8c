"""What locust runs: users that each send one ``POST /predict`` a second and note what came.

A user does not wait longer because an answer was late, so a server that stalls is found out. Every
request is a line of ``MLRISK_LOAD_OUT``: when it was sent, how long it took, which body it was, its
status and what was answered.
"""

from __future__ import annotations

import json
import os
import time
from itertools import count
from pathlib import Path

from locust import FastHttpUser, events, task

BODIES = json.loads(Path(os.environ["MLRISK_LOAD_BODIES"]).read_text(encoding="utf-8"))
KEY = {"X-API-Key": os.environ["MLRISK_LOAD_KEY"]}
OUT = Path(os.environ["MLRISK_LOAD_OUT"]).open("w", encoding="utf-8")  # noqa: SIM115
NUMBERS, USERS = count(), count()
RATE = int(os.environ["MLRISK_LOAD_RATE"])


class Reader(FastHttpUser):
    """Asks for a forecast once a second, at a moment of its own: requests come evenly spaced."""

    connection_timeout = network_timeout = 30.0

    def on_start(self) -> None:
        """Take the next moment; users that are made together would ask together."""
        self.moment = next(USERS) / RATE
        time.sleep(self.wait_time())

    def wait_time(self) -> float:
        """Seconds to this user's moment, which does not move when an answer was late."""
        return (self.moment - time.monotonic()) % 1.0

    @task
    def predict(self) -> None:
        """The next body in turn."""
        which = next(NUMBERS) % len(BODIES)
        sent, start = time.time(), time.perf_counter()
        with self.client.post(
            "/predict", json=BODIES[which], headers=KEY, catch_response=True
        ) as answer:
            seconds = time.perf_counter() - start
            told = {"sent": sent, "seconds": seconds, "body": which, "status": answer.status_code}
            if answer.status_code == 200:
                told["answer"] = answer.json()
            OUT.write(json.dumps(told) + "\n")


def close(**_: object) -> None:
    """Nothing that was noted is lost."""
    OUT.close()


events.quitting.add_listener(close)  # type: ignore[no-untyped-call]
