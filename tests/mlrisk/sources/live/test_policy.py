"""Settings, and what a server's headers ask for."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mlrisk.params.sections import Http
from mlrisk.sources.live.errors import FeedError, TransientError, excerpt, redact
from mlrisk.sources.live.policy import BASES, base_of, require_ok, retry_after
from tests.conftest import PROJECT

CONF = yaml.safe_load((PROJECT / "conf" / "fetch" / "default.yaml").read_text(encoding="utf-8"))


def test_every_feed_is_allowed_by_default() -> None:
    settings = Http(**CONF["http"])
    assert {base_of(settings, feed) for feed in BASES} <= set(settings.origins)
    assert all(origin.startswith("https://") for origin in settings.origins)


@pytest.mark.parametrize(
    "wrong",
    [
        {"contact": ""},
        {"attempts": 0},
        {"first_wait": 0.0},
        {"feed_seconds": float("inf")},
        {"interval_seconds": -1.0},
        {"patience": 1},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_wrong_setting_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        Http.model_validate({**CONF["http"], **wrong})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": " 0 "}, 0.0),
        (
            {
                "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT",
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            30.0,
        ),
        (
            {
                "retry-after": "Wed, 21 Oct 2026 07:27:00 GMT",
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            0.0,
        ),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, None),
        ({"retry-after": "soon", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@given(text=st.text(), date=st.text())
def test_no_header_is_too_odd(text: str, date: str) -> None:
    seconds = retry_after({"retry-after": text, "date": date})
    assert seconds is None or seconds >= 0


@given(status=st.integers(100, 599))
def test_only_200_passes(status: int) -> None:
    if status == 200:
        require_ok("fred", status, {}, b"")
        return
    with pytest.raises(FeedError, match=f"fred: status {status}") as caught:
        require_ok("fred", status, {}, b"text")
    asked_again = isinstance(caught.value, TransientError)
    assert asked_again == (status >= 500 or status in {408, 425, 429})


def test_an_excerpt_is_short_and_on_one_line() -> None:
    assert excerpt(b"  a\n\n b\xff") == "'a b\ufffd'"
    assert len(excerpt("word " * 1000)) < 130


def test_keys_are_redacted_by_name_and_by_value() -> None:
    text = "https://x.org/?id=1&api_key=abc&z=2 said abc"
    assert redact(text) == "https://x.org/?id=1&api_key=***&z=2 said abc"
    assert redact(text, ["abc"]) == "https://x.org/?id=1&api_key=***&z=2 said ***"
