"""Drivers, their summaries, and the served forecast held against the walk-forward's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_series_equal

from mlrisk import explain
from mlrisk.forecast import roster
from mlrisk.forecast.base import BASELINE, Additive, Learner
from mlrisk.forecast.combine import Combination
from tests.mlrisk.conftest import SETTINGS


@pytest.fixture
def parts() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "date": pd.to_datetime(["2020-01-02", "2020-01-03"]),
            "a": [0.1, 0.0],
            "b": [-0.5, 0.0],
            "c": [0.2, -0.3],
            "baseline": [-9.0, -9.0],
        }
    )


def test_top_drivers_are_the_largest_in_absolute_terms(parts: pd.DataFrame) -> None:
    assert explain.top_drivers(parts).tolist() == [["b", "c", "a"], ["c", "a", "b"]]
    assert explain.top_drivers(parts, 1).tolist() == [["b"], ["c"]]


def test_importance_is_the_mean_absolute_contribution(parts: pd.DataFrame) -> None:
    table = explain.importance(parts)
    assert table["feature"].tolist() == ["b", "c", "a"]
    np.testing.assert_allclose(table["importance"], [0.25, 0.25, 0.05])


def test_latest_is_the_last_row(parts: pd.DataFrame) -> None:
    features = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0], "c": [5.0, 6.0]})
    table = explain.latest(parts, features)
    assert table["feature"].tolist() == ["c", "a", "b"]
    assert table["value"].tolist() == [6.0, 2.0, 4.0]
    assert table["contribution"].tolist() == [-0.3, 0.0, 0.0]


def test_summary_shows_evenly_spaced_rows_of_the_most_important_features(
    table: pd.DataFrame,
) -> None:
    rows = table.dropna()
    model = roster.learner("har", SETTINGS["har"])
    model.fit(rows, rows["rv_5d"].to_numpy() ** 2)
    shown = explain.summary(model.contributions(rows), rows, count=2, rows=50)
    counts = shown["feature"].value_counts()
    assert len(counts) == 2
    assert (counts <= 50).all()
    assert shown["value_rank"].between(0, 1).all()


@given(
    st.lists(st.lists(st.sampled_from([-0.5, -0.1, 0.0, 0.1, 0.3]), min_size=5, max_size=5)),
    st.integers(0, 6),
    st.booleans(),
)
def test_the_largest_parts_come_first_and_ties_in_order(
    rows: list[list[float]], count: int, zeros: bool
) -> None:
    names = list("abcde")
    found = explain.largest(np.array(rows).reshape(-1, 5), names, count, zeros=zeros)
    for row, drivers in zip(rows, found, strict=True):
        ranked = sorted(range(5), key=lambda place: (-abs(row[place]), place))
        expected = [names[place] for place in ranked[:count] if zeros or row[place]]
        assert drivers == expected


def test_a_served_forecast_that_was_not_walked_is_refused() -> None:
    walked = pd.DataFrame({"date": [pd.Timestamp("2020-01-02")], "rv_5d_hat": [0.02]})
    explain.require_same(walked, walked.set_axis([7]))
    with pytest.raises(explain.ServingError, match="differs from the walk-forward's row"):
        explain.require_same(walked.assign(rv_5d_hat=np.nextafter(0.02, 1)), walked)
    with pytest.raises(explain.ServingError, match="differs"):
        explain.require_same(walked.iloc[:0], walked.iloc[:0])


GROUPS = {"c": "other", "a": "own", "b": "other", "elsewhere": "own"}


class TestGroups:
    def test_parts_of_a_group_are_added_up(self, parts: pd.DataFrame) -> None:
        table = explain.by_group(parts, GROUPS)
        assert table.columns.tolist() == ["date", "own", "other", "baseline"]
        np.testing.assert_allclose(table["own"], [0.1, 0.0])
        np.testing.assert_allclose(table["other"], [-0.3, -0.3])
        np.testing.assert_allclose(
            table.drop(columns="date").sum(axis=1), parts.drop(columns="date").sum(axis=1)
        )
        undated = explain.by_group(parts.drop(columns="date"), GROUPS)
        pd.testing.assert_frame_equal(undated, table.drop(columns="date"))

    def test_a_feature_without_a_group_is_not_left_out(self, parts: pd.DataFrame) -> None:
        with pytest.raises(KeyError, match="'b'"):
            explain.by_group(parts, {"a": "own", "c": "own"})

    def test_over_time_each_month_has_its_mean(self, parts: pd.DataFrame) -> None:
        later = parts.assign(date=pd.to_datetime(["2020-02-03", "2020-02-28"]), a=[0.2, 0.4])
        table = explain.groups_over_time(pd.concat([parts, later]), GROUPS)
        assert table.columns.tolist() == ["date", "group", "contribution"]
        own = table[table["group"] == "own"]
        assert own["date"].dt.strftime("%Y-%m-%d").tolist() == ["2020-01-01", "2020-02-01"]
        np.testing.assert_allclose(own["contribution"], [0.05, 0.3])
        assert set(table["group"]) == {"own", "other"}


def fitted(name: str, rows: pd.DataFrame) -> Learner:
    model = roster.learner(name, SETTINGS[name])
    usable = rows[model.usable(rows)]
    return model.fit(usable, usable["rv_5d"].to_numpy() ** 2)


def published(model: Additive, rows: pd.DataFrame, **changes: Any) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "date": rows["date"],
            "var_5d_hat": model.predict(rows),
            "model_version": model.version(),
        }
    )
    return table.assign(**changes)


@pytest.fixture
def rows(table: pd.DataFrame) -> pd.DataFrame:
    return table.dropna()


class TestWhatChanged:
    @pytest.mark.parametrize("name", roster.LEARNERS)
    def test_within_a_fold_the_features_explain_it_all(self, name: str, rows: pd.DataFrame) -> None:
        model = fitted(name, rows)
        shown = rows[model.usable(rows)].tail(2)
        table = explain.what_changed(model, rows, published(model, shown)).set_index("feature")
        before, now = model.log_variance(shown)
        assert table["effect"].sum() == pytest.approx(now - before, abs=1e-12)
        assert table.loc["refit", "effect"] == 0
        assert BASELINE not in table.index
        given = model.contributions(shown).drop(columns=BASELINE).diff().iloc[1]
        assert_series_equal(
            table["effect"].drop("refit").sort_index(), given.sort_index(),
            check_names=False, rtol=0, atol=1e-7,
        )  # fmt: skip
        for column in ("before", "now"):
            values = shown[model.inputs].iloc[0 if column == "before" else 1]
            assert_series_equal(
                table[column].drop("refit").sort_index(), values.sort_index(), check_names=False
            )
        sizes = table["effect"].abs()
        assert sizes.is_monotonic_decreasing
        np.testing.assert_allclose(
            (1 + table["effect_percent"] / 100) ** 2, np.exp(table["effect"])
        )

    @pytest.mark.parametrize("name", roster.LEARNERS)
    def test_a_refit_in_between_is_a_part_of_its_own(self, name: str, rows: pd.DataFrame) -> None:
        """What was published yesterday came from another fit, and is rounded."""
        earlier, model = fitted(name, rows.iloc[:250]), fitted(name, rows)
        shown = rows[model.usable(rows)].tail(2)
        walked = pd.concat([published(earlier, shown.head(1)), published(model, shown.tail(1))])
        walked["var_5d_hat"] = [float(f"{value:.7e}") for value in walked["var_5d_hat"]]
        table = explain.what_changed(model, rows, walked).set_index("feature")
        now = model.log_variance(shown)[1]
        before = np.log(walked["var_5d_hat"].iloc[0])
        assert table["effect"].sum() == pytest.approx(now - before, abs=1e-9)
        gap = model.log_variance(shown)[0] - earlier.log_variance(shown)[0]
        assert table.loc["refit", "effect"] == pytest.approx(gap, abs=1e-6)
        assert abs(gap) > 1e-4

    def test_the_one_before_is_the_last_that_was_published(self, rows: pd.DataFrame) -> None:
        """A session without a forecast has nothing to be compared with."""
        model = fitted("har", rows)
        shown = rows.tail(3)
        walked = published(model, shown)
        walked.iloc[1, walked.columns.get_loc("var_5d_hat")] = np.nan
        table = explain.what_changed(model, rows, walked).set_index("feature")
        assert table.loc["vol_5d", "before"] == shown["vol_5d"].iloc[0]
        assert table.loc["vol_5d", "now"] == shown["vol_5d"].iloc[2]

    def test_the_first_forecast_has_none_before_it(self, rows: pd.DataFrame) -> None:
        model = fitted("har", rows)
        table = explain.what_changed(model, rows, published(model, rows.tail(1)))
        assert table.empty
        assert table.columns.tolist() == ["feature", "before", "now", "effect", "effect_percent"]

    def test_of_a_combination_whose_members_round_nothing_is_left_over(
        self, rows: pd.DataFrame
    ) -> None:
        members = {name: fitted(name, rows) for name in ("har_vix", "lightgbm")}
        model = Combination(members, {"har_vix": 0.3, "lightgbm": 0.7})
        shown = rows.tail(2)
        table = explain.what_changed(model, rows, published(model, shown))
        before, now = model.log_variance(shown)
        assert table["effect"].sum() == pytest.approx(now - before, abs=1e-12)

    def test_a_member_that_falls_silent_moves_the_baseline(self, rows: pd.DataFrame) -> None:
        """The other members take its weight over; their baselines differ from its own."""
        members = {name: fitted(name, rows) for name in ("har", "har_vix")}
        model = Combination(members, {"har": 0.5, "har_vix": 0.5})
        last = rows.index[-1]
        shown = rows.assign(vix=rows["vix"].where(rows.index != last)).tail(2)
        assert members["har_vix"].usable(shown).tolist() == [True, False]
        table = explain.what_changed(model, shown, published(model, shown)).set_index("feature")
        before, now = model.log_variance(shown)
        assert table["effect"].sum() == pytest.approx(now - before, abs=1e-12)
        assert table.loc[BASELINE, "effect"] != 0
        assert np.isnan(table.loc["vix", "now"])

    def test_contributions_that_do_not_add_up_are_refused(
        self, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        model = fitted("har", rows)
        walked = published(model, rows.tail(2))
        known = model.contributions

        def wrong(features: pd.DataFrame) -> pd.DataFrame:
            return known(features).mul([1.0, 0.9, 1.0, 1.0])

        monkeypatch.setattr(model, "contributions", wrong)
        with pytest.raises(explain.ServingError, match=r"LogLinear leave .* unexplained"):
            explain.what_changed(model, rows, walked)
