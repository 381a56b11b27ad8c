"""The stage ``evaluate``: everything it can say of small, restricted and odd sets of forecasts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from app import compose
from mlrisk import contracts, store
from mlrisk.calendar import sessions
from mlrisk.forecast import roster
from stages import evaluate
from tests.conftest import PROJECT

DAYS = sessions(pd.Timestamp("2014-01-02"), pd.Timestamp("2017-12-29"))
NOISE = {"rv20": 0.6, "ewma": 0.4, "har": 0.3, "har_vix": 0.15, "lightgbm": 0.05}
"""Standard deviation of each contender's log error: the last is the best."""
SETTINGS = (
    "model.name=lightgbm",
    "evaluate.contenders=[rv20,ewma,har,har_vix,lightgbm]",
    "evaluate.rivals=[rv20,har,har_vix]",
    "evaluate.reference=har_vix",
    "evaluate.resampling.reps=100",
)
EMPTY = pd.DataFrame(
    {
        "date": pd.to_datetime([]).as_unit("us"),
        "fold": pd.Series(dtype="int64"),
        "var_5d_hat": pd.Series(dtype=float),
        "rv_5d_hat": pd.Series(dtype=float),
        "model_version": pd.Series(dtype="str"),
    }
)


def put(name: str, table: pd.DataFrame, reason: str | None = None) -> None:
    folder = contracts.backtest(name)
    store.write(folder.forecasts, table)
    store.write_text(folder.status, json.dumps({"left_out_because": reason}))


def forecasts(volatility: np.ndarray, days: pd.DatetimeIndex = DAYS) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "date": days,
            "fold": 0,
            "var_5d_hat": volatility**2,
            "rv_5d_hat": 0.95 * volatility,
            "model_version": "sha256-0",
        }
    )


