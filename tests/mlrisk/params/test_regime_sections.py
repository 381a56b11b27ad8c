"""Settings of regime forecasts that are refused, and the names that must agree."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import yaml

from mlrisk.params.regimes import RegimeCombine, RegimeContender, RegimeForecast, RegimeModel
from mlrisk.regime_forecast import calibration, pool, roster

CONF = Path(__file__).parents[3] / "conf"


def leaf(group: str) -> dict[str, object]:
    settings: dict[str, object] = yaml.safe_load((CONF / group / "default.yaml").read_text())
    return settings


def test_settings_name_what_there_is() -> None:
    assert get_args(RegimeContender) == tuple(roster.ROSTER) == tuple(RegimeForecast.model_fields)
    names = RegimeModel.model_fields["name"].annotation
    assert get_args(names) == (*roster.ROSTER, roster.COMBINATION)
    assert get_args(RegimeModel.model_fields["calibration"].annotation) == calibration.KINDS
    assert get_args(RegimeCombine.model_fields["pool"].annotation) == tuple(pool.POOLS)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"members": ["multinomial_logit", "multinomial_logit"]}, "name one of them twice"),
        ({"members": []}, "at least 1 item"),
        ({"members": ["combination"]}, "multinomial_logit"),
        ({"weights": "best"}, "'equal' or 'stacked'"),
        ({"min_scored": 10}, "greater than or equal to 50"),
    ],
)
def test_mixtures_that_make_no_sense_are_refused(change: dict[str, object], said: str) -> None:
    RegimeCombine.model_validate(leaf("regime_combine"))
    with pytest.raises(ValueError, match=said):
        RegimeCombine.model_validate(leaf("regime_combine") | change)
