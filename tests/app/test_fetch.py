"""Fetching appends, compares, and leaves everything as it was where it cannot finish."""

from __future__ import annotations

import copy
import hashlib
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from app import compose
from app.fetch import fetch
from mlrisk import contracts, curation, store
from mlrisk.calendar import INFORMATION_HOUR
from mlrisk.contracts import (
    LANDING_CALENDAR,
    LANDING_DOCUMENTS,
    LANDING_MACRO,
    LANDING_MARKET,
    RESTATEMENTS,
)
from mlrisk.dataset import ContractError
from mlrisk.errors import MlriskError
from mlrisk.sources.appending import RestatementError
from mlrisk.sources.documents.live import bls
from mlrisk.sources.live.errors import FeedError
from mlrisk.sources.live.policy import BASES
from stages import ingest
from tests import vendor
from tests.conftest import PROJECT
from tests.mlrisk.sources.documents.live.pages import bls_archive, page
from tests.mlrisk.sources.live.conftest import QUICK, FeedServer, Reply
from tests.vendor import DAYS, Vendor

ROLES = (
    "roles=sp500",
    "roles.benchmark=SPY",
    "roles.bonds=TLT",
    "roles.vix=VIX",
    "roles.oil=WTI",
    "roles.fed_funds=DFF",
    "roles.cpi=CPIAUCNS",
    "roles.unemployment=UNRATE",
)
TABLES = (LANDING_MARKET, LANDING_MACRO, LANDING_CALENDAR, RESTATEMENTS)

Configure = Callable[..., None]


