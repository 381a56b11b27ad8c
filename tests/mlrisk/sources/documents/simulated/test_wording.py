"""Figures into words."""

from __future__ import annotations

import pandas as pd
import pytest

from mlrisk.sources.documents.simulated.figures import lower_bound, memory, readings
from mlrisk.sources.documents.simulated.page import Voice, clock_of
from mlrisk.sources.documents.simulated.policy import eighths, target

MONTHS = pd.date_range("2015-01-01", periods=80, freq="MS")


@pytest.mark.parametrize(
    ("rate", "said"),
    [(0.0, "0"), (0.25, "1/4"), (0.75, "3/4"), (2.0, "2"), (5.25, "5-1/4"), (10.5, "10-1/2")],
)
def test_rates_in_quarters(rate: float, said: str) -> None:
    assert eighths(rate) == said


def test_the_range_around_an_effective_rate() -> None:
    assert target(lower_bound(5.33)) == "5-1/4 to 5-1/2 percent"
    assert target(lower_bound(0.04)) == "0 to 1/4 percent"


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([5.0, *[3.0] * 13, 4.0], ("highest", MONTHS[0])),
        ([1.0, *[3.0] * 13, 2.0], ("lowest", MONTHS[0])),
        ([5.0, *[3.0] * 11, 4.0], None),  # a year is not long
        ([3.0] * 20, None),
        ([9.0, *[3.0] * 70, 4.0], ("highest", None)),  # nobody remembers the first
    ],
)
def test_how_long_a_value_was_not_seen(
    values: list[float], found: tuple[str, pd.Timestamp | None] | None
) -> None:
    assert memory(pd.Series(values, index=MONTHS[: len(values)])) == found


def test_a_reading_has_the_vintages_of_its_day() -> None:
    first = pd.DataFrame(
        {
            "series_id": "UNRATE",
            "macro_value_date": MONTHS[:16],
            "value": [4.0 + n / 10 for n in range(16)],
            "release_datetime": (MONTHS[:16] + pd.DateOffset(days=40)).tz_localize("UTC"),
        }
    )
    revision = first.iloc[[3]].assign(value=9.9, release_datetime=first["release_datetime"][15])
    found = readings(pd.concat([revision, first]), "UNRATE", first["release_datetime"][14])
    before, after = found
    assert [before.month, after.month] == [MONTHS[14], MONTHS[15]]
    assert (before.history[MONTHS[3]], after.history[MONTHS[3]]) == (4.3, 9.9)
    assert before.revised.empty
    assert after.revised.to_dict() == {MONTHS[3]: 9.9}


def test_a_voice_is_always_the_same() -> None:
    options = list("abcdefgh")
    said = [Voice(7, "cpi-2022-01").pick(f"{n}", options) for n in range(50)]
    assert said == [Voice(7, "cpi-2022-01").pick(f"{n}", options) for n in range(50)]
    assert len(set(said)) > 5
    assert said[:20] != [Voice(8, "cpi-2022-01").pick(f"{n}", options) for n in range(20)]


def test_the_clock_of_a_release_knows_summer_time() -> None:
    assert clock_of(pd.Timestamp("2024-01-31 19:00", tz="UTC")) == "2:00 p.m. EST"
    assert clock_of(pd.Timestamp("2024-07-11 12:30", tz="UTC")) == "8:30 a.m. EDT"
