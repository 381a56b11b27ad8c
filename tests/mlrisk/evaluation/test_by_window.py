"""Figures per year, span and regime."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from mlrisk.evaluation import by_window, compare

HORIZON = 5
BOUNDS = {
    "2015": (date(2015, 1, 1), date(2015, 12, 31)),
    "2016-2017": (date(2016, 1, 1), date(2017, 12, 31)),
    "1999": (date(1999, 1, 1), date(1999, 12, 31)),
}


@pytest.fixture
def labels(table: pd.DataFrame) -> pd.DataFrame:
    rank = table["rv_5d"].rank(pct=True)
    regime = np.select([rank < 0.5, rank > 0.85], ["calm", "risk_off"], "transition")
    return table[["date", "rv_5d"]].assign(regime_5d=regime)


@pytest.fixture
def tables(table: pd.DataFrame, labels: pd.DataFrame) -> dict[str, pd.DataFrame]:
    def of(volatility: pd.Series) -> pd.DataFrame:
        return pd.DataFrame(
            {"date": table["date"], "var_5d_hat": volatility**2, "rv_5d_hat": volatility}
        )

    forecasts = {
        "rv20": of(table["vol_20d"] / 2),
        "vix": of(table["vix"] / 100 * np.sqrt(5 / 252)),
        "late": of(table["vol_5d"].where(table.index >= 300)),
    }
    return compare.beside(compare.joined(labels, forecasts), "vix")


def test_windows_add_up_to_the_whole(tables: dict[str, pd.DataFrame], labels: pd.DataFrame) -> None:
    found = by_window.figures(tables, labels, BOUNDS, HORIZON)
    assert list(found) == ["years", "spans", "regimes"]
    assert list(found["spans"]) == ["2015", "2016-2017"]
    whole = compare.figures(tables["vix"])
    for kind in ("years", "spans"):
        parts = [contenders["vix"] for contenders in found[kind].values()]
        assert sum(part["n_obs"] for part in parts) == whole["n_obs"]
        for name in ("qlike", "bias"):
            total = sum(part["n_obs"] * part[name] for part in parts)
            assert total / whole["n_obs"] == pytest.approx(whole[name])


def test_a_shorter_history_has_fewer_windows_and_moves_nobody(
    tables: dict[str, pd.DataFrame], labels: pd.DataFrame
) -> None:
    found = by_window.figures(tables, labels, BOUNDS, HORIZON)
    assert "late" not in found["years"]["2015"]
    assert "late" in found["years"]["2016"]
    # Named first, it must not come before the years that others have.
    turned = {name: tables[name] for name in ("late", "vix", "rv20")}
    again = by_window.figures(turned, labels, BOUNDS, HORIZON)
    assert list(again["years"]) == list(found["years"]) == ["2015", "2016"]
    assert again["years"]["2016"]["vix"] == found["years"]["2016"]["vix"]


def test_a_regime_counts_from_the_day_it_is_known(
    tables: dict[str, pd.DataFrame], labels: pd.DataFrame
) -> None:
    """What comes after a date cannot move the regime that the date is counted in."""
    found = by_window.figures(tables, labels, BOUNDS, HORIZON)["regimes"]
    table = tables["vix"]
    known = labels["regime_5d"].shift(HORIZON)[: len(table)]
    calm = table[(known == "calm").to_numpy()]
    assert found["calm"]["vix"]["n_obs"] == len(calm)
    assert found["calm"]["vix"]["bias"] == pytest.approx((calm["rv_5d_hat"] - calm["rv_5d"]).mean())

    cut = 200
    later = labels.assign(regime_5d=labels["regime_5d"].where(labels.index <= cut, "risk_off"))
    dates = pd.DatetimeIndex(table["date"])
    before, after = (
        by_window.masks(dates, some, BOUNDS, HORIZON)["regimes"] for some in (labels, later)
    )
    for name in before:
        np.testing.assert_array_equal(before[name][: cut + HORIZON], after[name][: cut + HORIZON])


def test_years_won_counts_the_smaller_loss(tables: dict[str, pd.DataFrame]) -> None:
    won = by_window.years_won(tables, "vix", ["rv20", "late"])
    by_year = {
        year: [
            compare.figures(tables[name][tables[name]["date"].dt.year == year])["qlike"]
            for name in ("vix", "rv20")
        ]
        for year in (2015, 2016)
    }
    better = [year for year, (own, other) in by_year.items() if own < other]
    assert won["rv20"]["won"] == len(better)
    assert won["rv20"]["of"] == 2
    assert won["rv20"]["not_won"] == [year for year in by_year if year not in better]
    assert won["late"]["of"] == 1, "only the year that both have"


def test_a_tie_is_not_won(tables: dict[str, pd.DataFrame]) -> None:
    twice = {**tables, "again": tables["vix"]}
    assert by_window.years_won(twice, "vix", ["again"])["again"] == {
        "won": 0,
        "of": 2,
        "not_won": [2015, 2016],
    }


def test_without_any_regime_there_are_no_windows_of_them(
    tables: dict[str, pd.DataFrame], labels: pd.DataFrame
) -> None:
    found = by_window.figures(tables, labels.assign(regime_5d=None), {}, HORIZON)
    assert found["regimes"] == found["spans"] == {}
    assert by_window.bias_by_regime(found["regimes"], ["vix"]) == {}
    assert by_window.headlines(found["spans"]) == {}
