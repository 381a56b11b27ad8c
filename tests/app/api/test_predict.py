from __future__ import annotations

import math
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.api import predict
from app.api.problems import ProblemError
from app.api.schemas import PredictAnswer, PredictRequest, PublishedDay
from app.api.service import Service
from app.faces.day import view
from tests.app.api.parts import cut

FEW = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ask(service: Service, day: date | None = None, vector: Any = None) -> PredictAnswer:
    return predict.answer(service, PredictRequest(as_of_date=day, feature_vector=vector))


def problem(service: Service, day: date | None = None, vector: Any = None) -> ProblemError:
    with pytest.raises(ProblemError) as raised:
        ask(service, day, vector)
    return raised.value


def answered(service: Service, vector: dict[str, float]) -> PredictAnswer | ProblemError:
    try:
        return ask(service, service.last, vector)
    except ProblemError as error:
        return error


def stored_vector(service: Service, day: date) -> dict[str, float]:
    return {name: value for name, value in service.known.row(day).items() if value is not None}


@given(st.data())
@FEW
def test_a_stored_forecast_is_told_to_the_last_bit(service: Service, data: st.DataObject) -> None:
    day = data.draw(st.sampled_from(service.predictions.dates))
    table = service.snapshot.predictions
    row = table[table["date"] == pd.Timestamp(day)].iloc[0]
    seen = view(service.snapshot, row["date"])
    for told in (ask(service, day), predict.published_day(service, day)):
        assert told.rv_5d_hat == row["rv_5d_hat"]
        assert told.var_5d_hat == row["var_5d_hat"]
        assert told.rv_5d_hat_annualized == seen.rv_5d_hat_annualized
        bounds = {int(level): (one.lower, one.upper) for level, one in told.intervals.items()}
        assert bounds == dict(seen.intervals)
        assert told.regime_probs is not None
        assert told.regime_probs.model_dump() == dict(seen.regime_probs)
        assert (told.top_drivers, told.regime_drivers) == (
            row["top_drivers"],
            row["regime_drivers"],
        )
        assert told.contributions == dict(seen.contributions)
        assert told.regime_contributions == dict(seen.regime_contributions)
        assert told.model_version == row["model_version"]
        assert told.regime_model_version == row["regime_model_version"]


def test_without_a_vector_nothing_is_computed(service: Service) -> None:
    told = ask(service)
    assert (told.basis, told.as_of_date, told.as_of) == ("stored", service.last, service.last)
    assert (told.filled, told.unused, told.extrapolated, told.in_sample) == ([], [], [], False)


@pytest.mark.parametrize("whole", [True, False])
def test_the_stored_vector_gives_the_stored_numbers(service: Service, *, whole: bool) -> None:
    vector = stored_vector(service, service.last) if whole else {}
    made, stored = ask(service, service.last, vector), ask(service, service.last)
    told = {"basis", "filled", "unused", "extrapolated", "contributions", "regime_contributions"}
    assert made.model_dump(exclude=told) == stored.model_dump(exclude=told)
    for name in ("contributions", "regime_contributions"):
        now, then = getattr(made, name), getattr(stored, name)
        assert {k: v for k, v in now.items() if v} == {k: v for k, v in then.items() if v}


@given(st.data())
@FEW
def test_any_partial_vector_is_completed_and_answered(
    service: Service, data: st.DataObject
) -> None:
    day = data.draw(st.sampled_from(service.predictions.dates[-60:]))
    names = data.draw(st.sets(st.sampled_from(sorted(service.trained)), max_size=6))
    vector = {
        name: data.draw(st.floats(service.trained[name].lower, service.trained[name].upper))
        for name in sorted(names)
    }
    told = ask(service, day, vector)
    assert told.basis == "what_if"
    assert math.isfinite(told.rv_5d_hat)
    assert math.isfinite(told.var_5d_hat)
    assert told.regime_probs is not None
    assert sum(told.regime_probs.model_dump().values()) == pytest.approx(1, abs=2e-8)
    assert set(told.top_drivers) | set(told.regime_drivers) <= set(service.served.reads)
    assert sorted([*told.filled, *vector]) == sorted(service.served.reads)
    assert not set(told.extrapolated) & set(vector)
    assert math.log(told.var_5d_hat) == pytest.approx(sum(told.contributions.values()), abs=1e-6)
    stored = ask(service, day)
    for level, bounds in told.intervals.items():
        then = stored.intervals[level]
        assert bounds.lower / told.rv_5d_hat == pytest.approx(then.lower / stored.rv_5d_hat)
        assert bounds.upper / told.rv_5d_hat == pytest.approx(then.upper / stored.rv_5d_hat)


@given(st.data())
@FEW
def test_any_allowed_vector_is_answered_or_refused(service: Service, data: st.DataObject) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted(service.trained)), max_size=40))
    vector = {}
    for name in sorted(names):
        span = service.allowed[name]
        vector[name] = data.draw(st.floats(span.lower, span.upper, allow_infinity=False))
    told = answered(service, vector)
    if isinstance(told, ProblemError):
        assert told.kind.name == "no-forecast"
        return
    assert 0 < told.rv_5d_hat < math.inf
    outside = {name for name in vector if vector[name] not in service.trained[name]}
    assert outside <= set(told.extrapolated)


