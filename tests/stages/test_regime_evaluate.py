"""The stage ``regime_evaluate`` on a small world: what it writes, and what it leaves out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from app import compose, regime_findings
from mlrisk import contracts, store
from mlrisk.calendar import sessions
from mlrisk.contracts import REGIMES
from stages import regime_evaluate
from tests.conftest import PROJECT

DAYS = sessions(pd.Timestamp("2014-01-02"), pd.Timestamp("2017-12-29"))
NOISE = {
    "persistence_hard": 4.0,
    "persistence_soft": 1.5,
    "volatility_implied": 0.5,
    "combination": 0.2,
}
CALIBRATIONS = ("none", "temperature")
INPUTS = ["spy_vol_10d", "vix"]
SETTINGS = (
    f"regime_evaluate.contenders=[{','.join(NOISE)}]",
    "regime_model.name=combination",
    "regime_model.calibration=temperature",
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """The true regimes of four years; everything the stage reads is in the folder."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(compose.composed(PROJECT, SETTINGS), encoding="utf-8")
    rng = np.random.default_rng(4)
    count = len(DAYS)
    level = np.convolve(rng.standard_normal(count + 59), np.ones(60), "valid") / np.sqrt(60)
    weights = np.exp(np.column_stack([-1.5 * level, np.zeros(count), 1.5 * level - 1]))
    true = weights / weights.sum(axis=1, keepdims=True)
    outcome = (rng.random(count)[:, None] > true.cumsum(axis=1)).sum(axis=1)
    regime = np.select([level < 0, level > 1], [0, 2], 1)

    named = pd.Series(np.array(REGIMES)[outcome], dtype="str")
    labels = pd.DataFrame({"date": DAYS, "rv_5d": np.exp(level - 4), "regime_5d": named})
    labels.loc[count - 5 :, ["rv_5d", "regime_5d"]] = None
    labels = labels.assign(rv_calm_below=0.02, rv_risk_off_above=0.04)
    store.write(contracts.LABELS_DAILY, labels.astype({"regime_5d": "str"}))
    store.write(contracts.TRUTH, truth(regime))
    store.write(contracts.MARKET_DAILY, market(count))
    noise = rng.standard_normal((count, 2))
    features = pd.DataFrame({"date": DAYS, "spy_vol_10d": np.exp(level + 0.3 * noise[:, 0])})
    store.write(contracts.FEATURES_DAILY, features.assign(vix=15 + 5 * regime + 2 * noise[:, 1]))
    store.write(contracts.REGIMES_DAILY, clusters(regime))
    store.write(contracts.REGIME_REFITS, refits())
    tables = []
    for name, size in NOISE.items():
        said = true * np.exp(size * rng.standard_normal(true.shape))
        status = contracts.regime_backtest(name).status
        if name != "combination":
            store.write_text(status, json.dumps({"left_out_because": None}))
        tables += [forecasts(name, calibration, said) for calibration in CALIBRATIONS]
    everyone = pd.concat(tables).sort_values(["contender", "calibration", "date"])
    store.write(contracts.REGIME_FORECASTS, everyone)
    return regime


def truth(regime: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"date": DAYS, "regime": regime, "var_1d": 1e-4, "var_5d_oracle": 5e-4})


def market(count: int) -> pd.DataFrame:
    prices = dict.fromkeys(("open", "high", "low", "close"), 100.0)
    index = np.linspace(1, 2, count)
    return pd.DataFrame(
        {"symbol": "SPY", "date": DAYS, **prices, "adj_close": index, "ret": 0.001, "filled": False}
    )


