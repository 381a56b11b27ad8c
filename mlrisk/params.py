"""The typed reader of params.yaml.

A stage declares the sections it reads as fields of a ``Params`` subclass and gets exactly those,
checked: ``dvc.yaml`` tracks the same sections, and a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from mlrisk.contracts import Kind
from mlrisk.errors import MlriskError

PARAMS_FILE = "params.yaml"
MISSING = "???"


def _iso_day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("must be a date such as 2020-01-31") from None


Day = Annotated[date, BeforeValidator(_iso_day)]
Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
Limit = Annotated[int, Field(ge=0)]
Window = Annotated[int, Field(ge=4)]


class ParamsError(MlriskError, ValueError):
    """A setting that is missing, unknown, of the wrong type or out of bounds."""


class Section(BaseModel):
    """One section of params.yaml: nothing unknown, nothing converted, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _no_unknown_key(cls, section: Any) -> Any:
        for key in section if isinstance(section, dict) else ():
            if key not in cls.model_fields:
                raise ValueError(f"unknown key {key!r}; there are {', '.join(cls.model_fields)}")
        return section


class Simulated(Section):
    name: Literal["simulated"]
    input: str
    start: Day
    as_of: Day
    first_forecast: Day
    seed: Annotated[int, Field(ge=0)]


class Files(Section):
    name: Literal["files"]
    input: str
    start: Day
    as_of: Day
    first_forecast: Day
    macro_start: Day
    digest: Annotated[str, Field(pattern=r"^sha256-[0-9a-f]{64}$")]
    aliases: dict[str, str]


class Sp500(Section):
    name: Literal["sp500"]
    input: str
    start: Day
    as_of: Day
    first_forecast: Day


class Live(Section):
    name: Literal["live"]
    input: str
    start: Day
    as_of: Day
    first_forecast: Day
    macro_start: Day
    optional: list[str]


Source = Annotated[Simulated | Files | Sp500 | Live, Field(discriminator="name")]


MACRO_ROLES = (
    "cpi",
    "fed_funds",
    "slope",
    "pmi",
    "unemployment",
    "yield_2y",
    "yield_10y",
    "high_yield_spread",
)


class Roles(Section):
    """Which symbol and which series plays which part; null where there is none."""

    benchmark: str
    vix: str | None
    vix3m: str | None
    vix9d: str | None
    vvix: str | None
    bonds: str | None
    credit: str | None
    dollar: str | None
    gold: str | None
    oil: str | None
    sectors: list[str]
    cpi: str | None
    fed_funds: str | None
    slope: str | None
    pmi: str | None
    unemployment: str | None
    yield_2y: str | None
    yield_10y: str | None
    high_yield_spread: str | None

    def market(self) -> dict[str, Any]:
        """Market symbols by role, as ``features.table`` takes them."""
        return self.model_dump(exclude=set(MACRO_ROLES))

    def series(self) -> dict[str, str]:
        """Macro series by role, for the roles that are filled."""
        filled = {role: getattr(self, role) for role in MACRO_ROLES}
        return {role: series for role, series in filled.items() if series}

    def complete(self) -> Roles:
        """The roles of a source that fills them all: a null one goes by its own name."""
        names = {role: symbol or role for role, symbol in self if role != "sectors"}
        return self.model_copy(update={**names, "sectors": self.sectors or ["sector", "other"]})

    def kinds(self) -> dict[str, Kind]:
        """Every market symbol that has a role, and the price rules it follows."""
        by_kind: dict[Kind, list[str | None]] = {
            "index": [self.vix, self.vix3m, self.vix9d, self.vvix, self.dollar],
            "signed": [self.oil],
            "equity": [self.bonds, self.credit, self.gold, *self.sectors, self.benchmark],
        }
        return {symbol: kind for kind, symbols in by_kind.items() for symbol in symbols if symbol}

    def column(self, template: str) -> str:
        """A feature's name: ``'{benchmark}_vol_5d'`` gives ``'spy_vol_5d'``.

        A role without a symbol keeps its own name: the column then exists nowhere, and the
        contender that asks for it says so.

        Raises
        ------
        ParamsError
            Where the template names no role.
        """
        names = {
            role: str(symbol or role).lower()
            for role, symbol in self.model_dump(exclude={"sectors"}).items()
        }
        try:
            return template.format(**names)
        except (KeyError, IndexError, ValueError) as error:
            raise ParamsError(
                f"{PARAMS_FILE}: column {template!r} names {error}, which is no role; roles are "
                f"{', '.join(names)} and are set in conf/roles"
            ) from None

    def columns(self, templates: Iterable[str]) -> list[str]:
        return [self.column(template) for template in templates]


class Features(Section):
    name: str
    columns: list[str]


class Labels(Section):
    calm_below: Share
    risk_off_above: Share
    min_history: Count

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.calm_below >= self.risk_off_above:
            raise ValueError(
                f"calm_below {self.calm_below} must be less than "
                f"risk_off_above {self.risk_off_above}"
            )
        return self