def test_null_is_as_if_left_out(service: Service) -> None:
    assert ask(service, None, {"vix": None, "vvix": 90.0}) == ask(service, None, {"vvix": 90.0})


def test_what_models_do_not_read_changes_nothing(service: Service) -> None:
    told = ask(service, None, {"cpi_yoy": 2.0})
    assert told.unused == ["cpi_yoy"]
    assert told.rv_5d_hat == ask(service).rv_5d_hat


def test_a_value_beyond_training_is_told(service: Service) -> None:
    span = service.trained["vix"]
    assert ask(service, None, {"vix": span.upper}).extrapolated == []
    assert ask(service, None, {"vix": span.upper * 1.5}).extrapolated == ["vix"]


def test_higher_implied_volatility_means_a_higher_forecast(service: Service) -> None:
    now = service.known.row(service.last)["vix"]
    low, high = (ask(service, None, {"vix": factor * now}) for factor in (0.9, 1.2))
    assert low.rv_5d_hat < high.rv_5d_hat
    assert low.contributions["vix"] < high.contributions["vix"]


def test_an_earlier_date_is_answered_by_what_has_learnt_since(service: Service) -> None:
    first, last = service.first, service.last
    told = ask(service, first, {})
    assert told.in_sample
    assert told.as_of_date == first
    assert (
        told.model_version == ask(service, last).model_version != ask(service, first).model_version
    )
    assert not ask(service, last, {}).in_sample


def test_in_sample_is_told_by_the_fit_that_published(service: Service) -> None:
    table = service.snapshot.predictions
    made_with = ["model_version", "regime_model_version"]
    same = (table[made_with] == table[made_with].iloc[-1]).all(axis=1)
    first = table.loc[same, "date"].iloc[0].date()
    before = service.predictions.dates[service.predictions.dates.index(first) - 1]
    assert not ask(service, first, {}).in_sample
    assert ask(service, before, {}).in_sample


def test_a_date_without_a_forecast(service: Service) -> None:
    found = problem(service, date(2023, 7, 1))
    assert found.kind.name == "no-such-date"
    assert found.members == {"first": f"{service.first}", "last": f"{service.last}"}
    assert problem(service, date(1, 1, 1), {"vix": 20.0}).kind.name == "no-such-date"


@pytest.mark.parametrize(
    ("name", "close"),
    [("vixx", "vix"), ("VIX", "vix"), ("spy_vol_10", "spy_vol_10d"), ("zzzzzz", None), ("", None)],
)
def test_an_unknown_feature_is_named_with_what_is_close(
    service: Service, name: str, close: str | None
) -> None:
    found = problem(service, None, {"vix": 20.0, name: 1.0})
    assert found.kind.name == "unknown-feature"
    (error,) = found.errors
    assert error.field == f"/feature_vector/{name}"
    assert error.members["close"][:1] == ([close] if close else [])


def test_many_unknown_features_cost_little(service: Service) -> None:
    found = problem(service, None, {f"feature_{number:050}": None for number in range(256)})
    assert len(found.errors) == 10
    assert "255 more" in found.detail


@pytest.mark.parametrize(
    ("vector", "field"),
    [
        ({"vix": -1.0}, "vix"),
        ({"vix": 1e9}, "vix"),
        ({"drawdown_60d": 1.5}, "drawdown_60d"),
        ({"corr_spy_tlt_20d": -1.01}, "corr_spy_tlt_20d"),
        ({"spy_ret_5d": 1e300}, "spy_ret_5d"),
        ({"regime_known": 0.5}, "regime_known"),
        ({"rv_calm_below": 0.0}, "rv_calm_below"),
    ],
)
def test_a_value_that_cannot_be(service: Service, vector: dict[str, float], field: str) -> None:
    found = problem(service, None, vector)
    assert found.kind.name == "value-out-of-bounds"
    assert found.errors[0].field == f"/feature_vector/{field}"
    assert found.errors[0].value == vector[field]


def test_thresholds_that_are_the_wrong_way_round(service: Service) -> None:
    now = service.known.row(service.last)
    low, high = now["rv_calm_below"], now["rv_risk_off_above"]
    found = problem(service, None, {"rv_calm_below": high, "rv_risk_off_above": low})
    assert found.kind.name == "contradiction"
    assert [one.value for one in found.errors] == [high, low]
    (error,) = problem(service, None, {"rv_calm_below": 1.01 * high}).errors
    assert error.field == "/feature_vector/rv_calm_below"


@given(st.data())
@FEW
def test_what_came_later_changes_no_stored_answer(service: Service, data: st.DataObject) -> None:
    dates = service.predictions.dates
    last = data.draw(st.sampled_from(dates[1:]))
    day = data.draw(st.sampled_from(dates))
    assume(day <= last)
    earlier = cut(service, last)
    assert earlier.last == last
    assert predict.published_day(earlier, day) == predict.published_day(service, day)
    told: PublishedDay = predict.published_day(earlier, earlier.last)
    assert told.known_at.isoformat() == f"{last}T22:00:00+00:00"
