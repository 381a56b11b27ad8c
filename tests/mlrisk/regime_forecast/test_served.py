"""What is served is what was walked forward, to the last bit, and says what drives it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlrisk import contracts, store
from mlrisk.contracts import REGIMES
from mlrisk.evaluation import walkforward
from mlrisk.forecast.base import BASELINE, FloatArray
from mlrisk.forecast.card import CARD, ModelError
from mlrisk.regime_forecast import calibration, card, pool, pool_weights, roster, served, walks
from mlrisk.regime_forecast.calibrator import Calibrator
from tests.mlrisk.regime_forecast.conftest import SETTINGS

MEMBERS = ("volatility_implied", "multinomial_logit", "lightgbm_classifier", "persistence_soft")
FIRST, EVERY, PURGE, LEAST, SCORED = 180, 42, 5, 80, 60


def grid_of(world: pd.DataFrame) -> list[walkforward.Fold]:
    first = world["date"].iloc[FIRST].date()
    return walkforward.folds(world["date"], first, EVERY, PURGE)


class Walked:
    """Every member's walk-forward, and the combination of them."""

    def __init__(self, world: pd.DataFrame) -> None:
        self.forecasts: dict[str, pd.DataFrame] = {}
        self.parts: dict[str, pd.DataFrame] = {}
        for name in MEMBERS:
            done = [
                walkforward.forecast_fold(
                    walkforward.task(roster.contender(name, SETTINGS[name]), world, fold, LEAST)
                )
                for fold in grid_of(world)
            ]
            folder = contracts.regime_backtest(name)
            table = pd.concat([fold.forecasts for fold in done])
            self.forecasts[name] = store.at_border(folder.forecasts, table).reset_index(drop=True)
            parts = [fold.contributions for fold in done if fold.contributions is not None]
            if parts:
                self.parts[name] = store.at_border(folder.contributions, pd.concat(parts))
        self.walks = walks.Walks.of(self.forecasts)
        codes = world["regime_5d"].map(dict(enumerate(REGIMES)))
        self.labels = pd.DataFrame({"date": world["date"], "regime_5d": codes.astype("str")})
        self.labels.loc[codes.isna(), "regime_5d"] = None
        self.known = walks.outcomes_at(self.labels, self.walks.dates)

    def combination(self, kind: str, rule: str) -> served.Mixture:
        weigh = pool_weights.rule(rule, kind, SCORED, 0.01)
        all_ = self.walks
        weights = pool_weights.walk(
            weigh, all_.probabilities, self.known, all_.starts, all_.present, PURGE
        )
        return served.Mixture(kind, MEMBERS, weights)

    def calibrated(
        self, mixture: served.Mixture, name: str
    ) -> tuple[list[Calibrator | None], FloatArray]:
        said = mixture.probabilities(self.walks)
        fits = calibration.refits(name, said, self.known, self.walks.starts, PURGE, SCORED)
        return fits, calibration.walked(fits, said, self.walks.starts)


@pytest.fixture(scope="module")
def walked(world: pd.DataFrame) -> Walked:
    return Walked(world)


def trained(
    world: pd.DataFrame, walked: Walked, mixture: served.Mixture, name: str
) -> served.RegimeModel:
    """The last fold of it, as the stage trains it from what was stored."""
    fold = grid_of(world)[-1]
    weights = walks.named(mixture.weights[-1], mixture.members)
    members = {}
    for one in weights:
        model = roster.contender(one, SETTINGS[one])
        window = walkforward.training_window(model, world, fold, LEAST)
        members[one] = model.learn(window)
    forecasts = walks.forecast_table(
        walked.walks.dates, {("combination", "none"): mixture.probabilities(walked.walks)}
    )
    calibrator = calibration.last_refit(
        forecasts,
        walked.labels,
        "combination",
        name,
        world["date"].iloc[fold.train_stop - 1],
        SCORED,
    )
    return served.RegimeModel(members, weights, mixture.kind, calibrator)