def clusters(regime: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame({"date": DAYS, "refit_date": DAYS[100], "regime_cluster_id": regime * 1.0})
    for k in range(3):
        table[f"prob_cluster_{k}"] = np.where(regime == k, 0.8, 0.1)
    for k in range(3):
        table[f"dist_to_centroid_{k}"] = np.abs(regime - k) * 1.0
    table.loc[:99, table.columns != "date"] = None
    floats = [name for name in table if name not in ("date", "refit_date")]
    return table.astype(dict.fromkeys(floats, float))


def refits() -> pd.DataFrame:
    rows = []
    for fit, day in enumerate(DAYS[[100, 121]]):
        for cluster in range(3):
            figures = {f"mean_{name}": 1.0 + cluster for name in INPUTS}
            figures |= {f"to_{j}": 0.9 if j == cluster else 0.05 for j in range(3)}
            if fit:
                figures["agreement"] = 0.99
            rows += [(day, cluster, name, value) for name, value in sorted(figures.items())]
    return pd.DataFrame(rows, columns=["refit_date", "cluster", "figure", "value"])


def forecasts(name: str, calibration: str, said: np.ndarray) -> pd.DataFrame:
    values = said ** (0.8 if calibration == "temperature" else 1.0)
    table = pd.DataFrame(values / values.sum(axis=1, keepdims=True), columns=list(REGIMES))
    table.insert(0, "date", DAYS)
    return table.assign(contender=name, calibration=calibration)[
        ["contender", "calibration", "date", *REGIMES]
    ]


def written() -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(Path("metrics/regimes.json").read_text(encoding="utf-8"))
    return tree


def drawn(name: str) -> pd.DataFrame:
    return pd.read_csv(f"plots/regimes/{name}.csv")


def test_everything_is_measured_and_drawn(state: np.ndarray) -> None:
    regime_evaluate.main()
    found = written()
    assert found["n_obs"] == len(DAYS) - 5
    assert found["left_out"] == {}
    assert {name: set(kinds) for name, kinds in found["contenders"].items()} == {
        name: set(CALIBRATIONS) for name in NOISE
    }
    model = found["model"]
    assert (model.pop("name"), model.pop("calibration")) == ("combination", "temperature")
    assert model == found["contenders"]["combination"]["temperature"]
    parts = model["reliability"] - model["resolution"] + model["uncertainty"]
    assert parts + model["within_bins"] == pytest.approx(model["brier"], rel=1e-4)
    assert found["gate"]["passed"]
    tests = found["superiority"]["rivals"]
    assert list(tests) == ["persistence_hard", "persistence_soft", "volatility_implied"]
    assert all(test["mean_difference"] > 0 for test in tests.values())
    assert set(found["spans"]["2016-2026"]["contenders"]) == {*NOISE, "served"}

    seen = found["discovery"]
    assert seen["n_obs"] == len(DAYS) - 100
    assert seen["label_stability"]["worst_refit"] == f"{DAYS[121]:%Y-%m-%d}"
    assert seen["against_truth"]["adjusted_rand_index"] == 1
    assert 0.9 < seen["agreement_with_smoothed"] <= 1

    assert drawn("transition")["value"].tolist() == [90, 5, 5, 5, 90, 5, 5, 5, 90]
    assert set(drawn("profile")["input"]) == set(INPUTS)
    assert drawn("ribbon")["index"].iloc[0] == 100
    assert drawn("reliability")["contender"].iloc[0] == "served"
    assert len(drawn("risk_off")) == -(-(len(DAYS) - 5) // 5)


def test_a_real_world_has_no_truth_and_a_source_without_vix_says_so(state: np.ndarray) -> None:
    store.write(contracts.TRUTH, truth(state)[:0])
    rows = store.read(contracts.REGIME_FORECASTS)
    store.write(contracts.REGIME_FORECASTS, rows[rows["contender"] != "volatility_implied"])
    reason = json.dumps({"left_out_because": "the source gives no vix"})
    store.write_text(contracts.regime_backtest("volatility_implied").status, reason)
    regime_evaluate.main()
    found = written()
    assert found["discovery"]["against_truth"] == {}
    assert found["left_out"] == {"volatility_implied": "the source gives no vix"}
    assert found["superiority"]["left_out"] == found["left_out"]
    assert found["gate"]["passed"]


def test_a_source_that_gives_no_clusters_leaves_the_forecasts() -> None:
    rows = store.read(contracts.REGIMES_DAILY)
    store.write(contracts.REGIMES_DAILY, rows.iloc[:, :3].assign(regime_cluster_id=np.nan))
    store.write(contracts.REGIME_REFITS, refits()[:0])
    regime_evaluate.main()
    assert written()["discovery"] == {}
    assert written()["gate"]["passed"]
    for name in ("ribbon", "transition", "profile"):
        assert drawn(name).empty
    assert drawn("ribbon").columns.tolist() == ["date", "until", "index", "cluster"]


def test_before_any_outcome_is_known_the_gate_is_shut_and_the_day_goes_on() -> None:
    rows = store.read(contracts.REGIME_FORECASTS)
    store.write(contracts.REGIME_FORECASTS, rows.assign(**dict.fromkeys(REGIMES, np.nan)))
    regime_evaluate.main()
    found = written()
    assert found["n_obs"] == 0
    assert not found["gate"]["passed"]
    assert found["discovery"]["switches_a_year"] > 0
    assert drawn("risk_off").empty
    assert drawn("reliability").empty
    assert regime_findings.together(found) == ""
    assert "has a known outcome yet" in regime_findings.block(found, "Here")


def test_a_gate_that_falls_still_writes(caplog: pytest.LogCaptureFixture) -> None:
    strict = ["regime_evaluate.gate_auc=0.999"]
    Path("params.yaml").write_text(compose.composed(PROJECT, [*SETTINGS, *strict]))
    with caplog.at_level("INFO", "mlrisk"):
        regime_evaluate.main()
    told = next(record.fields for record in caplog.records if record.message == "gate")
    assert not told["passed"]
    assert written()["gate"] == {"passed": False, "reasons": told["reasons"]}


def test_the_same_forecasts_give_the_same_bytes() -> None:
    regime_evaluate.main()
    first = {path: path.read_bytes() for path in Path().glob("[mp]*/**/*.*")}
    regime_evaluate.main()
    assert first == {path: path.read_bytes() for path in Path().glob("[mp]*/**/*.*")}
    assert len(first) == 6
