"""GJR-GARCH: likelihood, maximum and forecasts against arch's, and a filter without hindsight."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from arch.univariate import GARCH, StudentsT, ZeroMean
from scipy.optimize import approx_fprime

from mlrisk.calendar import sessions
from mlrisk.evaluation import walkforward
from mlrisk.forecast import garch
from mlrisk.forecast.garch import Garch

THETA = np.array([0.03, 0.04, 0.15, 0.86, 7.0])


def simulated(count: int, seed: int = 3, theta: np.ndarray = THETA) -> np.ndarray:
    """Returns in per cent of the process itself, after a burn-in."""
    omega, alpha, gamma, beta, nu = theta
    innovations = np.random.default_rng(seed).standard_t(nu, count + 500) * np.sqrt((nu - 2) / nu)
    returns = np.empty(len(innovations))
    variance = omega / (1 - alpha - gamma / 2 - beta)
    for day, shock in enumerate(innovations):
        returns[day] = np.sqrt(variance) * shock
        variance = omega + (alpha + gamma * (shock < 0)) * returns[day] ** 2 + beta * variance
    return returns[500:]


def arch_model(returns: np.ndarray) -> ZeroMean:
    volatility = GARCH(p=1, o=1, q=1)
    return ZeroMean(returns, volatility=volatility, distribution=StudentsT(), rescale=False)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Returns and ``rv_5d`` of 700 sessions."""
    ret = simulated(705) / 100
    ahead = pd.Series(ret**2).rolling(5).sum().shift(-5)
    frame = pd.DataFrame({"ret_1d": ret, "rv_5d": np.sqrt(ahead)})[:700]
    frame.insert(0, "date", sessions("2015-01-02", "2018-01-01")[:700])
    return frame


@pytest.fixture(scope="module")
def model(table: pd.DataFrame) -> Garch:
    return Garch("ret_1d").fit(table, table["rv_5d"].to_numpy() ** 2)


def test_the_likelihood_is_that_of_arch() -> None:
    returns = simulated(1500)
    initial = garch.initial_variance(returns)
    theirs = arch_model(returns).fix(THETA)
    # arch takes the backcast of a fixed model by the same weights.
    assert theirs.model.volatility.backcast(returns) == pytest.approx(initial, rel=1e-12)
    ours, _ = garch.log_likelihood(returns, THETA, initial)
    assert ours == pytest.approx(theirs.loglikelihood, rel=1e-12)
    variance = garch.filtered_variance(returns, THETA[:4], initial)[:-1]
    np.testing.assert_allclose(np.sqrt(variance), theirs.conditional_volatility, rtol=1e-12)


def test_the_gradient_is_the_slope_of_the_likelihood() -> None:
    returns = simulated(400)
    _, gradient = garch.log_likelihood(returns, THETA, 1.2)
    slopes = approx_fprime(THETA, lambda theta: garch.log_likelihood(returns, theta, 1.2)[0], 1e-7)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-4, atol=1e-3)


def test_the_forecast_is_the_sum_of_five_of_arch(table: pd.DataFrame, model: Garch) -> None:
    returns = table["ret_1d"].to_numpy() * 100
    fixed = arch_model(returns).fix(list(model.parameters_.values()))
    ahead = fixed.forecast(horizon=5, start=0, reindex=False).variance.to_numpy()
    # The first variances still remember how many digits the initial one keeps.
    np.testing.assert_allclose(model.predict(table)[100:], ahead.sum(axis=1)[100:] / 1e4, rtol=1e-8)


def test_the_maximum_does_not_hang_on_where_the_optimiser_stopped() -> None:
    returns = simulated(1500)
    initial = garch.initial_variance(returns)
    stopped = np.asarray(arch_model(returns).fit(disp="off", backcast=initial).params)
    found = garch.polished(returns, stopped, initial)
    assert not np.array_equal(found, stopped)
    np.testing.assert_allclose(found, stopped, rtol=5e-3)
    best, gradient = garch.log_likelihood(returns, found, initial)
    assert best >= garch.log_likelihood(returns, stopped, initial)[0]
    assert np.abs(gradient * found).max() < 1e-7
    for shift in (1 - 1e-3, 1 + 1e-3):
        again = garch.polished(returns, stopped * [shift, 1, 1 / shift, 1, shift], initial)
        np.testing.assert_allclose(again, found, rtol=1e-9)


