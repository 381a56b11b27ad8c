"""From real rows to features and labels: known days, known figures, known defects."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import yaml

from mlrisk import contracts, curation, store, targets
from mlrisk.features import table
from mlrisk.params.sections import Roles
from mlrisk.sources import files
from mlrisk.sources.files.source import FileFolder
from tests.real import REAL, needs_real

PROJECT = Path(__file__).parents[3]
LAST = pd.Timestamp("2026-05-01")
OUT_OF_SAMPLE = slice("2011-01-03", "2026-04-24")

pytestmark = needs_real


class Tables(NamedTuple):
    raw: pd.DataFrame
    market: pd.DataFrame
    aligned: pd.DataFrame
    features: pd.DataFrame
    labels: pd.DataFrame


@pytest.fixture(scope="module")
def real() -> Tables:
    """All tables as they are stored; the last three by date."""
    text = (PROJECT / "conf" / "roles" / "us_equity.yaml").read_text(encoding="utf-8")
    roles = Roles(**yaml.safe_load(text))
    digest = files.digest(files.manifest(REAL))
    folder = FileFolder(REAL, digest, date(2007, 4, 11), date(1990, 1, 1), {"WTI": "CL_F"})
    raw = folder.read(list(roles.kinds()), list(roles.series().values()), LAST)
    market = store.at_border(contracts.MARKET_DAILY, curation.market_daily(raw.market, "SPY", LAST))
    sessions = pd.DatetimeIndex(market.loc[market["symbol"] == "SPY", "date"])
    aligned = store.at_border(
        contracts.MACRO_RELEASE_ALIGNED,
        curation.macro_release_aligned(raw.macro, roles.series(), sessions),
    )
    features = table.build(
        market, aligned, raw.macro, raw.calendar, **roles.market(), series=roles.series()
    )
    labels = targets.build(
        market,
        contracts.REGIMES_DAILY.empty(),
        "SPY",
        target="quantiles",
        classes=3,
        calm_below=0.5,
        risk_off_above=0.85,
        min_history=500,
    )
    for dataset, rows in (
        (contracts.MARKET_DAILY, market),
        (contracts.MACRO_RELEASE_ALIGNED, aligned),
        (contracts.FEATURES_DAILY, features),
        (contracts.LABELS_DAILY, labels),
    ):
        dataset.validate(rows)
    by_date = [rows.set_index("date") for rows in (aligned, features, labels)]
    return Tables(raw.market, market, *by_date)


class TestCurated:
    def test_only_two_sessions_of_one_index_are_carried(self, real: Tables) -> None:
        carried = real.market[real.market["filled"]]
        assert [f"{row.symbol} {row.date:%Y-%m-%d}" for row in carried.itertuples()] == [
            "VVIX 2010-11-11", "VVIX 2013-05-13",
        ]  # fmt: skip
        assert real.market["symbol"].value_counts()["SPY"] == 4796

    def test_oil_below_zero_has_no_return_on_two_sessions(self, real: Tables) -> None:
        oil = real.market[real.market["symbol"] == "WTI"].iloc[1:]
        assert oil.loc[oil["ret"].isna(), "date"].dt.strftime("%Y-%m-%d").tolist() == [
            "2020-04-20", "2020-04-21",
        ]  # fmt: skip

    def test_index_is_the_adjusted_price_over_its_first(self, real: Tables) -> None:
        raw = real.raw[real.raw["symbol"] == "SPY"]["adj_close"]
        index = real.market.loc[real.market["symbol"] == "SPY", "adj_close"]
        assert index.to_numpy() == pytest.approx((raw / raw.iloc[0]).to_numpy(), rel=1e-7)


class TestMacro:
    @pytest.mark.parametrize(
        ("session", "column", "value"),
        [
            ("2022-07-13", "cpi_yoy", 8.58),  # June's came at 12:30 UTC of this day
            ("2022-07-14", "cpi_yoy", 9.06),
            ("2020-05-08", "unemp", 4.4),  # April's came at 12:30 UTC of this day
            ("2020-05-11", "unemp", 14.7),
            ("2025-12-18", "cpi_yoy", 3.01),  # September's: October's was never published
            ("2025-12-19", "cpi_yoy", 2.74),
            ("2026-02-27", "ism_pmi", 48.2),
            ("2020-03-16", "yield_10y", 0.94),  # Friday's; Monday's 0.73 came a day later
            ("2020-03-17", "yield_10y", 0.73),
            ("2024-10-15", "yield_10y", 4.08),  # the bond market was shut on the 14th
        ],
    )
    def test_known_days(self, session: str, column: str, value: float, real: Tables) -> None:
        assert real.aligned.loc[session, column] == pytest.approx(value, abs=0.005)

    def test_a_series_that_stopped_is_null_and_the_others_never(self, real: Tables) -> None:
        values = real.aligned[list(contracts.MACRO_NAMES)]
        stopped = values.index[values["ism_pmi"].isna()]
        assert stopped.equals(values.index[values.index >= "2026-03-01"])
        assert values.drop(columns="ism_pmi").notna().all(axis=None)


class TestFeatures:
    @pytest.mark.parametrize(
        ("session", "column", "value"),
        [
            # Closes of VIX3M and VIX on the day.
            ("2020-03-16", "vix_term", 67.70 / 82.69),
            ("2018-02-05", "vix_term", 28.13 / 37.32),
            # Close of 239.85 against 338.34 on 2020-02-19.
            ("2020-03-16", "drawdown_60d", 1 - 239.85 / 338.34),
            # Log of the closes; no dividend on these days.
            ("2020-03-16", "spy_ret_1d", np.log(239.85 / 269.32)),
            ("2018-02-05", "spy_ret_1d", np.log(263.93 / 275.45)),
        ],
    )
    def test_known_days(self, session: str, column: str, value: float, real: Tables) -> None:
        assert real.features.loc[session, column] == pytest.approx(value, rel=1e-3)

    def test_agree_with_pandas(self, real: Tables) -> None:
        """On another way, by running windows, which is exact enough to compare."""
        wide = real.market.pivot(index="date", columns="symbol", values="ret")
        spy = wide["SPY"]
        expected = {
            "spy_vol_20d": np.sqrt((spy**2).rolling(20).sum()),
            "spy_vol_250d": np.sqrt((spy**2).rolling(250).sum()),
            "skew_20d": spy.rolling(20).skew(),
            "kurt_20d": spy.rolling(20).kurt(),
            "corr_spy_tlt_20d": spy.rolling(20).corr(wide["TLT"]),
            "corr_spy_hyg_20d": spy.rolling(20).corr(wide["HYG"]),
            "hyg_tlt_spread": wide["HYG"] - wide["TLT"],
            "sector_dispersion_1d": wide.filter(regex="^XL").std(axis=1),
        }
        for name, column in expected.items():
            pd.testing.assert_series_equal(
                real.features[name], column, check_names=False, rtol=1e-4, atol=1e-7
            )

    @pytest.mark.parametrize(
        ("column", "low", "high"),
        [
            ("spy_vol_250d", 0.15, 0.21),
            ("spy_parkinson_20d", 0.03, 0.045),
            ("spy_garman_klass_20d", 0.04, 0.055),
            ("spy_rogers_satchell_20d", 0.03, 0.045),
            ("spy_yang_zhang_20d", 0.04, 0.055),
            ("spy_overnight_vol_20d", 0.02, 0.035),
            ("rsi_spy_14", 50, 60),
            ("vix", 18, 22),
            ("vix_term", 1.05, 1.15),
            ("vix9d_vix", 0.9, 1.0),
            ("vvix", 85, 105),
            ("vix_premium_20d", 0.2, 0.4),
            ("corr_spy_tlt_20d", -0.4, -0.15),
            ("corr_spy_hyg_20d", 0.6, 0.8),
            ("sector_corr_20d", 0.5, 0.65),
            ("downside_share_20d", 0.4, 0.5),
            ("cpi_yoy", 2, 3),
            ("unemp", 5, 7),
        ],
    )
    def test_means_are_those_of_this_market(
        self, column: str, low: float, high: float, real: Tables
    ) -> None:
        assert low < real.features[column].mean() < high

    def test_volatility_with_the_night_is_as_large_as_that_of_closes(self, real: Tables) -> None:
        of_closes = (real.features["spy_vol_20d"] ** 2).mean()
        for name in ("garman_klass", "yang_zhang"):
            share = (real.features[f"spy_{name}_20d"] ** 2).mean() / of_closes
            assert 0.9 < share < 1.15
        for name in ("parkinson", "rogers_satchell"):  # the session alone
            share = (real.features[f"spy_{name}_20d"] ** 2).mean() / of_closes
            assert 0.5 < share < 0.8


class TestForecasts:
    """Two forecasts that nothing is fitted in score what an independent calculation gave."""

    @pytest.mark.parametrize(
        ("column", "scale", "qlike"), [("spy_ewma_vol", 5, 0.5445), ("spy_vol_20d", 0.25, 0.627)]
    )
    def test_qlike(self, column: str, scale: float, qlike: float, real: Tables) -> None:
        variance = real.labels.loc[OUT_OF_SAMPLE, "rv_5d"] ** 2
        forecast = scale * real.features.loc[OUT_OF_SAMPLE, column] ** 2
        ratio = variance / forecast
        assert ratio.notna().all()
        assert (ratio - np.log(ratio) - 1).mean() == pytest.approx(qlike, abs=0.002)


def test_regimes_know_the_crises(real: Tables) -> None:
    regime = real.labels["regime_5d"]
    assert set(regime["2020-03-02":"2020-03-20"]) == {"risk_off"}
    assert set(regime["2017-07-03":"2017-07-25"]) == {"calm"}
    assert regime.isna().sum() == 504 + 5
    shares = regime.value_counts(normalize=True)
    # The quantiles begin in 2008 and 2009, so what follows is calm more often than half the time.
    assert 0.5 < shares["calm"] < 0.7
    assert 0.05 < shares["risk_off"] < 0.15
