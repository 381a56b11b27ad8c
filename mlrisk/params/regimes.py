"""What can be set about regimes: how they are found, forecast, mixed, served and judged.

What each setting is for stands beside its value in ``conf/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from mlrisk.params.forecasting import Lightgbm, WideLogLinear, Xgboost
from mlrisk.params.sections import Count, Positive, Section, Share, column


class Regimes(Section):
    log_columns: list[str]
    columns: list[str]
    method: Literal["gmm", "kmeans", "minibatch_kmeans", "jump"]
    clusters: Literal[2, 3, 4, 5, "bic"]
    min_history: Annotated[int, Field(ge=50)]
    refit_every: Count
    smoothing: Literal["hmm", "ids", "none"]
    stickiness: Annotated[float, Field(ge=0)]
    evidence: Annotated[float, Field(gt=0, le=1)]
    jump_penalty: Annotated[float, Field(ge=0)]
    largest_move: Positive
    seed: Annotated[int, Field(ge=0)]

    def settings(self, names: Mapping[str, str]) -> dict[str, Any]:
        """Arguments of ``regimes.discovery.discover``, columns named by the symbols of the roles.

        ``names`` are those of ``Roles.names``, as metrics/features.json holds them.
        """
        named = {
            key: [column(template, names) for template in getattr(self, key)]
            for key in ("log_columns", "columns")
        }
        return {**self.model_dump(), **named}


class RegimeEvaluate(Section):
    contenders: Annotated[list[str], Field(min_length=1)]
    rivals: list[str]
    min_shared: Annotated[float, Field(gt=0, le=1)]
    gate_auc: Annotated[float, Field(ge=0.5, lt=1)]
    bins: Annotated[int, Field(ge=2)]
    alarm: Share
    reach: Count

    @model_validator(mode="after")
    def _compared(self) -> Self:
        absent = [name for name in self.rivals if name not in self.contenders]
        if absent:
            raise ValueError(f"rivals {absent} are not among contenders")
        return self


class Unfitted(Section):
    pass


class Smoothed(Section):
    smoothing: Positive


class MultinomialLogit(WideLogLinear):
    alpha: Positive


class XgboostClassifier(Xgboost):
    relative: list[str]


class LightgbmClassifier(Lightgbm):
    relative: list[str]


class VolatilityImplied(Section):
    min_errors: Annotated[int, Field(ge=50)]


class RegimeForecast(Section):
    """One leaf per contender; the fields are the roster."""

    persistence_hard: Unfitted
    persistence_soft: Smoothed
    hmm_filter: Smoothed
    multinomial_logit: MultinomialLogit
    har_vix_logit: MultinomialLogit
    xgboost_classifier: XgboostClassifier
    lightgbm_classifier: LightgbmClassifier
    volatility_implied: VolatilityImplied

    def leaf(self, contender: str, names: Mapping[str, str]) -> dict[str, Any]:
        """Settings of one contender, its columns named by the symbols of the roles.

        What a feature set has of regimes joins the columns. ``names`` are those of
        ``Roles.names``, as metrics/features.json holds them.
        """
        leaf: dict[str, Any] = getattr(self, contender).model_dump()
        if "regimes" in leaf:
            leaf["columns"] += leaf.pop("regimes")
        return {
            key: [column(template, names) for template in value]
            if isinstance(value, list)
            else value
            for key, value in leaf.items()
        }


RegimeContender = Literal[
    "persistence_hard",
    "persistence_soft",
    "hmm_filter",
    "multinomial_logit",
    "har_vix_logit",
    "xgboost_classifier",
    "lightgbm_classifier",
    "volatility_implied",
]


class RegimeCombine(Section):
    """How regime probabilities are mixed and calibrated.

    Parameters
    ----------
    members : list of str
        Contenders that the combination mixes.
    pool, weights : str
        The kind of mean, and how its weights are found.
    shrinkage : float
        How strongly stacked weights are drawn towards equal ones.
    min_scored : int
        Known forecasts that a calibrator, and a member with a stacked weight, must have.
    """

    members: Annotated[list[RegimeContender], Field(min_length=1)]
    pool: Literal["geometric", "linear"]
    weights: Literal["equal", "stacked"]
    shrinkage: Annotated[float, Field(ge=0)]
    min_scored: Annotated[int, Field(ge=50)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len(set(self.members)) < len(self.members):
            raise ValueError(f"members {self.members} name one of them twice")
        return self


class RegimeModel(Section):
    name: Literal[RegimeContender, "combination"]
    calibration: Literal["none", "temperature", "isotonic", "venn_abers"]
