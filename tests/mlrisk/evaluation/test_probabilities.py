"""Scores against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as reference_log_loss

from mlrisk.evaluation.probabilities import SMALLEST, area_under_curve, brier, log_loss


@pytest.fixture
def forecast() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    probability = rng.dirichlet([1.0, 0.7, 0.4], 500)
    return probability, rng.integers(0, 3, 500)


def test_scores_are_those_of_scikit_learn(forecast: tuple[np.ndarray, np.ndarray]) -> None:
    probability, outcome = forecast
    each = [brier_score_loss(outcome == place, probability[:, place]) for place in range(3)]
    assert brier(probability, outcome).mean() == pytest.approx(sum(each))
    clipped = probability[(probability > SMALLEST).all(axis=1)]
    kept = outcome[(probability > SMALLEST).all(axis=1)]
    assert log_loss(clipped, kept).mean() == pytest.approx(reference_log_loss(kept, clipped))
    rounded = probability[:, 2].round(1)  # with many ties
    for score in (probability[:, 2], rounded):
        assert area_under_curve(score, outcome == 2) == pytest.approx(
            roc_auc_score(outcome == 2, score)
        )


def test_the_ends_of_the_scales() -> None:
    sure = np.array([[1.0, 0, 0], [0, 0, 1.0]])
    assert brier(sure, np.array([0, 2])).tolist() == [0, 0]
    assert brier(sure, np.array([1, 0])).tolist() == [2, 2]
    assert log_loss(sure, np.array([0, 0])).tolist() == [0, pytest.approx(-np.log(SMALLEST))]


def test_nothing_to_rank_is_no_area() -> None:
    score = np.array([0.1, 0.2, 0.3])
    assert area_under_curve(score, np.array([True, True, True])) is None
    assert area_under_curve(np.full(3, 0.2), np.array([True, False, True])) is None
    assert area_under_curve(score[:0], np.array([], dtype=bool)) is None
