"""A day with the feeds themselves: fetched over real connections, tracked, committed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from app import compose, daily, own
from app.daily import Settings
from app.fetch import fetch
from app.repository import git
from mlrisk import store
from mlrisk.contracts import LANDING_MARKET
from mlrisk.sources.appending import RestatementError
from mlrisk.sources.live.policy import BASES
from tests import vendor
from tests.mlrisk.sources.live.conftest import QUICK, FeedServer
from tests.vendor import DAYS, Vendor

pytestmark = pytest.mark.usefixtures("quick_dvc")

ROLES = {
    "benchmark": "SPY", "bonds": "TLT", "vix": "VIX", "oil": "WTI",
    "fed_funds": "DFF", "cpi": "CPIAUCNS", "unemployment": "UNRATE",
}  # fmt: skip


@pytest.fixture
def live(served: Path, server: FeedServer, commit: Callable[[Path, str], str]) -> Path:
    """A repository whose source is fetched from the local server, served as of ``DAYS[129]``."""
    conf = served / "conf"
    choices = {"- source: simulated": "- source: live", "- roles: us_equity": "- roles: sp500"}
    text = (conf / "config.yaml").read_text()
    for before, after in {**choices, "- features: core": "- features: price_only"}.items():
        assert text.count(before) == 1
        text = text.replace(before, after)
    (conf / "config.yaml").write_text(text)

    def change(name: str, **values: object) -> None:
        tree = yaml.safe_load((conf / name).read_text())
        (conf / name).write_text(yaml.safe_dump({**tree, **values}))

    change("roles/sp500.yaml", **ROLES)
    change("source/live.yaml", start="2023-10-02", as_of=f"{DAYS[129]:%Y-%m-%d}", optional=[])
    local = {"origins": [server.base], "bases": dict.fromkeys(BASES, server.base)}
    none = {"sources": [], "start": "2023-10-02", "recheck": 0}
    change("fetch/default.yaml", start="2023-10-02", documents=none, http={**QUICK, **local})
    compose.write(served)
    commit(served, "The live source")
    return served


def run(root: Path, world: Vendor, server: FeedServer, day: int, *accept: str) -> list[str]:
    world.stand(server, DAYS[day])
    now = DAYS[day].tz_localize("UTC") + pd.Timedelta(hours=22)
    settings = Settings(now=now, fetch=fetch, wait=1, accept=accept)
    return daily.daily(root, DAYS[day].date(), settings)


def test_two_days_and_a_restatement_between_them(live: Path, server: FeedServer) -> None:
    world = vendor.usual()
    (first,) = run(live, world, server, 130)
    assert own.LANDING_FILE in git("show", "--name-only", "--format=", first, root=live)
    assert store.read(LANDING_MARKET)["date"].max() == DAYS[130]

    world.closes["SPY"][128] += 2.0
    with pytest.raises(RestatementError, match=r"SPY 2024-04-05 +close"):
        run(live, world, server, 131)
    assert git("rev-parse", "HEAD", root=live) == first
    assert store.read(LANDING_MARKET)["date"].max() == DAYS[130]

    (second,) = run(live, world, server, 131, "SPY:2024-04-05:*")
    subject = git("log", "-1", "--format=%s", second, root=live)
    assert subject.startswith(f"{DAYS[131]:%Y-%m-%d}: SPY 5-day volatility")
    assert store.read(LANDING_MARKET)["date"].max() == DAYS[131]
    assert git("status", "--porcelain", root=live) == ""