class Backtest(Section):
    first_forecast: Day
    refit_every: Count
    purge: Annotated[int, Field(ge=5)]
    min_train_rows: Annotated[int, Field(ge=50)]

    def grid(self) -> dict[str, Any]:
        """Arguments of ``walkforward.folds``."""
        return self.model_dump(exclude={"min_train_rows"})


class Scaled(Section):
    column: str
    window: Count


class LogLinear(Section):
    log_columns: list[str]
    columns: list[str]


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


class Forecast(Section):
    """One leaf per contender; the fields are the roster."""

    rv20: Scaled
    ewma: Scaled
    har: LogLinear
    har_vix: LogLinear
    lightgbm: Lightgbm
    xgboost: Xgboost

    def settings(self, contender: str, roles: Roles) -> dict[str, Any]:
        """The leaf of one contender, its columns named by the symbols of the roles."""
        leaf: dict[str, Any] = getattr(self, contender).model_dump()
        for name in ("columns", "log_columns"):
            if name in leaf:
                leaf[name] = roles.columns(leaf[name])
        if "column" in leaf:
            leaf["column"] = roles.column(leaf["column"])
        return leaf


class Model(Section):
    name: Literal["har", "har_vix", "lightgbm", "xgboost"]


class Evaluate(Section):
    contenders: Annotated[list[str], Field(min_length=1)]
    gate_improvement: Share

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = [name for name in self.contenders if name not in Forecast.model_fields]
        if unknown:
            raise ValueError(
                f"unknown contenders {unknown}; there are {', '.join(Forecast.model_fields)}"
            )
        if "rv20" not in self.contenders:
            raise ValueError("rv20 is the baseline of every figure and must be among contenders")
        return self


class Http(Section):
    """How feeds are asked.

    Parameters
    ----------
    contact : str or None
        An address that the operators of a feed can write to: part of the user agent. Nothing is
        asked without one.
    origins : list of str
        All that may be connected to, such as ``https://cdn.cboe.com``.
    bases : dict
        Other addresses for some feeds; they must be among ``origins``.
    attempts : int
        Of one request, the first included.
    first_wait, longest_wait : float
        Seconds: bounds of the random pause between attempts, the first of which grows.
    connect_seconds, read_seconds, request_seconds, feed_seconds : float
        Longest time to connect, between two pieces of an answer, of one attempt in all, and of all
        requests to one feed.
    most_bytes : int
        Longest answer, decompressed.
    interval_seconds : float
        Shortest time between the beginnings of two requests to one origin.
    """

    contact: Annotated[str, Field(min_length=3)] | None
    origins: list[str]
    bases: dict[str, str]
    attempts: Count
    first_wait: Positive
    longest_wait: Positive
    connect_seconds: Positive
    read_seconds: Positive
    request_seconds: Positive
    feed_seconds: Positive
    most_bytes: Count
    interval_seconds: Annotated[float, Field(ge=0)]


class Fetch(Section):
    start: Day
    overlap: Count
    accept: list[str]
    tickers: dict[str, str]
    cboe: list[str]
    releases: dict[str, Literal["cpi", "employment_situation", "ism_manufacturing"]]
    revised: list[str]
    pmi_file: str | None
    http: Http


class Spans(Section):
    late_start: Limit


class Bars(Section):
    wick_scales: Positive
    wick_floor: Positive
    unchanged: Limit
    no_volume: Limit
    long: Window
    short: Window


class Moves(Section):
    jump_scales: Positive
    rebound_scales: Positive
    rebound_rest: Share
    long: Window
    short: Window


class Related(Section):
    pairs: dict[str, str]
    apart_scales: Positive
    rebound_rest: Share
    long: Window
    short: Window


class Implied(Section):
    least_ratio: Positive
    largest_ratio: Positive
    ratio_scales: Positive
    long: Window


class Distributions(Section):
    pays: list[str]
    rounding: Positive
    largest_yield: Share
    smallest_ratio: Positive
    largest_ratio: Positive
    window: Window


class Splits(Section):
    split_move: Positive
    split_match: Share


class Slope(Section):
    slope_tolerance: Positive


class Rhythm(Section):
    monthly_due_days: Limit
    daily_due_sessions: Limit
    daily_gap_weekdays: Limit


class Timing(Section):
    lag_days: Positive
    lag_window: Window


class Values(Section):
    signed: list[str]
    move_scales: Positive
    move_floor: Positive
    daily_window: Window
    monthly_window: Window


class Quality(Section):
    """Thresholds by group, as ``monitoring.quality.audit`` takes them."""

    spans: Spans
    bars: Bars
    moves: Moves
    related: Related
    implied: Implied
    distributions: Distributions
    splits: Splits
    slope: Slope
    rhythm: Rhythm
    timing: Timing
    values: Values


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
    model: Model
    evaluate: Evaluate
    fetch: Fetch
    quality: Quality


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
