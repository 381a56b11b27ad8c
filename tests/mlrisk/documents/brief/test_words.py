from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from mlrisk import contracts
from mlrisk.documents.brief.words import EVENTS, feature, together
from tests.conftest import PROJECT

NAMES = {"benchmark": "spy", "bonds": "tlt", "credit": "hyg", "dollar": "dxy", "gold": "gld"}


def columns(file: Path) -> list[str]:
    tree = yaml.safe_load(file.read_text(encoding="utf-8"))
    return [name.format_map({**NAMES, "oil": "wti"}) for name in tree["columns"]]


@pytest.mark.parametrize("file", sorted((PROJECT / "conf" / "features").glob("*.yaml")), ids=str)
def test_every_feature_of_the_configuration_has_words_without_a_digit(file: Path) -> None:
    for name in columns(file):
        assert re.fullmatch(r"[^\d`]+", feature(name)), name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("spy_vol_5d", "SPY's five-session volatility"),
        ("corr_spy_tlt_20d", "the twenty-session correlation of SPY and TLT"),
        ("hyg_tlt_spread", "HYG against TLT"),
        ("prob_cluster_2_5d", "the five-session mean probability of the third discovered regime"),
        ("spy_vol_7d", "`spy_vol_7d`"),
        ("es1_vol_5d", "`es1_vol_5d`"),
    ],
)
def test_words_of_a_feature_or_its_name(name: str, said: str) -> None:
    assert feature(name) == said


def test_every_event_of_the_calendar_has_a_name() -> None:
    assert set(EVENTS) == set(contracts.EVENTS)


def test_items_are_put_together() -> None:
    assert [together(list(items)) for items in ("", "a", "ab", "abc")] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
