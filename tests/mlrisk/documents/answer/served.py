"""A local server that answers as it is told, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, Any]
"""Status, and a body: bytes as they are, all else as JSON. Status 0 hangs up."""


class Served:
    def __init__(self, replies: Sequence[Reply]) -> None:
        self.replies = list(replies)
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.url = ""

    def next(self, path: str, headers: dict[str, str], body: Any) -> Reply:
        self.asked.append((path, headers, body))
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def served(*replies: Reply) -> Iterator[Served]:
    """Replies in turn, the last one again and again."""
    state = Served(replies)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["content-length"])
            body = json.loads(self.rfile.read(size))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, reply = state.next(self.path, headers, body)
            if status == 0:
                self.close_connection = True
                return
            content = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
            self.send_response(status)
            if isinstance(reply, dict) and "__type" in reply:
                self.send_header("x-amzn-errortype", reply["__type"])
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
