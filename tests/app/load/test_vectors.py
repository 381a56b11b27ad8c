from __future__ import annotations

from pathlib import Path

import pytest

from app.api.service import Loader, Service
from app.load import vectors


@pytest.fixture(scope="module")
def service(computed: Path) -> Service:
    return Loader()(computed)


def test_requests_differ_and_are_the_same_for_the_same_seed(service: Service) -> None:
    made = vectors.bodies(service, 30, seed=1)
    assert made == vectors.bodies(service, 30, seed=1)
    assert made != vectors.bodies(service, 30, seed=2)
    assert len({str(one) for one in made}) == 30
    assert len({one["as_of_date"] for one in made}) > 10


def test_every_request_is_answered(service: Service) -> None:
    asked = vectors.bodies(service, 30, seed=1)
    answers = vectors.expected(service, asked)
    assert [one["as_of_date"] for one in answers] == [one["as_of_date"] for one in asked]
    assert len({one["rv_5d_hat"] for one in answers}) > 20
