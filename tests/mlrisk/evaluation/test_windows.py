"""Windows cover what they say, and regimes are those known at the time."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from mlrisk.evaluation import windows
from mlrisk.evaluation.long_run import InferenceError
from mlrisk.evaluation.losses import qlike

DATES = pd.bdate_range("2019-06-03", periods=500)


def joined(rows: slice, level: float) -> pd.DataFrame:
    rv = 0.02 + 0.01 * np.sin(np.arange(500))
    table = pd.DataFrame({"date": DATES, "rv_5d": rv, "var_5d_hat": level})
    return table[rows].reset_index(drop=True)


def test_losses_are_those_on_common_dates() -> None:
    tables = {"long": joined(slice(0, 500), 4e-4), "late": joined(slice(100, 490), 5e-4)}
    losses = windows.loss_table(tables)
    assert list(losses.columns) == ["long", "late"]
    assert losses.index.equals(pd.DatetimeIndex(DATES[100:490]))
    kept = tables["long"].iloc[100:490]
    np.testing.assert_array_equal(
        losses["long"], qlike(kept["rv_5d"].to_numpy() ** 2, kept["var_5d_hat"].to_numpy())
    )
    assert len(windows.loss_table(tables, ["long"])) == 500


def test_losses_of_nobody_or_of_no_date_are_refused() -> None:
    tables = {"early": joined(slice(0, 50), 4e-4), "late": joined(slice(60, 90), 4e-4)}
    with pytest.raises(InferenceError, match="early, late have no date in common"):
        windows.loss_table(tables)
    with pytest.raises(InferenceError, match=r"no forecasts of garch .* those of early, late"):
        windows.loss_table(tables, ["early", "garch"])


def test_years_and_spans() -> None:
    years = windows.years(DATES)
    assert list(years) == ["2019", "2020", "2021"]
    assert sum(mask.astype(int) for mask in years.values()).tolist() == [1] * 500
    bounds = {
        "all": (date(2000, 1, 1), date(2030, 1, 1)),
        "one": (DATES[3].date(), DATES[3].date()),
        "none": (date(2000, 1, 1), date(2001, 1, 1)),
    }
    spans = windows.spans(DATES, bounds)
    assert {name: int(mask.sum()) for name, mask in spans.items()} == {"all": 500, "one": 1}


def test_regimes_are_those_of_the_label_that_was_known() -> None:
    cycle = np.array([None, "calm", "transition", "risk_off"], dtype=object)
    labels = pd.DataFrame({"date": DATES, "regime_5d": cycle[np.arange(500) // 10 % 4]})
    dates = DATES[20:400]
    masks = windows.regimes(dates, labels, 5)
    assert list(masks) == ["calm", "transition", "risk_off"]
    for place, day in enumerate(dates):
        known = labels["regime_5d"].iloc[labels["date"].searchsorted(day) - 5]
        inside = [name for name, mask in masks.items() if mask[place]]
        assert inside == ([known] if isinstance(known, str) else [])


def test_a_label_that_was_not_known_moves_no_window() -> None:
    labels = pd.DataFrame({"date": DATES, "regime_5d": ["calm", "risk_off"] * 250})
    changed = labels.assign(regime_5d=labels["regime_5d"].where(labels.index < 296, "transition"))
    before, after = (windows.regimes(DATES, table, 5) for table in (labels, changed))
    for name in before:
        np.testing.assert_array_equal(before[name][:301], after[name][:301])
    assert after["transition"][301]


def test_dates_without_labels_are_refused() -> None:
    labels = pd.DataFrame({"date": DATES[:100], "regime_5d": "calm"})
    with pytest.raises(InferenceError, match="400 dates have losses and no row of labels"):
        windows.regimes(DATES, labels, 5)
