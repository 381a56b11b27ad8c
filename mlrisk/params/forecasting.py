"""What can be set about forecasts: a leaf per contender, how they are mixed, compared and bounded.

What each setting is for stands beside its value in ``conf/``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, model_validator

from mlrisk.params.sections import Count, Day, Positive, Section, Share, column


class Scaled(Section):
    column: str
    window: Count


class LogLinear(Section):
    log_columns: list[str]
    columns: list[str]


class WithRegimes(Section):
    regimes: list[str]


class WideLogLinear(WithRegimes, LogLinear):
    pass


class GammaGlm(WideLogLinear):
    alpha: Annotated[float, Field(ge=0)]


class Subset(WideLogLinear):
    kept: list[str]
    size: Count
    count: Count
    seed: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _enough(self) -> Self:
        pool = len(self.log_columns) + len(self.columns) + len(self.regimes)
        if self.size > pool:
            raise ValueError(f"size {self.size} is more than the {pool} inputs to draw from")
        return self


class Garch(Section):
    column: str


class Lightgbm(Section):
    columns: Annotated[list[str], Field(min_length=1)]
    n_estimators: Count
    learning_rate: Positive
    num_leaves: Annotated[int, Field(ge=2)]
    min_child_samples: Count
    subsample: Annotated[float, Field(gt=0, le=1)]
    colsample: Annotated[float, Field(gt=0, le=1)]
    reg_lambda: Annotated[float, Field(ge=0)]
    max_bin: Annotated[int, Field(ge=2, le=255)]
    seed: Annotated[int, Field(ge=0)]


class Xgboost(Section):
    columns: Annotated[list[str], Field(min_length=1)]
    n_estimators: Count
    learning_rate: Positive
    max_depth: Annotated[int, Field(ge=1, le=16)]
    min_child_weight: Annotated[float, Field(ge=0)]
    subsample: Annotated[float, Field(gt=0, le=1)]
    colsample: Annotated[float, Field(gt=0, le=1)]
    reg_lambda: Annotated[float, Field(ge=0)]
    max_bin: Annotated[int, Field(ge=2, le=256)]
    seed: Annotated[int, Field(ge=0)]


class FromLinear(WithRegimes):
    base_log_columns: list[str]
    base_columns: list[str]
    increasing: list[str]
    decreasing: list[str]


class LightgbmFromLinear(FromLinear, Lightgbm):
    pass


class XgboostFromLinear(FromLinear, Xgboost):
    pass


class Forecast(Section):
    """One leaf per contender; the fields are the roster."""

    rv20: Scaled
    ewma: Scaled
    gjr_garch: Garch
    har: LogLinear
    vix_only: LogLinear
    har_vix: LogLinear
    range_vix: WideLogLinear
    har_vix9d: LogLinear
    range_vix9d: WideLogLinear
    gamma_glm: GammaGlm
    subset: Subset
    subset_vix9d: Subset
    lightgbm: Lightgbm
    xgboost: Xgboost
    lightgbm_linear: LightgbmFromLinear
    xgboost_linear: XgboostFromLinear

    def settings(self, contender: str, names: Mapping[str, str]) -> dict[str, Any]:
        """The leaf of one contender, its columns named by the symbols of the roles.

        What a feature set has of regimes joins the columns.

        ``names`` are those of ``Roles.names``; metrics/features.json holds them for stages that
        have nothing else to do with roles.
        """
        leaf: dict[str, Any] = getattr(self, contender).model_dump()
        if "regimes" in leaf:
            leaf["columns"] += leaf.pop("regimes")
        named: dict[str, Any] = {
            key: [column(template, names) for template in value]
            for key, value in leaf.items()
            if isinstance(value, list)
        }
        if "column" in leaf:
            named["column"] = column(leaf["column"], names)
        return {**leaf, **named}


Learner = Literal[
    "har",
    "vix_only",
    "har_vix",
    "range_vix",
    "har_vix9d",
    "range_vix9d",
    "gamma_glm",
    "subset",
    "subset_vix9d",
    "lightgbm",
    "xgboost",
    "lightgbm_linear",
    "xgboost_linear",
]
Combination = Literal[
    "combination_equal",
    "combination_discounted",
    "combination_trimmed",
    "combination_stacked",
]


class Combine(Section):
    """How forecasts are mixed, and who may be the champion.

    Parameters
    ----------
    members : list of str
        Learners that each combination mixes.
    half_life : float
        Sessions after which a past loss counts half.
    kept : float
        Share of the members that the trimmed combination keeps.
    shrinkage : float
        How strongly stacked weights are drawn towards equal ones.
    candidates : list of str
        Who may be the champion; the first that has a forecast is, unless others prove better.
    min_scored : int
        Known losses that a challenger, and a member with a stacked weight, must have.
    level : float
        Significance of that proof, for all challengers together.
    """

    members: Annotated[list[Learner], Field(min_length=1)]
    half_life: Positive
    kept: Annotated[float, Field(gt=0, le=1)]
    shrinkage: Annotated[float, Field(ge=0)]
    candidates: Annotated[list[Literal[Learner, Combination]], Field(min_length=1)]
    min_scored: Count
    level: Share


class Model(Section):
    name: Literal[Learner, Combination, "champion"]


class Span(Section):
    first: Day
    last: Day

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first > self.last:
            raise ValueError(f"first {self.first} must not lie after last {self.last}")
        return self


class Resampling(Section):
    level: Share
    confidence: Share
    reps: Annotated[int, Field(ge=100)]
    seed: Annotated[int, Field(ge=0)]


class Evaluate(Section):
    contenders: Annotated[list[str], Field(min_length=1)]
    rivals: list[str]
    reference: str
    gate_improvement: Share
    local_improvement: Share
    spans: dict[str, Span]
    resampling: Resampling

    def bounds(self) -> dict[str, tuple[date, date]]:
        """First and last date of each span."""
        return {name: (span.first, span.last) for name, span in self.spans.items()}

    @model_validator(mode="after")
    def _known(self) -> Self:
        named = [*self.contenders, *self.rivals, self.reference]
        known = [*Forecast.model_fields, *get_args(Combination), "champion"]
        unknown = [name for name in dict.fromkeys(named) if name not in known]
        if unknown:
            raise ValueError(f"unknown contenders {unknown}; there are {', '.join(known)}")
        if "rv20" not in self.contenders:
            raise ValueError("rv20 is the baseline of every figure and must be among contenders")
        return self


class Intervals(Section):
    memory: Annotated[int, Field(ge=20)]
    min_scores: Annotated[int, Field(ge=50)]
