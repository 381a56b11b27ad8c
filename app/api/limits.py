"""How many requests a key may send: in any minute, and in any second."""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_REMEMBERED = 10_000


@dataclass(frozen=True)
class Verdict:
    """Whether a request may pass, and what to tell whoever sent it.

    Parameters
    ----------
    allowed : bool
    retry_after : int
        Whole seconds until there is room again; 0 where there is.
    headers : mapping of str to str
        ``RateLimit`` and ``RateLimit-Policy`` after draft-ietf-httpapi-ratelimit-headers-10, and
        ``Retry-After`` where there is no room.
    """

    allowed: bool
    retry_after: int
    headers: Mapping[str, str]


class RateLimit:
    """Moving windows of one minute and one second for each sender, in the memory of one process.

    A moving window has no border at which twice the number would pass.

    Parameters
    ----------
    per_minute, burst : int
        Requests in any 60 seconds, and in any one.
    """

    def __init__(self, per_minute: int, burst: int) -> None:
        self._storage = MemoryStorage()
        self._windows = MovingWindowRateLimiter(self._storage)
        self._crowd = _REMEMBERED
        self._limits: dict[str, RateLimitItem] = {
            "burst": RateLimitItemPerSecond(burst),
            "minute": RateLimitItemPerMinute(per_minute),
        }
        self._policy = ", ".join(
            f'"{name}";q={limit.amount};w={limit.get_expiry()}'
            for name, limit in self._limits.items()
        )

    def hit(self, sender: str) -> Verdict:
        """Count a request of a sender; one that is refused does not count."""
        if len(self._storage.events) > self._crowd:
            self._forget()
        full = next(
            (n for n, limit in self._limits.items() if not self._windows.hit(limit, sender)), None
        )
        name = full or "minute"
        reset, remaining = self._windows.get_window_stats(self._limits[name], sender)
        wait = max(1, math.ceil(reset - time.time()))
        headers = {
            "RateLimit-Policy": self._policy,
            "RateLimit": f'"{name}";r={0 if full else remaining};t={wait}',
        }
        if full is None:
            return Verdict(allowed=True, retry_after=0, headers=headers)
        return Verdict(False, wait, {**headers, "Retry-After": str(wait)})

    def _forget(self) -> None:
        """Drop senders of which nothing counts any more: the library keeps an empty list."""
        for sender, seen in list(self._storage.events.items()):
            if not seen:
                self._storage.clear(sender)
        self._crowd = max(_REMEMBERED, 2 * len(self._storage.events))


def address(host: str) -> str:
    """The sender that an address stands for: of IPv6 its network, which one customer has whole."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return host