def test_a_parameter_on_its_bound_stays_there() -> None:
    without_alpha = np.array([0.03, 0.0, 0.15, 0.9, 7.0])
    held = 0
    for seed in range(4):
        returns = simulated(1500, seed, without_alpha)
        initial = garch.initial_variance(returns)
        found = garch.maximum_likelihood(returns, initial)
        _, (by_omega, by_alpha, _, by_beta, _) = garch.log_likelihood(returns, found, initial)
        assert abs(by_omega * found[0]) < 1e-7
        assert found[1] == 0 or found[1] > garch.AT_A_BOUND
        if found[1] == 0:
            held += 1
            assert by_alpha < 0
            assert abs(by_beta) < 1e-6
    assert 0 < held < 4


def test_what_made_the_returns_is_found_again() -> None:
    scores = []
    for seed in range(4):
        returns = simulated(6_000, seed)
        initial = garch.initial_variance(returns)
        errors = np.asarray(arch_model(returns).fit(disp="off", backcast=initial).std_err)
        scores.append((garch.maximum_likelihood(returns, initial) - THETA) / errors)
    # A mean of four standard normals beyond 2 is as likely as one beyond 4.
    assert np.abs(np.mean(scores, axis=0)).max() < 2


def test_the_root_is_unbiased_in_the_training_window(table: pd.DataFrame, model: Garch) -> None:
    assert model.predict_volatility(table).mean() == pytest.approx(table["rv_5d"].mean(), rel=1e-5)


@pytest.mark.parametrize("cut", [450, 463, 699])
def test_appended_sessions_change_no_bit(table: pd.DataFrame, cut: int) -> None:
    forecasts = walked(table)
    changed = table.copy()
    changed.loc[cut:, "ret_1d"] *= -3
    changed.loc[cut - 5 :, "rv_5d"] *= 2
    for other in (table[:cut].assign(rv_5d=table["rv_5d"].where(table.index < cut - 5)), changed):
        again = walked(other)[: cut - 400]
        pd.testing.assert_frame_equal(again, forecasts[: cut - 400], check_exact=True)


def test_a_walk_filters_from_the_first_session_on(table: pd.DataFrame) -> None:
    """A row's forecast is that of a fit on its fold's window and a filter over the whole past."""
    grid = walkforward.folds(table["date"], table["date"].iloc[400], 50, 5)
    window = table[: grid[2].train_stop]
    fold = Garch("ret_1d").fit(window, window["rv_5d"].to_numpy() ** 2)
    expected = fold.predict(table[: grid[2].stop])[grid[2].start :]
    forecasts = walked(table)
    rows = forecasts[forecasts["fold"] == 2]
    assert rows["var_5d_hat"].tolist() == expected.tolist()
    assert set(rows["model_version"]) == {fold.version()}


def walked(table: pd.DataFrame) -> pd.DataFrame:
    first: date = table["date"].iloc[400]
    grid = walkforward.folds(table["date"], first, 50, 5)
    done = walkforward.walk_forward(lambda: Garch("ret_1d"), table, grid, 100, workers=1)
    return pd.concat([fold.forecasts for fold in done])


def test_a_session_without_a_return_has_no_forecast(table: pd.DataFrame) -> None:
    holed = table.assign(ret_1d=table["ret_1d"].where(table.index != 450))
    forecasts = walked(holed)
    assert forecasts.index[forecasts["var_5d_hat"].isna()].tolist() == [450]


def test_a_likelihood_without_a_maximum_names_the_fold(
    table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    fit = ZeroMean.fit

    def stopped_early(self: ZeroMean, **settings: object) -> object:
        tried.append(settings["starting_values"])
        return fit(self, **settings, options={"maxiter": 1})

    monkeypatch.setattr(ZeroMean, "fit", stopped_early)
    with pytest.raises(
        walkforward.WalkForwardError,
        match=r"^fold 0, first forecast 2016-08-04: .* on 396 returns \(optimiser flags \[9, 9\]",
    ):
        walked(table)
    assert len(tried) == 2
