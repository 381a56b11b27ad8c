from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.api.limits import RateLimit, address


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(time, "time", found)
    return found


def test_a_sender_has_so_many_a_minute_and_another_has_its_own(clock: Clock) -> None:
    limit = RateLimit(per_minute=3, burst=100)
    assert [limit.hit("a").allowed for _ in range(5)] == [True, True, True, False, False]
    assert limit.hit("b").allowed


def test_a_window_moves(clock: Clock) -> None:
    limit = RateLimit(per_minute=4, burst=100)
    for second in (0, 50, 58, 59):
        clock.now = 1_000_000.0 + second
        assert limit.hit("a").allowed
    # A window with a border at the full minute would let four more through here.
    clock.now = 1_000_000.0 + 60.5
    assert [limit.hit("a").allowed for _ in range(3)] == [True, False, False]


def test_a_burst_ends_within_a_second(clock: Clock) -> None:
    limit = RateLimit(per_minute=100, burst=2)
    assert [limit.hit("a").allowed for _ in range(3)] == [True, True, False]
    clock.now += 1.01
    assert limit.hit("a").allowed


def test_says_how_long_to_wait_and_means_it(clock: Clock) -> None:
    limit = RateLimit(per_minute=2, burst=100)
    limit.hit("a")
    clock.now += 20
    limit.hit("a")
    refused = limit.hit("a")
    assert refused.headers["Retry-After"] == str(refused.retry_after)
    assert 40 <= refused.retry_after <= 41
    clock.now += refused.retry_after - 1.5
    assert not limit.hit("a").allowed
    clock.now += 1.6
    assert limit.hit("a").allowed


def test_headers_tell_policy_and_what_is_left(clock: Clock) -> None:
    limit = RateLimit(per_minute=5, burst=3)
    first = limit.hit("a")
    assert first.headers == {
        "RateLimit-Policy": '"burst";q=3;w=1, "minute";q=5;w=60',
        "RateLimit": '"minute";r=4;t=60',
    }
    limit.hit("a"), limit.hit("a")
    assert limit.hit("a").headers["RateLimit"] == '"burst";r=0;t=1'


@settings(max_examples=30)
@given(st.lists(st.floats(0, 30), min_size=1, max_size=60), st.integers(1, 8), st.integers(1, 4))
def test_no_window_ever_holds_more(pauses: list[float], minute: int, burst: int) -> None:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", clock)
        limit = RateLimit(minute, burst)
        passed = []
        for pause in pauses:
            clock.now += pause
            if limit.hit("a").allowed:
                passed.append(clock.now)
    for start in passed:
        assert sum(start <= moment < start + 60 for moment in passed) <= minute
        assert sum(start <= moment < start + 1 for moment in passed) <= burst


def test_forgets_senders_that_stay_away(clock: Clock) -> None:
    limit = RateLimit(per_minute=5, burst=5)
    for number in range(12_000):
        limit.hit(f"address {number}")
        clock.now += 0.01
    clock.now += 61
    for number in range(12_000):
        limit.hit(f"later {number}")
        clock.now += 0.1
    assert len(limit._storage.events) < 30_000  # two windows of each sender


def test_an_address_is_that_of_a_customer() -> None:
    assert address("203.0.113.7") == "203.0.113.7"
    assert address("2001:db8:1:2:3::4") == address("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert address("2001:db8:1:3::1") != address("2001:db8:1:2::1")
    assert address("::ffff:203.0.113.7") == "::ffff:203.0.113.7"
    assert address("a name") == "a name"
    assert re.fullmatch(r"\S*", address(""))
