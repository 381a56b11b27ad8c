"""``mlrisk fetch``: what the feeds have, appended to data/landing.

Everything is asked before anything is written, and the folder is replaced in one step: a feed that
fails, a restatement nobody accepted and a kill at any moment leave it as it was. Documents are the
one exception: forecasts do not hang on them, so those that fail are told and the rest lands.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import track

from mlrisk import store
from mlrisk.contracts import (
    LANDING_CALENDAR,
    LANDING_DOCUMENTS,
    LANDING_MACRO,
    LANDING_MARKET,
    RESTATEMENTS,
    raw_market,
)
from mlrisk.dataset import ContractError, Dataset
from mlrisk.errors import MlriskError
from mlrisk.log import event
from mlrisk.params import Params, load_params
from mlrisk.params.sections import PARAMS_FILE, Fetch, Http, ParamsError, Roles
from mlrisk.sources import appending
from mlrisk.sources.documents import landing
from mlrisk.sources.documents.live.collect import Collector as DocumentCollector
from mlrisk.sources.live.client import Client
from mlrisk.sources.live.collect import Collected, Collector, Wanted
from mlrisk.sources.live.policy import Policy
from mlrisk.sources.live.yahoo import Yahoo
from mlrisk.vintages import MONTHLY_ROLES

LANDING = Path("data/landing")
CACHE = Path(".dvc/tmp/feeds")
"""Beside DVC's own temporary files: in no commit, and safe to delete."""
FRED_KEY = "FRED_API_KEY"

TABLES = (LANDING_MARKET, LANDING_MACRO, LANDING_CALENDAR, RESTATEMENTS)
CONSOLE = Console(stderr=True)


class FetchError(MlriskError, ValueError):
    """Rows of a feed that break the contract of what lands."""


class FetchParams(Params):
    """What of params.yaml a fetch reads."""

    roles: Roles
    fetch: Fetch


def fetch(root: Path, to: pd.Timestamp, accept: Sequence[str] = ()) -> dict[str, Any]:
    """Append what is known at the information time of a session to ``data/landing``.

    Parameters
    ----------
    root : Path
        The repository.
    to : Timestamp
        The session; the caller has seen to it that its information time has passed.
    accept : sequence of str
        Restatements to take over, beside those of ``fetch.accept``.

    Returns
    -------
    dict
        ``to``, rows ``added`` per table, ``restated``, the series that are ``absent``, and of
        ``documents`` how many were added and changed, and which failed.

    Raises
    ------
    FeedError
        Where a feed gives up; names it.
    RestatementError
        Where a vendor changed what had landed; shows what.
    """
    params = load_params(FetchParams, root / PARAMS_FILE)
    if not params.fetch.http.contact:
        raise ParamsError(
            f"{PARAMS_FILE}: fetch.http.contact is not set. The feeds are told who asks: set an "
            "address that their operators can write to, in conf/fetch."
        )
    store.recover(root / LANDING)
    landed = {dataset.path: _read(root, dataset) for dataset in TABLES}
    came = _collect(root, _wanted(params, landed[LANDING_MARKET.path]), params.fetch.http, to)
    patterns = [*params.fetch.accept, *accept]
    market = _bars(landed[LANDING_MARKET.path], came, to, params.fetch.overlap, patterns)
    macro = _values(landed[LANDING_MACRO.path], came, params, to, patterns)
    _require_contract(market.rows, params.roles)
    documents, failed = _documents(root, params.fetch, to)
    restated = pd.concat([landed[RESTATEMENTS.path], market.restated, macro.restated])
    restated = restated.drop_duplicates(list(RESTATEMENTS.key), keep="last")
    tables = (
        market.rows,
        macro.rows,
        appending.announce(landed[LANDING_CALENDAR.path], came.events, to),
        restated.sort_values(list(RESTATEMENTS.key), ignore_index=True),
    )
    with store.replacing(root / LANDING) as folder:
        for dataset, table in zip(TABLES, tables, strict=True):
            store.write(dataset.at(str(folder / Path(dataset.path).name)), table)
        if len(documents.rows):
            store.write(LANDING_DOCUMENTS.at(str(folder / "documents")), documents.rows)
    summary = {
        "to": f"{to:%Y-%m-%d}",
        "added": {"market": market.added, "macro": macro.added},
        "restated": len(market.restated) + len(macro.restated),
        "absent": sorted(set(params.roles.series().values()) - set(came.macro)),
        "documents": {
            "added": documents.added,
            "changed": documents.changed,
            "failed": failed,
        },
    }
    event("fetch", **summary)
    return summary


def _read(root: Path, dataset: Dataset) -> pd.DataFrame:
    """A landed table, of no rows before the first fetch."""
    place = dataset.at(str(root / dataset.path))
    return store.read(place) if (root / LANDING).exists() else dataset.empty()


