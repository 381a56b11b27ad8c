"""HTTP/1.1 with bounds on the header, which uvicorn reads without any.

A client that sends its header a byte at a time, or never ends it, would hold a connection and
memory for as long as it likes.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

_LINGER_SECONDS = 1.0


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, refusing a header that is too large or too slow.

    Parameters
    ----------
    most : int
        Bytes of request line and header.
    seconds : float
        From the connection, or from the first byte of a later request, to the end of the header.
    """

    def __init__(self, *args: Any, most: int, seconds: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._most, self._seconds = most, seconds
        self._size = self._ended = 0
        self._timer: asyncio.TimerHandle | None = None
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        ended = self._ended
        super().data_received(data)
        # A header that began or ended within this piece is measured when it ends: the rest of the
        # piece may be a body.
        if self._timer is not None and self._ended == ended:
            self._size += len(data)
            self._require_small()
        elif self._timer is None and self._idle():
            self._start()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._start()

    def on_headers_complete(self) -> None:
        self._stop()
        self._ended += 1
        self._size = len(self.url) + sum(len(n) + len(v) + 4 for n, v in self.headers)
        if self._require_small():
            super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        if not self._refused:
            super().send_400_response(msg)

    def _idle(self) -> bool:
        """Whether nothing else bounds the connection: neither a request nor uvicorn's own timer."""
        answered = self.cycle is None or self.cycle.response_complete
        return answered and self.timeout_keep_alive_task is None

    def _start(self) -> None:
        if self._timer is None:
            self._size = 0
            self._timer = self.loop.call_later(
                self._seconds, self._refuse, 408, "The header took too long."
            )

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _require_small(self) -> bool:
        if self._size <= self._most:
            return True
        self._refuse(431, f"The header has more than {self._most} bytes.")
        return False

    def _refuse(self, status: int, message: str) -> None:
        self._stop()
        self._refused = True
        if self.cycle is not None and not self.cycle.response_complete:
            # An earlier answer is under way: nothing may be written into it.
            self.transport.close()
            return
        body = message.encode("ascii")
        self.transport.write(
            STATUS_LINE[status] + b"content-type: text/plain; charset=utf-8\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(body), body)
        )
        # Closed at once with bytes unread, the connection would be reset and the answer lost.
        self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)


def bounded(most: int, seconds: float) -> Any:
    """The protocol as uvicorn's configuration takes it."""
    return partial(BoundedProtocol, most=most, seconds=seconds)
