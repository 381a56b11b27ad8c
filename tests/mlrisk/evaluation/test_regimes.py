"""Forecasts of regimes on common dates: who is compared, on what, and with which figures."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from mlrisk.calendar import sessions
from mlrisk.contracts import REGIMES
from mlrisk.evaluation import regime_plots, regime_tests, regimes
from mlrisk.evaluation.compare import EvaluationError

DAYS = sessions(pd.Timestamp("2014-01-02"), pd.Timestamp("2017-12-29"))
SERVED = ("combination", "temperature")
NOISE = {"persistence_hard": 4.0, "persistence_soft": 1.5, "sharp": 0.2, "combination": 0.4}
BOUNDS = {
    "2011-2015": (date(2011, 1, 1), date(2015, 12, 31)),
    "2016-2026": (date(2016, 1, 1), date(2026, 12, 31)),
}
ALARM = regimes.Alarm(0.15, 10)


@pytest.fixture(scope="module")
def world() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Labels of four years from a slow level, and forecasts that see it with noise."""
    rng = np.random.default_rng(4)
    level = np.convolve(rng.standard_normal(len(DAYS) + 59), np.ones(60), "valid") / np.sqrt(60)
    weights = np.exp(np.column_stack([-1.5 * level, np.zeros(len(DAYS)), 1.5 * level - 1]))
    true = weights / weights.sum(axis=1, keepdims=True)
    outcome = (rng.random(len(DAYS))[:, None] > true.cumsum(axis=1)).sum(axis=1)
    labels = pd.DataFrame(
        {"date": DAYS, "regime_5d": pd.Series(np.array(REGIMES)[outcome], dtype="str")}
    )
    labels.loc[len(labels) - 5 :, "regime_5d"] = None
    tables = []
    for name, noise in NOISE.items():
        said = true * np.exp(noise * rng.standard_normal(true.shape))
        for calibration, power in (("none", 1.0), ("temperature", 0.8)):
            values = said**power
            values = values / values.sum(axis=1, keepdims=True)
            table = pd.DataFrame(values, columns=list(REGIMES))
            table.insert(0, "date", DAYS)
            table.insert(0, "calibration", calibration)
            table.insert(0, "contender", name)
            tables.append(table)
    return pd.concat(tables, ignore_index=True), labels


def compared(
    forecasts: pd.DataFrame, labels: pd.DataFrame, served: regimes.Pair = SERVED, **more: object
) -> regimes.Compared:
    those = maybe_compared(forecasts, labels, served, **more)
    assert those is not None
    return those


def maybe_compared(
    forecasts: pd.DataFrame, labels: pd.DataFrame, served: regimes.Pair = SERVED, **more: object
) -> regimes.Compared | None:
    settings: dict[str, object] = {"min_shared": 0.75, "reasons": {}} | more
    return regimes.compared(forecasts, labels, [*NOISE], served, 5, **settings)  # type: ignore[arg-type]