def _documents(root: Path, settings: Fetch, to: pd.Timestamp) -> tuple[landing.Appended, list[str]]:
    """The landed documents with what came now, and what failed."""
    place = LANDING_DOCUMENTS.at(str(root / LANDING_DOCUMENTS.path))
    landed = store.read(place) if Path(place.path).exists() else place.empty()
    wanted = settings.documents
    if not wanted.sources:
        return landing.append(landed, []), []
    # A policy of its own: the time of the feeds above is not what documents may take.
    with closing(Client(Policy(settings.http), root / CACHE)) as client:
        collector = DocumentCollector(
            client, landing.doc_ids(landed), wanted.start, to, wanted.recheck
        )
        came = collector.collect(wanted.sources)
    return landing.append(landed, came.documents), came.failed


def _wanted(params: FetchParams, landed: pd.DataFrame) -> Wanted:
    """The symbols and series of the roles, each from where the overlap begins."""
    settings, kinds, series = params.fetch, params.roles.kinds(), params.roles.series()
    overlap = landed[landed.groupby("symbol").cumcount(ascending=False) < settings.overlap]
    begins = overlap.groupby("symbol")["date"].min()
    monthly = {name for role, name in series.items() if role in MONTHLY_ROLES}
    unknown = sorted(monthly - set(settings.releases))
    if unknown:
        raise ParamsError(
            f"{PARAMS_FILE}: fetch.releases names no release for {', '.join(unknown)}; say which "
            "one each comes with, in conf/fetch"
        )
    return Wanted(
        kinds=kinds,
        first={name: begins.get(name, pd.Timestamp(settings.start)) for name in kinds},
        tickers=settings.tickers,
        cboe=frozenset(settings.cboe),
        daily=tuple(sorted(set(series.values()) - monthly)),
        monthly={name: settings.releases[name] for name in sorted(monthly)},
        revised=frozenset(settings.revised),
        pmi=series.get("pmi"),
        pmi_file=Path(settings.pmi_file) if settings.pmi_file else None,
        fred_key=os.environ.get(FRED_KEY, ""),
    )


def _collect(root: Path, wanted: Wanted, settings: Http, to: pd.Timestamp) -> Collected:
    policy, cache = Policy(settings), root / CACHE
    with closing(Client(policy, cache)) as client, closing(Yahoo(policy, cache)) as bars:
        collector = Collector(wanted, client, bars, to)
        steps = list(collector.steps())
        for name, step in track(steps, "feeds", console=CONSOLE, disable=not CONSOLE.is_terminal):
            try:
                step()
            except ContractError as error:
                raise FetchError(f"what came for {name} cannot land. {error}") from None
        return collector.collected()


def _bars(
    landed: pd.DataFrame, came: Collected, to: pd.Timestamp, overlap: int, accept: Sequence[str]
) -> appending.Appended:
    parts = [
        appending.append(
            appending.BARS,
            symbol,
            landed[landed["symbol"] == symbol],
            fetched,
            to,
            overlap=overlap,
            accept=accept,
        )
        for symbol, fetched in came.market.items()
    ]
    others = landed[~landed["symbol"].isin(came.market)]
    return _joined(parts, others, LANDING_MARKET)


def _values(
    landed: pd.DataFrame,
    came: Collected,
    params: FetchParams,
    to: pd.Timestamp,
    accept: Sequence[str],
) -> appending.Appended:
    overlap, parts = params.fetch.overlap, []
    for series, fetched in came.macro.items():
        before = landed[landed["series_id"] == series]
        if series in params.fetch.revised and series not in came.vintages:
            parts.append(appending.revise(series, before, fetched, to, overlap=overlap))
            continue
        kind = appending.VINTAGES if series in came.vintages else appending.VALUES
        parts.append(
            appending.append(kind, series, before, fetched, to, overlap=overlap, accept=accept)
        )
    others = landed[~landed["series_id"].isin(came.macro)]
    return _joined(parts, others, LANDING_MACRO)


def _joined(
    parts: Sequence[appending.Appended], others: pd.DataFrame, dataset: Dataset
) -> appending.Appended:
    rows = pd.concat([others, *(part.rows for part in parts)])
    restated = pd.concat([RESTATEMENTS.empty(), *(part.restated for part in parts)])
    return appending.Appended(
        rows.sort_values(list(dataset.key), ignore_index=True),
        restated.reset_index(drop=True),
        sum(part.added for part in parts),
    )


def _require_contract(market: pd.DataFrame, roles: Roles) -> None:
    """Hold rows against the rules of their roles before they land."""
    kinds = roles.kinds()
    raw_market(kinds).validate(market[market["symbol"].isin(kinds)])