@pytest.fixture
def volatility(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Expected volatility of four years; labels, forecasts and parameters are in the folder."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(compose.composed(PROJECT, SETTINGS), encoding="utf-8")
    rng = np.random.default_rng(4)
    count = len(DAYS)
    slow = np.convolve(rng.standard_normal(count + 59), np.ones(60), "valid") / np.sqrt(60)
    expected = 0.02 * np.exp(0.5 * slow)
    realized = expected * np.sqrt(rng.chisquare(5, count) / 5)
    regime = np.select([slow < 0, slow > 1], ["calm", "risk_off"], "transition")
    labels = pd.DataFrame({"date": DAYS, "rv_5d": realized, "regime_5d": regime})
    labels.loc[count - 5 :, ["rv_5d", "regime_5d"]] = None
    store.write(
        contracts.LABELS_DAILY,
        labels.astype({"regime_5d": "str"}).assign(rv_calm_below=0.01, rv_risk_off_above=0.03),
    )
    truth = pd.DataFrame({"date": DAYS, "regime": 0, "var_1d": 1e-4, "var_5d_oracle": expected**2})
    store.write(contracts.TRUTH, truth)
    for name, noise in NOISE.items():
        put(name, forecasts(expected * np.exp(noise * rng.standard_normal(count))))
    return expected


def written(name: str = "forecast") -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(Path(f"metrics/{name}.json").read_text(encoding="utf-8"))
    return tree


def test_everything_that_is_tried_is_compared_by_default() -> None:
    """What is left out of the comparison is not counted by the tests over all that was tried."""
    settings = yaml.safe_load(compose.composed(PROJECT))["evaluate"]
    assert settings["contenders"] == [*roster.ROSTER, *roster.MIXED]
    assert settings["reference"] in settings["rivals"]
    assert set(settings["rivals"]) < set(settings["contenders"])


def test_the_better_forecast_wins_every_test(volatility: np.ndarray) -> None:
    evaluate.main()
    found = written()
    tests = found["superiority"]
    assert tests["left_out"] == tests["not_made"] == {}
    assert list(tests["rivals"]) == ["rv20", "har", "har_vix"]
    for rival, test in tests["rivals"].items():
        assert test["holm_p_value"] < 0.01, rival
        interval = tests["intervals"]["difference"][rival]
        assert 0 < interval["low"] < test["mean_difference"] < interval["high"]
    assert tests["spa"]["model"]["p_value"] > 0.5
    assert tests["spa"]["reference"]["p_value"] < 0.05
    assert tests["spa"]["reference"]["best_rival"] == "lightgbm"
    members = tests["confidence_set"]
    assert {name for name, of in members["all"].items() if of["included"]} == {"lightgbm"}
    assert set(members["rivals"]) == {"lightgbm", "rv20", "har", "har_vix"}
    assert (
        found["efficiency"]["rv20"]["p_value"] < 0.01 < found["efficiency"]["lightgbm"]["p_value"]
    )
    assert found["windows"]["years_won"]["rv20"] == {"won": 4, "of": 4, "not_won": []}
    assert found["gate"]["passed"]
    assert found["gate"]["local"]["passed"]
    # The oracle's own loss is the floor, in every session: near it little is left to remove.
    assert tests["intervals"]["reducible_share"]["lightgbm"]["estimate"] > 0.95
    assert found["model"]["qlike_vs_reference"] == pytest.approx(
        found["contenders"]["lightgbm"]["qlike"] / found["contenders"]["har_vix"]["qlike"] - 1,
        rel=1e-4,
    )


def test_windows_hold_what_the_whole_holds(volatility: np.ndarray) -> None:
    evaluate.main()
    whole, by_window = written(), written("forecast_by_window")
    assert list(by_window["spans"]) == ["2011-2015", "2016-2026"]
    assert list(by_window["years"]) == ["2014", "2015", "2016", "2017"]
    assert set(by_window["regimes"]) == {"calm", "transition", "risk_off"}
    for kind in ("years", "spans"):
        parts = by_window[kind].values()
        for name, figures in whole["contenders"].items():
            shares = [part["contenders"][name] for part in parts]
            assert sum(share["n_obs"] for share in shares) == figures["n_obs"]
            total = sum(share["n_obs"] * share["qlike"] for share in shares)
            assert total / figures["n_obs"] == pytest.approx(figures["qlike"], rel=1e-4)
        assert sum(part["rivals"]["har"]["n_obs"] for part in parts) == whole["n_obs"]
    span = by_window["spans"]["2016-2026"]
    assert span["efficiency"]["har"]["n_obs"] == span["contenders"]["har"]["n_obs"]
    assert span["intervals"]["difference"]["rv20"]["low"] > 0
    assert span["not_made"] == {}
    bias = by_window["regimes"]["calm"]["contenders"]["har"]["bias"] * np.sqrt(252 / 5) * 100
    assert whole["bias_by_regime"]["calm"]["har"] == pytest.approx(bias, rel=1e-4)


def test_a_model_that_is_a_rival_under_another_name_differs_by_nothing(
    volatility: np.ndarray,
) -> None:
    rng = np.random.default_rng(9)
    same = forecasts(volatility * np.exp(0.1 * rng.standard_normal(len(DAYS))))
    put("lightgbm", same)
    put("har_vix", same)
    evaluate.main()
    found = written()
    test = found["superiority"]["rivals"]["har_vix"]
    assert (test["mean_difference"], test["p_value"], test["holm_p_value"]) == (0, 1, 1)
    members = found["superiority"]["confidence_set"]["all"]
    assert members["har_vix"] == members["lightgbm"]
    assert found["windows"]["years_won"]["har_vix"]["won"] == 0
    assert found["superiority"]["intervals"]["difference"]["har_vix"] == {
        "estimate": 0,
        "low": 0,
        "high": 0,
    }


def test_what_a_source_does_not_give_is_left_out_with_the_reason(volatility: np.ndarray) -> None:
    put("har_vix", EMPTY, "the source gives no vix")
    put("ewma", forecasts(volatility[600:], DAYS[600:]))
    evaluate.main()
    found = written()
    tests = found["superiority"]
    assert tests["left_out"] == {
        "har_vix": "the source gives no vix",
        "ewma": f"it has {len(DAYS) - 605} of the {len(DAYS) - 5} dates of lightgbm",
    }
    assert list(tests["rivals"]) == ["rv20", "har"]
    assert tests["spa"]["reference"] is None
    assert "there are no losses of har_vix" in tests["not_made"]["spa.reference"]
    assert tests["spa"]["model"]["n_obs"] == len(DAYS) - 5
    assert found["model"]["qlike_vs_reference"] is None
    assert "ewma" in found["contenders"]
    drawn = pd.read_csv("plots/evaluate/cumulative_difference.csv")
    assert drawn["rival"].unique().tolist() == ["rv20", "har"]


def test_a_rival_that_was_not_asked_for_is_said(volatility: np.ndarray) -> None:
    chosen = ["evaluate.contenders=[rv20,lightgbm]"]
    Path("params.yaml").write_text(compose.composed(PROJECT, [*SETTINGS, *chosen]))
    evaluate.main()
    tests = written()["superiority"]
    assert tests["left_out"]["har"] == "it is not among evaluate.contenders"
    assert list(tests["rivals"]) == ["rv20"]


@pytest.mark.parametrize("count", [6, 40, 60])
def test_few_forecasts_give_figures_and_no_tests(volatility: np.ndarray, count: int) -> None:
    for name in NOISE:
        rows = store.read(contracts.backtest(name).forecasts)
        put(name, rows[-count - 5 :])
    evaluate.main()
    found = written()
    assert found["n_obs"] == found["model"]["n_obs"] == count
    tests = found["superiority"]
    made = [tests["rivals"], *tests["spa"].values(), found["efficiency"]["har"]]
    if count < 50:
        assert made == [None, None, None, None]
        assert "10 horizons of 5 sessions" in tests["not_made"]["rivals"]
        assert Path("plots/evaluate/cumulative_difference.csv").read_text() == (
            "date,rival,difference,low,high\n"
        )
    else:
        assert None not in made


def test_alone_it_has_nobody_to_be_held_against(volatility: np.ndarray) -> None:
    alone = ["evaluate.contenders=[rv20,har]", "evaluate.rivals=[har]", "model.name=har"]
    Path("params.yaml").write_text(compose.composed(PROJECT, [*SETTINGS, *alone]))
    evaluate.main()
    tests = written()["superiority"]
    assert tests["rivals"] == tests["intervals"]["difference"] == {}
    assert list(tests["intervals"]["reducible_share"]) == ["har"]


def test_without_a_truth_the_floor_is_that_of_gaussian_returns(volatility: np.ndarray) -> None:
    store.write(contracts.TRUTH, store.read(contracts.TRUTH)[:0])
    evaluate.main()
    found = written()
    assert found["oracle"] == {}
    share = found["superiority"]["intervals"]["reducible_share"]["lightgbm"]["estimate"]
    assert share == pytest.approx(found["model"]["reducible_share"], rel=1e-4)


def test_the_verdict_is_told_and_a_gate_that_falls_still_writes(
    volatility: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    strict = ["evaluate.gate_improvement=0.99", "evaluate.local_improvement=0.01"]
    Path("params.yaml").write_text(compose.composed(PROJECT, [*SETTINGS, *strict]))
    with caplog.at_level("INFO", "mlrisk"):
        evaluate.main()
    told = next(record.fields for record in caplog.records if record.message == "gate")
    gate = written()["gate"]
    assert (told["passed"], told["local"]) == (gate["passed"], gate["local"]["passed"])
    assert (told["passed"], told["local"]) == (False, True)
    assert told["reasons"] == gate["reasons"]


def test_the_same_forecasts_give_the_same_bytes(volatility: np.ndarray) -> None:
    evaluate.main()
    first = {path: path.read_bytes() for path in Path().glob("[mp]*/**/*.*")}
    evaluate.main()
    assert first == {path: path.read_bytes() for path in Path().glob("[mp]*/**/*.*")}
    assert len(first) == 6