@pytest.fixture
def configure(server: FeedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Writes params.yaml of a repository whose feeds are all the local server."""
    monkeypatch.chdir(tmp_path)

    def write(*overrides: str, as_of: str = "2024-06-03", **http: Any) -> None:
        bases = {f"bases.{feed}": server.base for feed in BASES}
        settings = {**QUICK, **bases, "attempts": 9, "origins": [server.base], **http}
        lines = [f"++fetch.http.{name}={_text(value)}" for name, value in settings.items()]
        text = compose.composed(
            PROJECT,
            [
                "source=live",
                *ROLES,
                "source.start='2023-10-02'",
                "fetch.start='2023-10-02'",
                "fetch.documents.sources=[]",
                f"as_of='{as_of}'",
                *lines,
                *overrides,
            ],
        )
        Path("params.yaml").write_text(text, encoding="utf-8")

    write()
    return write


def _text(value: Any) -> str:
    match value:
        case list():
            return "[" + ",".join(f"'{item}'" for item in value) + "]"
        case str():
            return f"'{value}'"
        case None:
            return "null"
    return str(value)


@pytest.fixture
def world() -> Vendor:
    return vendor.usual()


def run(
    world: Vendor, server: FeedServer, day: int, *accept: str, later: int = 0
) -> dict[str, Any]:
    """Fetch to a session while the feeds stand on that evening, or some sessions later."""
    world.stand(server, DAYS[day + later])
    return fetch(Path(), DAYS[day], accept)


def digests(folder: str) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file()
    }


def raw_bytes() -> dict[str, str]:
    ingest.main()
    return digests("data/raw")


class TestAppending:
    def test_any_way_to_a_day_gives_the_same_raw_bytes(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> None:
        """To 160; to 80, 155, then 160 (over dividends and splits); to 175, read as of 160."""
        configure(as_of=f"{DAYS[160]:%Y-%m-%d}")
        found = []
        for stops in ([160], [80, 155, 160], [160, 175], [175]):
            for stop in stops:
                run(world, server, stop)
            found.append(raw_bytes())
            store._remove(Path("data"))
        assert found[0] == found[1] == found[2] == found[3]

    def test_what_the_feeds_say_later_changes_no_bit(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> None:
        """A split after the last session scales the vendor's past, and none of ours."""
        run(world, server, 140)
        landed = digests("data/landing")
        store._remove(Path("data"))
        run(world, server, 140, later=35)
        assert digests("data/landing") == landed

    def test_years_that_are_over_keep_their_bytes(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> None:
        run(world, server, 120)
        before = digests("data/landing/market")
        summary = run(world, server, 130)
        after = digests("data/landing/market")
        assert summary["added"]["market"] == 40
        assert [name for name in before if before[name] != after[name]] == [
            "year=2024/part-0.parquet"
        ]

    def test_twice_on_one_day_adds_nothing(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> None:
        run(world, server, 130)
        before = digests("data/landing")
        assert run(world, server, 130)["added"] == {"market": 0, "macro": 0}
        assert digests("data/landing") == before

    def test_only_the_overlap_is_asked_for_again(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> None:
        run(world, server, 130)
        server.requests.clear()
        run(world, server, 131)
        asked = int(server.asked("/v8/finance/chart/SPY")[-1].query["period1"])
        assert pd.Timestamp(asked, unit="s") == DAYS[121]

    def test_prices_land_as_traded_and_curate_to_a_total_return(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> None:
        configure(as_of=f"{DAYS[160]:%Y-%m-%d}")
        run(world, server, 160)
        ingest.main()
        raw = store.read(
            contracts.raw_market(
                {"SPY": "equity", "TLT": "equity", "VIX": "index", "WTI": "signed"}
            )
        )
        bonds = raw[raw["symbol"] == "TLT"].reset_index(drop=True)
        np.testing.assert_allclose(bonds["close"], world.closes["TLT"][: len(bonds)], atol=1e-4)
        assert bonds.loc[bonds["split"] != 1, "split"].to_dict() == {90: 0.5, 150: 4.0}
        assert bonds.loc[40, "dividend"] == pytest.approx(0.3)
        daily = curation.market_daily(raw, "SPY", DAYS[160])
        ret = daily.loc[daily["symbol"] == "TLT", "ret"].to_numpy()
        closes = world.closes["TLT"]
        assert ret[90] == pytest.approx(np.log(0.5 * closes[90] / closes[89]), abs=1e-5)
        assert ret[40] == pytest.approx(np.log((closes[40] + 0.3) / closes[39]), abs=1e-5)


class TestRestatements:
    def test_stop_the_line_and_leave_everything_as_it_was(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> None:
        run(world, server, 130)
        before = digests("data/landing")
        world.closes["SPY"][125] += 1.0
        with pytest.raises(RestatementError, match=r"SPY 2024-04-02 +close"):
            run(world, server, 131)
        assert digests("data/landing") == before

    def test_accepted_ones_are_taken_over_and_written_down(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> None:
        run(world, server, 130)
        old = world.closes["SPY"][125]
        world.closes["SPY"][125] = old + 1.0
        summary = run(world, server, 131, "SPY:2024-04-02:*")
        assert summary["restated"] == 4
        audit = store.read(RESTATEMENTS).set_index("column")
        assert set(audit.index) == {"open", "high", "low", "close"}
        assert audit.loc["close", "old"] == pytest.approx(old)
        assert audit.loc["close", "new"] == pytest.approx(old + 1)
        assert audit.loc["close", "seen_on"] == DAYS[131]
        market = store.read(LANDING_MARKET).set_index(["symbol", "date"])
        assert market.loc[("SPY", DAYS[125]), "close"] == pytest.approx(old + 1)
        # And the audit stays, day after day.
        run(world, server, 132)
        assert len(store.read(RESTATEMENTS)) == 4

    def test_consumer_prices_are_never_revised(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> None:
        run(world, server, 130)
        world.values["CPIAUCNS"][48] += 1.0
        with pytest.raises(RestatementError, match=r"CPIAUCNS 2024-01-01 +value"):
            run(world, server, 131)

    def test_a_revision_of_unemployment_is_a_vintage_that_is_not_point_in_time(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> None:
        run(world, server, 130)
        world.values["UNRATE"][48] += 0.3
        run(world, server, 150)
        rows = store.read(LANDING_MACRO)
        vintages = rows[
            (rows["series_id"] == "UNRATE") & (rows["macro_value_date"] == "2024-01-01")
        ]
        assert len(vintages) == 2
        assert not vintages["point_in_time"].any()
        assert len(store.read(RESTATEMENTS)) == 1

    def test_with_a_key_every_vintage_lands_as_it_was_published(
        self,
        world: Vendor,
        server: FeedServer,
        configure: Configure,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("FRED_API_KEY", "s3cret")
        world.revisions["UNRATE"] = [(40, 9.9, "2024-02-02"), (41, 9.8, "2024-06-20")]
        run(world, server, 140)
        rows = store.read(LANDING_MACRO)
        rows = rows[rows["series_id"] == "UNRATE"]
        assert rows["point_in_time"].all()
        assert (rows["value"] == 9.9).sum() == 1
        assert not (rows["value"] == 9.8).any()
        run(world, server, 184)
        rows = store.read(LANDING_MACRO)
        assert (rows["value"] == 9.8).sum() == 1


class TestFaults:
    def test_with_a_third_of_requests_failing_the_rows_are_the_same(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> None:
        run(world, server, 140)
        expected = digests("data/landing")
        store._remove(Path("data"))
        server.failing = random.Random(4)
        run(world, server, 140)
        assert digests("data/landing") == expected
        assert len(server.requests) > 12

    @pytest.mark.parametrize(
        ("path", "feed"),
        [
            ("/v8/finance/chart/TLT", "yahoo"),
            ("/api/global/us_indices/daily_prices/VIX_History.csv", "cboe"),
            ("/graph/fredgraph.csv", "fred"),
            ("/schedule/news_release/empsit.htm", "bls"),
            ("/monetarypolicy/fomccalendars.htm", "fed"),
        ],
    )
    def test_a_feed_that_stays_down_is_named_and_nothing_is_touched(
        self, world: Vendor, server: FeedServer, configure: Configure, path: str, feed: str
    ) -> None:
        run(world, server, 130)
        before = digests("data/landing")
        configure(attempts=1000, feed_seconds=2.0)
        world.stand(server, DAYS[131])
        server.give(path, Reply(b"down", 503))
        began = time.monotonic()
        with pytest.raises(FeedError, match=feed):
            fetch(Path(), DAYS[131])
        assert time.monotonic() - began < 30
        assert digests("data/landing") == before

    def test_rows_that_break_the_contract_do_not_land(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> None:
        run(world, server, 130)
        before = digests("data/landing")
        world.closes["VIX"][131] = 0.0
        with pytest.raises(ContractError, match="a zero is a bad print"):
            run(world, server, 131)
        assert digests("data/landing") == before

    def test_a_kill_between_the_two_renames_is_recovered(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> None:
        run(world, server, 130)
        Path("data/landing").rename("data/.tmp-old-landing")
        run(world, server, 131)
        assert not Path("data/.tmp-old-landing").exists()
        market = store.read(LANDING_MARKET)
        assert market["date"].min() == DAYS[0]


class TestDocuments:
    @pytest.fixture
    def statisticians(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> Callable[[], dict[str, Any]]:
        """A fetch beside which the site of the BLS has one release, and one page that fails."""
        configure("fetch.documents.sources=[bls]", "fetch.documents.start='2024-01-01'", attempts=2)
        day = DAYS[130]
        release = f"/news.release/archives/cpi_{day:%m%d%Y}.htm"
        server.give(bls.ARCHIVES["cpi"], Reply(bls_archive("cpi", {f"{day:%m%d%Y}": ""})))
        server.give(bls.ARCHIVES["empsit"], Reply(status=500))
        server.give(release, Reply(page("The Consumer Price Index")))
        return lambda: run(world, server, 130)

    def test_they_land_beside_the_rows_once(
        self, statisticians: Callable[[], dict[str, Any]]
    ) -> None:
        told = statisticians()["documents"]
        assert (told["added"], told["changed"]) == (1, 0)
        landed = store.read(LANDING_DOCUMENTS)
        assert landed["blob"].tolist() == [page("The Consumer Price Index")]
        assert landed["fetched_at"].tolist() == [DAYS[130].tz_localize("UTC") + INFORMATION_HOUR]
        before = digests("data/landing")
        assert statisticians()["documents"]["added"] == 0
        assert digests("data/landing") == before

    def test_a_page_that_fails_keeps_no_row_away(
        self, statisticians: Callable[[], dict[str, Any]]
    ) -> None:
        told = statisticians()
        assert told["added"]["market"] > 0
        assert any("empsit.htm" in text for text in told["documents"]["failed"])


class TestThePmi:
    def test_without_a_file_it_is_absent_and_said_to_be(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> None:
        configure("roles.pmi=NAPM", as_of=f"{DAYS[130]:%Y-%m-%d}")
        assert run(world, server, 130)["absent"] == ["NAPM"]
        ingest.main()
        assert "NAPM" not in set(store.read(contracts.RAW_MACRO)["series_id"])

    def test_with_a_file_it_lands_by_the_rule_of_its_release(
        self, world: Vendor, server: FeedServer, configure: Configure
    ) -> None:
        Path("pmi.csv").write_text(
            "macro_value_date,value\n2024-01-01,49.1\n2024-02-01,47.8\n2024-03-01,50.3\n"
        )
        configure("roles.pmi=NAPM", "fetch.pmi_file=pmi.csv")
        assert run(world, server, 110)["absent"] == []
        rows = store.read(LANDING_MACRO)
        rows = rows[rows["series_id"] == "NAPM"].reset_index(drop=True)
        assert f"{DAYS[110]:%Y-%m-%d}" == "2024-03-11"
        assert rows["value"].tolist() == [49.1, 47.8]
        assert rows["release_datetime"].iloc[1] == pd.Timestamp("2024-03-01 15:00", tz="UTC")
        assert not rows["point_in_time"].any()


def test_another_vendor_is_another_history(
    world: Vendor, server: FeedServer, configure: Configure
) -> None:
    """The comparisons above can fail."""
    run(world, server, 130)
    landed = digests("data/landing")
    store._remove(Path("data"))
    other = copy.deepcopy(world)
    other.closes["SPY"][3] += 0.01
    run(other, server, 130)
    assert digests("data/landing") != landed


def test_nobody_asks_without_saying_who(configure: Configure) -> None:
    configure(contact=None)
    with pytest.raises(MlriskError, match=r"fetch\.http\.contact is not set"):
        fetch(Path(), DAYS[130])


def test_a_series_without_a_release_is_told(configure: Configure) -> None:
    configure("roles.cpi=CPILFESL")
    with pytest.raises(MlriskError, match=r"fetch\.releases names no release for CPILFESL"):
        fetch(Path(), DAYS[130])
