"""Names without values are the names that values come with."""

from __future__ import annotations

import pytest

from mlrisk.features import catalogue
from mlrisk.params.sections import Roles

NOTHING = dict.fromkeys(Roles.model_fields) | {"benchmark": "SPX", "sectors": []}
INDEX_ONLY = Roles.model_validate(NOTHING)


def test_an_index_alone_has_the_features_of_its_prices() -> None:
    names = catalogue.names(INDEX_ONLY.market(), INDEX_ONLY.series())
    assert {"spx_ret_1d", "spx_vol_20d", "drawdown_60d", "skew_20d"} <= set(names)
    assert not [name for name in names if "vix" in name or "corr" in name or "sector" in name]


def test_a_complete_source_has_all_of_them_and_more() -> None:
    alone = catalogue.names(INDEX_ONLY.market(), INDEX_ONLY.series())
    complete = INDEX_ONLY.complete()
    every = catalogue.names(complete.market(), complete.series())
    assert set(alone) < set(every)
    assert {"vix_term", "corr_spx_bonds_20d", "sector_dispersion_1d", "cpi_yoy_z"} <= set(every)


@pytest.mark.parametrize("template", ["corr_{benchmark}_{bonds}_20d", "{credit}_{bonds}_spread"])
def test_what_a_null_role_would_give_goes_by_the_roles_own_name(template: str) -> None:
    complete = INDEX_ONLY.complete()
    (name,) = INDEX_ONLY.columns([template])
    assert name not in catalogue.names(INDEX_ONLY.market(), INDEX_ONLY.series())
    assert name in catalogue.names(complete.market(), complete.series())