@pytest.mark.parametrize(
    ("kind", "rule", "name"),
    [
        ("geometric", "equal", "temperature"),
        ("geometric", "stacked", "none"),
        ("linear", "equal", "isotonic"),
        ("linear", "stacked", "venn_abers"),
    ],
)
def test_the_served_model_is_the_walked_one(
    world: pd.DataFrame, walked: Walked, tmp_path: Path, kind: str, rule: str, name: str
) -> None:
    mixture = walked.combination(kind, rule)
    calibrators, probabilities = walked.calibrated(mixture, name)
    model = trained(world, walked, mixture, name)
    written = card.describe(model, "combination", name, members_of(model, world), {}, {})
    card.save(tmp_path, model, written)
    loaded, _ = card.load(tmp_path)

    table = served.forecasts(walked.walks, mixture, calibrators, probabilities)
    contracts.REGIME_SERVED.forecasts.validate(table)
    last = grid_of(world)[-1]
    rows = world.iloc[last.start : last.stop]
    for each in (model, loaded):
        together = each.forecast(rows)
        np.testing.assert_array_equal(together, table[list(REGIMES)].to_numpy()[-len(rows) :])
        one_by_one = [each.forecast(rows.iloc[[place]]) for place in range(len(rows))]
        np.testing.assert_array_equal(np.vstack(one_by_one), together)
        assert each.version() == table["model_version"].iloc[-1]
    assert table["model_version"].nunique() == len(grid_of(world))

    parts = served.contributions(
        walked.walks, mixture, calibrators, probabilities, walked.parts
    ).set_index("date")
    own = loaded.contributions(rows)
    told = parts.iloc[-len(rows) :]
    assert (told.drop(columns=own.columns) == 0).all(axis=None), "who has no weight now"
    np.testing.assert_allclose(own, told[own.columns], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(
        parts.sum(axis=1), pool.log_odds(probabilities), rtol=1e-9, atol=1e-9
    )


def members_of(model: served.RegimeModel, world: pd.DataFrame) -> dict[str, object]:
    rows = world[world["regime_5d"].notna()]
    return {name: card.describe_member(one, rows) for name, one in model.members.items()}


def test_drivers_are_the_members_own_times_weight_and_over_temperature(walked: Walked) -> None:
    mixture = walked.combination("geometric", "equal")
    calibrators, probabilities = walked.calibrated(mixture, "temperature")
    parts = served.contributions(walked.walks, mixture, calibrators, probabilities, walked.parts)
    last = parts.iloc[-1]
    slope = calibration.slopes(calibrators)[-1]
    assert slope != 1.0
    own = {name: table.set_index("date").loc[last["date"]] for name, table in walked.parts.items()}
    for feature in parts.columns.drop(["date", BASELINE]):
        summed = sum(table.get(feature, 0.0) for table in own.values())
        assert last[feature] == pytest.approx(slope * summed / len(MEMBERS), rel=1e-9, abs=1e-12)


def test_a_contender_alone_keeps_what_it_says(world: pd.DataFrame, walked: Walked) -> None:
    alone = served.Mixture.alone("multinomial_logit", walked.walks)
    said = walked.walks.each()["multinomial_logit"]
    np.testing.assert_array_equal(alone.probabilities(walked.walks), said)
    first = walked.walks.dates[walked.walks.starts[-1]]
    table = walked.forecasts["multinomial_logit"]
    assert served.weight_alone(table, "multinomial_logit", first) == {"multinomial_logit": 1.0}
    unfitted = table.assign(model_version="")
    assert served.weight_alone(unfitted, "multinomial_logit", first) == {}


def test_without_members_there_is_no_forecast(world: pd.DataFrame, tmp_path: Path) -> None:
    nobody = served.RegimeModel({}, {}, "geometric", None)
    card.save(tmp_path, nobody, card.describe(nobody, "combination", "none", {}, {}, {}))
    loaded, _ = card.load(tmp_path)
    assert loaded.version() == ""
    assert np.isnan(loaded.forecast(world.tail(3))).all()
    assert list(loaded.contributions(world.tail(3))) == [BASELINE]


def test_weights_of_a_refit_are_in_the_order_of_the_members() -> None:
    days = pd.to_datetime(["2020-01-02", "2020-01-02", "2020-02-03"])
    table = pd.DataFrame({"date": days, "member": ["a", "b", "a"], "weight": [0.4, 0.6, 1.0]})
    assert served.weights_at(table, days[0], ["b", "c", "a"]) == {"b": 0.6, "a": 0.4}
    assert list(served.weights_at(table, days[0], ["b", "c", "a"])) == ["b", "a"]
    assert served.weights_at(table, days[2], ["b", "a"]) == {"a": 1.0}


def test_appended_and_changed_futures_change_no_served_bit(world: pd.DataFrame) -> None:
    cut = 330
    later = world.copy()
    later.loc[cut:, "vix"] *= 3
    later.loc[cut:, "var_5d_hat"] *= 2
    # Labels look five sessions ahead: those of the last five before the cut change too.
    later.loc[cut - PURGE :, "rv_5d"] *= 4
    later.loc[cut - PURGE :, "regime_5d"] = 2 - later.loc[cut - PURGE :, "regime_5d"]
    before = Walked(world.iloc[:cut])
    tables = []
    for each in (before, Walked(later)):
        mixture = each.combination("geometric", "stacked")
        calibrators, probabilities = each.calibrated(mixture, "temperature")
        tables.append(served.forecasts(each.walks, mixture, calibrators, probabilities))
    earlier, whole = tables
    pd.testing.assert_frame_equal(earlier, whole.iloc[: len(earlier)], check_exact=True)


@pytest.fixture
def saved(world: pd.DataFrame, tmp_path: Path) -> Path:
    rows = world[world["regime_5d"].notna() & world["regime_known"].notna()]
    member = roster.contender("persistence_soft", SETTINGS["persistence_soft"]).learn(rows)
    model = served.RegimeModel(
        {"persistence_soft": member}, {"persistence_soft": 1.0}, "linear", None
    )
    own = {"persistence_soft": card.describe_member(member, rows)}
    volatility = {"name": "har", "model_version": "0f3a"}
    written = card.describe(model, "persistence_soft", "none", own, volatility, {"brier": 0.4})
    card.save(tmp_path, model, written)
    return tmp_path


def test_the_card_says_what_the_model_is(saved: Path, world: pd.DataFrame) -> None:
    model, written = card.load(saved)
    own = written["members"]["persistence_soft"]
    assert own["trained_on"]["last_label"] == f"{world['date'].iloc[-1]:%Y-%m-%d}"
    assert own["settings"] == SETTINGS["persistence_soft"]
    assert written["volatility"] == {"name": "har", "model_version": "0f3a"}
    assert written["out_of_sample"] == {"brier": 0.4}
    assert written["model_version"] == model.version()


@pytest.mark.parametrize("name", [CARD, card.CALIBRATOR, "persistence_soft/state.json"])
def test_a_missing_file_is_named(saved: Path, name: str) -> None:
    (saved / name).unlink()
    with pytest.raises(ModelError, match=rf"not a whole model .*{name}"):
        card.load(saved)


def test_a_model_that_is_not_the_cards_is_refused(saved: Path) -> None:
    state = json.loads((saved / "persistence_soft/state.json").read_text())
    state["matrix"][0] = [1.0, 0.0, 0.0]
    (saved / "persistence_soft/state.json").write_text(json.dumps(state))
    with pytest.raises(ModelError, match="its card says"):
        card.load(saved)
