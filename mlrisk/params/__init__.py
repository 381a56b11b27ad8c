"""The typed reader of params.yaml.

A stage declares the sections it reads as fields of a ``Params`` subclass and gets exactly those,
checked: ``dvc.yaml`` tracks the same sections, and a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from mlrisk.params.documents import Answering, Brief, Docs, Indexing, RagEval, Retrieval
from mlrisk.params.forecasting import Combine, Evaluate, Forecast, Intervals, Model
from mlrisk.params.regimes import (
    RegimeCombine,
    RegimeEvaluate,
    RegimeForecast,
    RegimeModel,
    Regimes,
)
from mlrisk.params.sections import (
    PARAMS_FILE,
    Backtest,
    Day,
    Features,
    Fetch,
    Labels,
    ParamsError,
    Roles,
    Source,
)
from mlrisk.params.thresholds import Quality

MISSING = "???"


class Params(BaseModel):
    """Base of what a stage reads; also knows every section there is."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Everything(Params):
    """All sections, as `mlrisk compose --check` reads them."""

    as_of: Day
    source: Source
    roles: Roles
    features: Features
    labels: Labels
    backtest: Backtest
    forecast: Forecast
    combine: Combine
    model: Model
    evaluate: Evaluate
    intervals: Intervals
    regimes: Regimes
    regime_forecast: RegimeForecast
    regime_combine: RegimeCombine
    regime_model: RegimeModel
    regime_evaluate: RegimeEvaluate
    fetch: Fetch
    quality: Quality
    docs: Docs
    index: Indexing
    retrieval: Retrieval
    answer: Answering
    rag_eval: RagEval
    brief: Brief


P = TypeVar("P", bound=Params)


def load_params(wanted: type[P], path: str | Path = PARAMS_FILE) -> P:
    """The sections of ``params.yaml`` that ``wanted`` declares.

    Raises
    ------
    ParamsError
        Names the file, the path of the setting, its value and what is allowed.
    """
    try:
        tree = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParamsError(f"{path}: not found. Run `make params` in the repository.") from None
    except yaml.YAMLError as error:
        raise ParamsError(f"{path}: not valid YAML ({error}). Run `make params`.") from None
    return parse_params(wanted, tree, str(path))


def parse_params(wanted: type[P], tree: Any, origin: str = PARAMS_FILE) -> P:
    """The sections of a composed tree that ``wanted`` declares; ``origin`` is named in errors."""
    if not isinstance(tree, dict):
        raise ParamsError(f"{origin}: expected sections, found {type(tree).__name__}")
    unknown = sorted(set(tree) - set(Everything.model_fields))
    if unknown:
        raise ParamsError(
            f"{origin}: unknown section {unknown[0]!r}; there are "
            f"{', '.join(Everything.model_fields)}"
        )
    for name in wanted.model_fields:
        for place in _missing(tree.get(name), name):
            raise ParamsError(
                f"{origin}: {place} is not set (???). Set it in conf/{name} or with -S {place}=..."
            )
    try:
        return wanted.model_validate(tree)
    except ValidationError as error:
        raise ParamsError(
            f"{origin}: "
            + "; ".join(_said(item, tree) for item in error.errors(include_url=False))
            + ". Settings live in conf/ and reach params.yaml by `make params`."
        ) from None


def _said(error: ErrorDetails, tree: Any) -> str:
    place: list[str] = []
    node = tree
    for part in error["loc"]:
        absent = isinstance(node, dict) and part not in node
        if absent and not (error["type"] == "missing" and part == error["loc"][-1]):
            continue  # pydantic's name for the chosen kind of source, which is no key
        place.append(str(part))
        node = node.get(part) if isinstance(node, dict) else node[part]
    where = ".".join(place)
    if error["type"] == "missing":
        return f"{where} is missing"
    value = "" if isinstance(error["input"], dict) else f" = {error['input']!r}"
    return f"{where}{value}: {error['msg'].removeprefix('Value error, ')}"


def _missing(node: Any, place: str) -> Iterable[str]:
    if node == MISSING:
        yield place
    elif isinstance(node, dict):
        for key, item in node.items():
            yield from _missing(item, f"{place}.{key}")
    elif isinstance(node, list):
        for position, item in enumerate(node):
            yield from _missing(item, f"{place}.{position}")
