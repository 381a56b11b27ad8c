"""What can be set: the sections of params.yaml, their types and bounds.

What each setting is for stands beside its value in ``conf/``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mlrisk.contracts import Kind
from mlrisk.errors import MlriskError

PARAMS_FILE = "params.yaml"


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

    def names(self) -> dict[str, str]:
        """What a role is called in the names of features: ``spy`` for the benchmark SPY.

        A role without a symbol keeps its own name: its features then exist nowhere, and the
        contender that asks for one says so.
        """
        given = self.model_dump(exclude={"sectors"}).items()
        return {role: str(symbol or role).lower() for role, symbol in given}

    def columns(self, templates: Iterable[str]) -> list[str]:
        """Features by their names: ``'{benchmark}_vol_5d'`` gives ``'spy_vol_5d'``."""
        return [column(template, self.names()) for template in templates]


def column(template: str, names: Mapping[str, str]) -> str:
    """A feature's name.

    Parameters
    ----------
    template : str
        Such as ``'{benchmark}_vol_5d'``.
    names : mapping of str to str
        As ``Roles.names`` gives them.

    Raises
    ------
    ParamsError
        Where the template names no role.
    """
    try:
        return template.format(**names)
    except (KeyError, IndexError, ValueError) as error:
        raise ParamsError(
            f"{PARAMS_FILE}: column {template!r} names {error}, which is no role; roles are "
            f"{', '.join(names)} and are set in conf/roles"
        ) from None


class Features(Section):
    name: str
    columns: list[str]
    regimes: list[str]


class Labels(Section):
    target: Literal["quantiles", "clusters"]
    classes: Literal[2, 3]
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
    backend: Literal["local", "dask"]

    def grid(self) -> dict[str, Any]:
        """Arguments of ``walkforward.folds``."""
        return self.model_dump(include={"first_forecast", "refit_every", "purge"})


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


class DocumentFeeds(Section):
    """Which documents are fetched.

    Parameters
    ----------
    sources : list of str
        Of fed, bls and bea; empty for none.
    start : date
        What was published before is left alone.
    recheck : int
        Days for which a document that has landed is asked for again, in case it was changed.
    """

    sources: list[Literal["fed", "bls", "bea"]]
    start: Day
    recheck: Annotated[int, Field(ge=0)]


class Fetch(Section):
    start: Day
    overlap: Count
    accept: list[str]
    tickers: dict[str, str]
    cboe: list[str]
    releases: dict[str, Literal["cpi", "employment_situation", "ism_manufacturing"]]
    revised: list[str]
    pmi_file: str | None
    documents: DocumentFeeds
    http: Http
