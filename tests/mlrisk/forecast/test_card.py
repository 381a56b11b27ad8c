"""A model's folder is whole, or it is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlrisk.forecast import card, roster
from tests.mlrisk.conftest import SETTINGS


@pytest.fixture(params=roster.LEARNERS)
def saved(request: pytest.FixtureRequest, table: pd.DataFrame, tmp_path: Path) -> Path:
    rows = table.dropna()
    model = roster.learner(request.param, SETTINGS[request.param])
    model.fit(rows, rows["rv_5d"].to_numpy() ** 2)
    description = card.describe(model, request.param, rows, {"qlike": 0.5})
    card.save(tmp_path, model, description)
    return tmp_path


def test_the_card_says_what_the_model_is(saved: Path, table: pd.DataFrame) -> None:
    rows = table.dropna()
    model, description = card.load(saved)
    assert description["features"] == model.inputs
    assert description["trained_on"]["rows"] == len(rows)
    assert description["trained_on"]["last_label"] == f"{rows['date'].iloc[-1]:%Y-%m-%d}"
    assert description["out_of_sample"] == {"qlike": 0.5}
    assert np.isfinite(model.predict(rows)).all()


def test_a_changed_training_row_changes_the_data_hash(table: pd.DataFrame) -> None:
    rows = table.dropna().copy()
    model = roster.learner("har", SETTINGS["har"])
    model.fit(rows, rows["rv_5d"].to_numpy() ** 2)
    before = card.describe(model, "har", rows, {})["trained_on"]["data_sha256"]
    rows.loc[rows.index[5], "vol_5d"] *= 1 + 1e-9
    assert card.describe(model, "har", rows, {})["trained_on"]["data_sha256"] != before


def test_a_missing_file_is_named(saved: Path) -> None:
    (saved / card.CARD).unlink()
    with pytest.raises(card.ModelError, match=r"not a whole model .*model.json"):
        card.load(saved)


def test_a_model_that_is_not_the_cards_is_refused(saved: Path) -> None:
    description = json.loads((saved / card.CARD).read_text())
    description["model_version"] = "0" * 16
    (saved / card.CARD).write_text(json.dumps(description))
    with pytest.raises(card.ModelError, match="its card says 0000000000000000"):
        card.load(saved)
