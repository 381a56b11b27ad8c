"""Every contender by name. ``conf/forecast`` has a leaf, and ``dvc.yaml`` a stage, for each."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from mlrisk.errors import MlriskError
from mlrisk.forecast.base import Contender, Learner
from mlrisk.forecast.boosted import Lightgbm, Xgboost
from mlrisk.forecast.boosted_linear import LightgbmFromLinear, XgboostFromLinear
from mlrisk.forecast.garch import Garch
from mlrisk.forecast.linear import GammaGlm, LogLinear
from mlrisk.forecast.naive import ScaledVolatility
from mlrisk.forecast.subset import Subset


class ContenderError(MlriskError, ValueError):
    """A contender or an input that does not exist, or one that cannot be served."""


ROSTER: Mapping[str, type[Contender]] = {
    "rv20": ScaledVolatility,
    "ewma": ScaledVolatility,
    "gjr_garch": Garch,
    "har": LogLinear,
    "vix_only": LogLinear,
    "har_vix": LogLinear,
    "range_vix": LogLinear,
    "har_vix9d": LogLinear,
    "range_vix9d": LogLinear,
    "gamma_glm": GammaGlm,
    "subset": Subset,
    "subset_vix9d": Subset,
    "lightgbm": Lightgbm,
    "xgboost": Xgboost,
    "lightgbm_linear": LightgbmFromLinear,
    "xgboost_linear": XgboostFromLinear,
}

LEARNERS = tuple(name for name, kind in ROSTER.items() if issubclass(kind, Learner))
"""Contenders that may be trained and served by themselves."""

COMBINATIONS = (
    "combination_equal",
    "combination_discounted",
    "combination_trimmed",
    "combination_stacked",
)
"""Made of learners' forecasts, each with its own rule for the weights."""

CHAMPION = "champion"
"""The learner or combination that the rule chose at each refit."""

MIXED = (*COMBINATIONS, CHAMPION)
"""What the stage ``combine`` makes of the others' walk-forwards; served as weights and members."""


def contender(name: str, settings: Mapping[str, Any]) -> Contender:
    """An unfitted contender.

    Parameters
    ----------
    name : str
        A name of the roster.
    settings : mapping
        The arguments of its class, with column names already resolved.
    """
    if name not in ROSTER:
        raise ContenderError(f"unknown contender {name!r}; there are {', '.join(ROSTER)}")
    return ROSTER[name](**settings)


def learner(name: str, settings: Mapping[str, Any]) -> Learner:
    """An unfitted contender that may be served."""
    model = contender(name, settings)
    if not isinstance(model, Learner):
        raise ContenderError(f"{name!r} cannot be served; there are {', '.join(LEARNERS)}")
    return model


def lacking(inputs: Sequence[str], given: Sequence[str], elsewhere: Sequence[str]) -> list[str]:
    """Inputs that the source does not give, though another source would.

    Parameters
    ----------
    inputs : sequence of str
        Columns a contender reads.
    given : sequence of str
        Columns of the features.
    elsewhere : sequence of str
        Columns that only a source with more symbols gives.

    Raises
    ------
    ContenderError
        Where a column is a feature of no source; names the nearest ones.
    """
    missing = [name for name in inputs if name not in given]
    for name in missing:
        if name not in elsewhere:
            near = difflib.get_close_matches(name, [*given, *elsewhere], n=3)
            raise ContenderError(
                f"unknown feature {name!r}; nearest are {', '.join(near) or 'none'}. Columns are "
                "named in conf/features and conf/forecast; metrics/features.json lists what the "
                "source does not give, the rest are the columns of data/features_daily."
            )
    return missing
