"""What every sink promises, and what the services do to that promise."""

from __future__ import annotations

import boto3
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from app.sinks.base import ATTEMPTS, Day, DifferentError, Sink, SinkError
from tests.app.sinks.conftest import SILENT, day
from tests.app.sinks.served import Amazon, Cut, Fault, Refusal

DATE = pd.Timestamp("2025-10-24")
OTHER = day(rv_5d_hat=0.02)


@pytest.mark.parametrize("other", [{}, SILENT], ids=["whole", "silent"])
def test_what_is_read_is_what_was_put_and_again_is_nothing(
    sink: Sink, other: dict[str, object]
) -> None:
    one = day(**other)
    assert sink.read(DATE) is None
    assert sink.put(one) == "written"
    assert sink.put(one) == "unchanged"
    assert sink.put(one, replace=True) == "unchanged"
    found = sink.read(DATE)
    assert found is not None
    assert_frame_equal(found, one.row, check_exact=True)
    assert sink.read(pd.Timestamp("2025-10-23")) is None


def test_what_is_published_is_not_changed_unasked(sink: Sink) -> None:
    sink.put(day())
    said = r"rv_5d_hat is 0\.017623002 there and 0\.02 here.*--replace"
    with pytest.raises(DifferentError, match=said):
        sink.put(OTHER)
    assert_frame_equal(sink.read(DATE), day().row, check_exact=True)
    assert sink.put(OTHER, replace=True) == "replaced"
    assert_frame_equal(sink.read(DATE), OTHER.row, check_exact=True)


def test_a_day_is_beside_the_others(sink: Sink) -> None:
    sink.put(day("2025-10-23"))
    sink.put(day("2025-10-24", rv_5d_hat=0.02))
    found = [sink.read(pd.Timestamp(date)) for date in ("2025-10-23", "2025-10-24")]
    assert [row["rv_5d_hat"].item() for row in found] == [0.017623002, 0.02]


PASSING = {
    "500": Refusal(500, "InternalServerError"),
    "503": Refusal(503, "SlowDown"),
    "throttled": Refusal(400, "ThrottlingException"),
    "reset": Cut(),
    "reply lost": Cut(after=True),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_fault_that_passes_is_no_matter(amazon: Amazon, service: Sink, fault: Fault) -> None:
    amazon.faults = [fault, fault, None, fault, fault]
    assert service.put(day()) in {"written", "unchanged"}
    assert len(amazon.asked) > 2
    amazon.faults = []
    assert_frame_equal(service.read(DATE), day().row, check_exact=True)


@pytest.mark.parametrize("fault", list(PASSING.values())[:4], ids=list(PASSING)[:4])
def test_one_that_stays_is_told_and_leaves_nothing(
    amazon: Amazon, service: Sink, fault: Fault
) -> None:
    amazon.faults = [fault] * ATTEMPTS
    with pytest.raises(SinkError, match=r"20251024|2025-10-24.*AWS_ENDPOINT_URL"):
        service.put(day())
    assert not amazon.faults
    assert service.read(DATE) is None


@pytest.mark.parametrize("rival", [day(), OTHER], ids=["same", "other"])
@pytest.mark.parametrize("replace", [False, True])
def test_whoever_comes_first_is_not_overwritten(
    amazon: Amazon, service: Sink, rival: Day, replace: bool
) -> None:
    """Another process delivers between what is read and what is written."""

    def overtake() -> None:
        amazon.faults = []
        service.put(rival, replace=True)

    if replace:
        service.put(day(rv_5d_hat=0.03))
    amazon.faults = [None, overtake]
    if rival is OTHER and not replace:
        if "dynamodb" in service.name:
            overtake()  # one request reads and writes: there is nothing in between
        with pytest.raises(DifferentError):
            service.put(day())
        assert_frame_equal(service.read(DATE), OTHER.row, check_exact=True)
    else:
        assert service.put(day(), replace=replace) in {"written", "unchanged", "replaced"}
        assert_frame_equal(service.read(DATE), day().row, check_exact=True)


def test_a_place_that_changes_without_end_is_given_up(amazon: Amazon, service: Sink) -> None:
    service.put(day())
    sizes = iter(range(3, 100))

    def overtake() -> None:
        kept, amazon.faults = amazon.faults, []
        service.put(day(rv_5d_hat=next(sizes) / 100), replace=True)
        amazon.faults = kept

    amazon.faults = [None, overtake] * ATTEMPTS if "s3" in service.name else [overtake] * ATTEMPTS
    with pytest.raises(SinkError, match=r"each time.*Run again"):
        service.put(OTHER, replace=True)


@pytest.mark.parametrize("code", ["ExpiredToken", "UnrecognizedClientException"])
def test_credentials_that_are_not_taken_are_told(amazon: Amazon, service: Sink, code: str) -> None:
    amazon.faults = [Refusal(403, code)]
    with pytest.raises(SinkError, match=rf"{code}.*AWS_SECRET_ACCESS_KEY.*get-caller-identity"):
        service.put(day())


def test_without_credentials_it_is_said_what_to_set(
    service: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("boto3.Session", boto3.session.Session)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(SinkError, match=r"profile \(nobody\).*Set AWS_PROFILE"):
        service.read(DATE)
    monkeypatch.delenv("AWS_PROFILE")
    with pytest.raises(SinkError, match=r"Unable to locate credentials.*Set AWS_PROFILE"):
        service.put(day())


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "nowhere"])
def test_an_endpoint_that_is_not_there_is_named(
    service: Sink, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    with pytest.raises(SinkError, match=rf"{address}.*AWS_ENDPOINT_URL"):
        service.put(day())


def test_a_right_that_is_missing_is_named(amazon: Amazon, service: Sink) -> None:
    s3, before = service.name.startswith("s3"), len(amazon.asked)
    amazon.faults = [Refusal(403, "AccessDenied") if s3 else Refusal(400, "AccessDeniedException")]
    needed = "s3:GetObject and s3:PutObject" if s3 else "dynamodb:PutItem and dynamodb:GetItem"
    with pytest.raises(SinkError, match=f"AccessDenied.*These credentials need {needed}"):
        service.put(day())
    assert len(amazon.asked) == before + 1
