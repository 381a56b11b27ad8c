"""The register: what it covers, and nothing beside it."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from mlrisk.monitoring import known
from mlrisk.monitoring.coverage import definitions
from tests.mlrisk.monitoring.conftest import World


def explained(check: str, name: str, day: str) -> str:
    rows = pd.DataFrame({"check": [check], "name": [name], "date": [pd.Timestamp(day)]})
    return str(known.explanations(rows).iloc[0])


@pytest.mark.parametrize("series", ["CPIAUCNS", "CPIAUCSL", "UNRATE"])
def test_october_2025_was_never_published(series: str) -> None:
    assert "Never published" in explained("periods_follow", series, "2025-10-01")
    assert explained("periods_follow", series, "2025-09-01") == ""
    assert explained("periods_follow", series, "2025-11-01") == ""
    assert explained("value_moves_as_usual", series, "2025-10-01") == ""


def test_what_is_not_in_the_register_has_no_explanation() -> None:
    assert explained("periods_follow", "NAPM", "2025-10-01") == ""
    assert explained("signed_close_positive", "WTI", "2020-04-21") == ""


def test_every_entry_is_a_statement_of_its_own() -> None:
    for entry in known.EXCEPTIONS:
        assert entry.first <= entry.last
        assert entry.explanation.endswith(".")
    covered = [
        (entry.check, name, entry.first) for entry in known.EXCEPTIONS for name in entry.names
    ]
    assert len(set(covered)) == len(covered)


def test_every_entry_is_about_a_rule_that_there_is(world: World) -> None:
    rules = {rule.name for rule in world.report().rules}
    assert {entry.check for entry in known.EXCEPTIONS} <= rules


def test_rows_from_before_a_change_are_counted(world: World) -> None:
    days = world.days("VIX")
    change = [known.Change("VIX", days[40].date()), known.Change("VXN", date(2018, 1, 1))]
    (outcome,) = definitions(world.market, change)
    assert outcome.findings[["name", "date", "measured"]].values.tolist() == [
        ["VIX", days[0], 40.0]
    ]
    assert definitions(world.market, [known.Change("VIX", days[0].date())])[0].findings.empty