def test_everyone_is_compared_on_the_same_dates(
    world: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    forecasts, labels = world
    late = forecasts.copy()
    first = late["date"] < DAYS[100]
    late.loc[first & (late["contender"] == "sharp"), list(REGIMES)] = np.nan
    those = compared(late, labels)
    assert those.left_out == {}
    assert those.dates.equals(DAYS[100:-5])
    assert {len(values) for values in those.probabilities.values()} == {len(DAYS) - 105}
    assert those.session[0] == 100
    # What is known at a date is the label five sessions before.
    names = np.array(REGIMES)
    assert names[those.known].tolist() == labels["regime_5d"][95:-10].tolist()
    assert names[those.outcome].tolist() == labels["regime_5d"][100:-5].tolist()
    assert compared(*world).known[:5].tolist() == [-1] * 5


def test_who_has_too_little_is_left_out_with_the_reason(
    world: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    forecasts, labels = world
    short = (forecasts["contender"] == "sharp") & (forecasts["date"] < DAYS[400])
    gone = forecasts["contender"] == "persistence_soft"
    those = compared(
        forecasts[~short & ~gone], labels, reasons={"persistence_soft": "the source gives no vix"}
    )
    assert those.left_out == {
        "persistence_soft": "the source gives no vix",
        "sharp": f"it has {len(DAYS) - 405} of the {len(DAYS) - 5} dates of the served forecast",
    }
    assert len(those.dates) == len(DAYS) - 5
    found = regime_tests.superiority_of(those, SERVED, ["sharp", "persistence_hard"], BOUNDS, 5)
    assert list(found["rivals"]) == ["persistence_hard"]
    assert found["left_out"] == {"sharp": those.left_out["sharp"]}


def test_a_served_forecast_that_is_not_there_is_an_error(
    world: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    with pytest.raises(
        EvaluationError,
        match=r"nobody with calibration none, .*: there is none .*combination, pers",
    ):
        compared(*world, served=("nobody", "none"))


def test_a_served_forecast_that_lacks_its_inputs_says_which(
    world: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    forecasts, labels = world
    unsaid = forecasts.assign(**dict.fromkeys(REGIMES, np.nan))
    with pytest.raises(EvaluationError, match=r"not there: the source gives no vix\. .* none\."):
        compared(unsaid, labels, reasons={"combination": "the source gives no vix"})


def test_before_any_outcome_is_known_nothing_is_compared(
    world: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    forecasts, labels = world
    unsaid = forecasts.assign(**dict.fromkeys(REGIMES, np.nan))
    assert maybe_compared(unsaid, labels) is None
    assert not regimes.not_yet(SERVED)["gate"]["passed"]
    for drawn in (regime_plots.reliability_diagram, regime_plots.probability_over_time):
        whole = compared(*world)
        assert list(drawn(None, SERVED, 5)) == list(drawn(whole, SERVED, 5))


def test_figures_of_the_whole_are_those_of_its_parts(
    world: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    those = compared(*world)
    found = regimes.all_figures(those, 10, 5, ALARM)
    assert set(found) == set(NOISE)
    values = found["sharp"]["none"]
    parts = values["reliability"] - values["resolution"] + values["uncertainty"]
    assert parts + values["within_bins"] == pytest.approx(values["brier"], abs=1e-12)
    assert values["brier"] < found["persistence_soft"]["none"]["brier"]
    # The AUC of the onset is the AUC where the known regime is another one.
    elsewhere = np.isin(those.known, [0, 1])
    score = those.probabilities[("sharp", "none")][:, 2]
    expected = roc_auc_score(those.outcome[elsewhere] == 2, score[elsewhere])
    assert values["onset_auc"] == pytest.approx(expected)
    spans = regimes.over_spans(those, SERVED, BOUNDS, 10)
    assert [span["n_obs"] for span in spans.values()] == [504, len(those.dates) - 504]
    assert set(spans["2011-2015"]["contenders"]) == {*NOISE, "served"}
    for name in NOISE:
        total = sum(s["n_obs"] * s["contenders"][name]["brier"] for s in spans.values())
        assert total / len(those.dates) == pytest.approx(found[name]["none"]["brier"])
    rates = regimes.window(those)["base_rates"]
    uncertainty = sum(rate * (1 - rate) for rate in rates.values())
    assert values["uncertainty"] == pytest.approx(uncertainty)


def test_the_better_forecast_wins_and_the_gate_says_so(
    world: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    those = compared(*world)
    tests = regime_tests.superiority_of(those, SERVED, [*NOISE], BOUNDS, 5)
    assert tests["rivals"]["persistence_hard"]["mean_difference"] > 0
    assert tests["rivals"]["persistence_hard"]["holm_p_value"] < 0.01
    assert tests["rivals"]["sharp"]["mean_difference"] < 0
    # Its own uncalibrated probabilities are a rival like any other.
    assert "combination" in tests["rivals"]
    assert set(tests["spans"]) == set(BOUNDS)
    found = regimes.all_figures(those, 10, 5, ALARM)
    values = found[SERVED[0]][SERVED[1]]
    gate = regime_tests.gate(values, found, 0.65)
    assert gate.passed
    assert gate.reasons[0] == f"AUC of risk-off is {values['auc']:.3f} (0.65 is asked for)"
    assert [reason.split()[-2] for reason in gate.reasons[1:]] == ["below", "below"]
    assert not regime_tests.gate(values, found, 0.999).passed
    assert not regime_tests.gate(found["persistence_hard"]["none"], found, 0.5).passed
    assert not regime_tests.gate({**values, "auc": None}, found, 0.5).passed
    del found["persistence_soft"]
    missing = regime_tests.gate(values, found, 0.65)
    assert not missing.passed
    assert "persistence_soft, which was not compared" in missing.reasons[-1]


def test_too_few_dates_for_a_test_leave_the_figures(
    world: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    forecasts, labels = world
    few = forecasts[forecasts["date"] >= DAYS[-40]]
    those = compared(few, labels)
    tests = regime_tests.superiority_of(those, SERVED, ["persistence_hard"], BOUNDS, 5)
    assert tests["rivals"] is None
    assert "10 horizons of 5 sessions" in tests["not_made"]["rivals"]
    assert regimes.headlines(those, SERVED, 10)["brier"] > 0


def test_plots_hold_what_was_forecast(world: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    those = compared(*world)
    diagram = regime_plots.reliability_diagram(those, SERVED, 10)
    assert diagram["contender"].unique().tolist() == ["served", *NOISE]
    served = diagram[diagram["contender"] == "served"]
    assert served["count"].sum() == len(those.dates)
    mean = (served["count"] * served["observed"]).sum() / len(those.dates)
    assert mean == pytest.approx(100 * regimes.window(those)["base_rates"]["risk_off"])
    drawn = regime_plots.probability_over_time(those, SERVED, 5)
    assert len(drawn) == -(-len(those.dates) // 5)
    assert set(drawn["came"]) == {0, 100}
