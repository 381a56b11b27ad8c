"""Walk-forwards of regime contenders beside each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlrisk import contracts
from mlrisk.calendar import sessions
from mlrisk.contracts import REGIMES
from mlrisk.regime_forecast import walks

DAYS = sessions(pd.Timestamp("2020-01-02"), pd.Timestamp("2020-03-31"))[:60]


def walked(version: str, first: int = 0) -> pd.DataFrame:
    """Two folds of 30 sessions; null and not fitted before ``first``."""
    table = pd.DataFrame(
        {"date": DAYS, "fold": np.arange(60) // 30, **dict.fromkeys(REGIMES, 0.25)}
    )
    table["calm"] = 0.5
    late = np.arange(60) >= first
    table.loc[~late, list(REGIMES)] = np.nan
    return table.assign(model_version=np.where(late, version, ""))


def test_who_was_left_out_has_nulls_and_was_never_fitted() -> None:
    empty = contracts.regime_backtest("hmm_filter").forecasts.empty()
    both = walks.Walks.of({"a": walked("1", first=30), "b": empty, "c": walked("3")})
    assert both.names == ("a", "b", "c")
    assert both.starts.tolist() == [0, 30]
    assert both.present.tolist() == [[False, False, True], [True, False, True]]
    assert np.isnan(both.probabilities[:, 1]).all()
    some = both.among(["c", "a"])
    np.testing.assert_array_equal(some.each()["a"], both.each()["a"])
    assert some.versions.tolist() == [["3", ""], ["3", "1"]]


def test_nobody_and_another_grid_are_refused() -> None:
    empty = contracts.regime_backtest("a").forecasts.empty()
    with pytest.raises(walks.WalksError, match=r"none of a, b has a forecast.*status.json"):
        walks.Walks.of({"a": empty, "b": empty})
    other = walked("2").assign(fold=np.arange(60) // 20)
    with pytest.raises(walks.WalksError, match="walk-forward of b has other sessions or folds"):
        walks.Walks.of({"a": walked("1"), "b": other})


def test_outcomes_are_places_of_regimes_and_null_where_none_is_known() -> None:
    labels = pd.DataFrame(
        {"date": DAYS[:4], "regime_5d": pd.Series(["risk_off", "calm", None, "transition"])}
    )
    found = walks.outcomes_at(labels, pd.DatetimeIndex(DAYS[1:6]))
    np.testing.assert_array_equal(found, [0.0, np.nan, 1.0, np.nan, np.nan])


def test_tables_keep_their_contracts() -> None:
    both = walks.Walks.of({"b": walked("1", first=30), "a": walked("3")})
    rows = {(name, "none"): values for name, values in both.each().items()}
    table = walks.forecast_table(both.dates, rows)
    contracts.REGIME_FORECASTS.validate(table)
    assert table["contender"].unique().tolist() == ["a", "b"]
    weights = np.array([[0.0, 1.0], [0.25, 0.75]])
    listed = walks.weight_table(both, weights)
    contracts.REGIME_WEIGHTS.validate(listed)
    assert listed["member"].tolist() == ["a", "a", "b"]
    assert walks.named(weights[1], both.names) == {"b": 0.25, "a": 0.75}
