"""Published clusters: how steady, how stable, how near to a truth that is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hmmlearn.hmm import GaussianHMM
from sklearn.metrics import adjusted_rand_score

from mlrisk.calendar import sessions
from mlrisk.evaluation import discovery, regime_plots

MOVES = np.array([[0.98, 0.02, 0.0], [0.02, 0.95, 0.03], [0.0, 0.04, 0.96]])
DAYS = sessions(pd.Timestamp("2010-01-04"), pd.Timestamp("2015-12-31"))
INPUTS = ["vix", "drawdown_60d"]


@pytest.fixture(scope="module")
def states() -> np.ndarray:
    rng = np.random.default_rng(3)
    path = [0]
    for uniform in rng.random(len(DAYS) - 1):
        path.append(int((uniform > MOVES[path[-1]].cumsum()).sum()))
    return np.array(path)


@pytest.fixture(scope="module")
def features(states: np.ndarray) -> pd.DataFrame:
    noise = np.random.default_rng(4).standard_normal((len(DAYS), 2))
    table = pd.DataFrame({"vix": 15 + 5 * states + 3 * noise[:, 0]})
    return table.assign(drawdown_60d=0.05 * states + 0.03 * noise[:, 1], date=DAYS)


@pytest.fixture(scope="module")
def model(states: np.ndarray, features: pd.DataFrame) -> GaussianHMM:
    """The same parameters as the filter is told, in hmmlearn."""
    scaled = _scaled(features)
    counts = np.zeros((3, 3))
    np.add.at(counts, (states[:-1], states[1:]), 1)
    told = GaussianHMM(3, "full", init_params="")
    told.startprob_ = np.bincount(states) / len(states)
    told.transmat_ = counts / counts.sum(axis=1, keepdims=True)
    told.means_ = np.array([scaled[states == at].mean(axis=0) for at in range(3)])
    told.covars_ = np.array(
        [np.cov(scaled[states == at], rowvar=False, ddof=0) + 1e-6 * np.eye(2) for at in range(3)]
    )
    return told


def _scaled(features: pd.DataFrame) -> np.ndarray:
    values = features[INPUTS].to_numpy()
    return np.asarray((values - values.mean(axis=0)) / values.std(axis=0))


def table(states: np.ndarray, probabilities: np.ndarray | None = None) -> pd.DataFrame:
    if probabilities is None:
        probabilities = np.eye(3)[states]
    rows = pd.DataFrame(probabilities, columns=[f"prob_cluster_{k}" for k in range(3)])
    rows.insert(0, "regime_cluster_id", states.astype(float))
    rows.insert(0, "date", DAYS[: len(states)])
    return rows


def refits(
    stays: tuple[float, ...] = (0.9, 0.8), agreements: tuple[float, ...] = (0.97,)
) -> pd.DataFrame:
    """Two clusters, fitted on two dates and more."""
    rows = []
    for fit, stay in enumerate(stays):
        figures = {"share": 0.5, "mean_vix": 15.0, "mean_drawdown_60d": 0.1}
        if fit:
            figures["agreement"] = agreements[fit - 1]
        for cluster in range(2):
            moves = {f"to_{other}": stay if other == cluster else 1 - stay for other in range(2)}
            for figure, value in {**figures, **moves}.items():
                rows.append((DAYS[21 * fit], cluster, figure, value))
    return pd.DataFrame(rows, columns=["refit_date", "cluster", "figure", "value"])


def test_switches_are_counted_on_what_was_published() -> None:
    rows = table(np.array([0] * 100 + [1] * 52 + [0] * 100))
    rows.loc[:49, "regime_cluster_id"] = np.nan
    found = discovery.steadiness(discovery.published(rows))
    assert found["n_obs"] == 202
    assert found["first"] == DAYS[50]
    assert found["switches_a_year"] == pytest.approx(2 * 252 / 202)
    assert found["mean_duration"] == pytest.approx(202 / 3)
    assert found["share"] == {"0": 150 / 202, "1": 52 / 202}


def test_stability_is_the_agreement_of_consecutive_fits() -> None:
    found = discovery.label_stability(refits((0.9, 0.8, 0.7), (0.99, 0.95)))
    assert found == {
        "refits": 3,
        "mean": pytest.approx(0.97),
        "worst": 0.95,
        "worst_refit": DAYS[42],
    }
    assert discovery.label_stability(refits((0.9,)))["worst"] is None


def test_the_last_fit_is_the_one_shown() -> None:
    assert discovery.inputs_of(refits()) == ["drawdown_60d", "vix"]
    expected = [[0.8, 0.2], [0.2, 0.8]]
    np.testing.assert_allclose(discovery.transition_matrix(refits()), expected)
    cells = regime_plots.transition(discovery.transition_matrix(refits()))
    assert cells.query("today == 0 and tomorrow == 1")["value"].item() == pytest.approx(20)


def test_more_than_ten_clusters_keep_their_order() -> None:
    cells = [(DAYS[0], row, f"to_{to}", float(to)) for row in range(12) for to in range(12)]
    rows = pd.DataFrame(cells, columns=["refit_date", "cluster", "figure", "value"])
    assert discovery.transition_matrix(rows)[0].tolist() == list(range(12))


def test_the_profile_is_in_standard_deviations(states: np.ndarray, features: pd.DataFrame) -> None:
    rows = discovery.published(table(states))
    means = discovery.profile(rows, features, INPUTS)
    assert means["vix"].is_monotonic_increasing
    np.testing.assert_allclose(np.bincount(states) @ means.to_numpy(), 0, atol=1e-9)
    spread = features["vix"].std()
    gap = features["vix"][states == 2].mean() - features["vix"][states == 0].mean()
    assert means["vix"][2] - means["vix"][0] == pytest.approx(gap / spread)
    cells = regime_plots.profile(means)
    assert len(cells) == means.size
    one = cells.query("cluster == 2 and input == 'vix'")["value"].item()
    assert one == means["vix"][2]


def test_smoothing_is_the_posterior_of_forward_and_backward(
    states: np.ndarray, features: pd.DataFrame, model: GaussianHMM
) -> None:
    scaled = _scaled(features)[800:890]
    filtered = np.array([model.predict_proba(scaled[: at + 1])[-1] for at in range(90)])
    found = discovery.smoothed(filtered, model.transmat_)
    np.testing.assert_allclose(found, model.predict_proba(scaled), atol=1e-9)
    agreement = discovery.agreement_with_smoothed(
        discovery.published(table(states[800:890], filtered)), model.transmat_
    )
    assert agreement == np.mean(filtered.argmax(axis=1) == found.argmax(axis=1))
    assert 0.8 < agreement < 1


def test_what_another_fits_matrix_rules_out_is_left_as_filtered() -> None:
    filtered = np.array([[1.0, 0.0], [0.0, 1.0]])
    found = discovery.smoothed(filtered, np.eye(2))
    np.testing.assert_array_equal(found, filtered)


def test_the_informed_filter_is_the_forward_pass_of_that_model(
    states: np.ndarray, features: pd.DataFrame, model: GaussianHMM
) -> None:
    scaled = _scaled(features)
    best = discovery.informed_filter(features[INPUTS].to_numpy(), states)
    for at in (0, 1, 50, 400, 1400):
        assert best[at] == model.predict_proba(scaled[: at + 1])[-1].argmax()
    assert np.mean(best == states) > 0.9


def test_clusters_are_held_against_the_truth(states: np.ndarray, features: pd.DataFrame) -> None:
    truth = pd.DataFrame({"date": DAYS, "regime": states})
    renamed = discovery.published(table(np.array([2, 0, 1])[states]))
    found = discovery.against_truth(renamed, features, INPUTS, truth, [])
    assert found["adjusted_rand_index"] == 1
    assert found["informed_filter"] < 1 < found["share"]
    rng = np.random.default_rng(5)
    blurred = np.where(rng.random(len(states)) < 0.3, rng.integers(0, 3, len(states)), states)
    found = discovery.against_truth(
        discovery.published(table(blurred)), features, INPUTS, truth, []
    )
    assert found["adjusted_rand_index"] == pytest.approx(adjusted_rand_score(states, blurred))
    assert found["share"] < 1
    assert discovery.against_truth(renamed, features, INPUTS, truth[:0], []) == {}


def test_the_ribbon_has_every_change_and_no_gap(states: np.ndarray) -> None:
    rows = discovery.published(table(states))
    index = pd.DataFrame({"date": DAYS, "adj_close": np.linspace(2, 4, len(DAYS))})
    drawn = regime_plots.ribbon(rows, index, 5)
    stays = drawn.dropna()
    assert stays["until"].tolist()[:-1] == stays["date"].tolist()[1:]
    assert (stays["date"].iloc[0], stays["until"].iloc[-1]) == (DAYS[0], DAYS[-1])
    assert len(stays) == 1 + np.count_nonzero(np.diff(states))
    assert drawn["index"].iloc[[0, -1]].tolist() == [100, 200]
    # Carried forward, the rows give back the whole path.
    path = drawn.set_index("date")["cluster"].reindex(DAYS, method="ffill")
    np.testing.assert_array_equal(path, states)
