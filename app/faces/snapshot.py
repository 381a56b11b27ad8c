"""What the DAG wrote, read once as a whole.

A face shows numbers of one run of the DAG or of none: tables of two runs are never mixed. What is
read is kept in memory and changes no more, so that a page or an answer is of one run even while the
next one is being written.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from app import tables
from app.repository import RepositoryError, execute, read_metrics
from mlrisk import contracts
from mlrisk.errors import MlriskError
from mlrisk.features.clusters import with_clusters
from mlrisk.features.groups import groups
from mlrisk.params import Params, load_params
from mlrisk.params.documents import Brief
from mlrisk.params.forecasting import Model
from mlrisk.params.sections import PARAMS_FILE, Backtest, Day, Roles, Source
from mlrisk.regime_forecast.table import joined

LOCK_FILE = "dvc.lock"
COMMIT = "MLRISK_GIT_COMMIT"
"""Where there is no git repository, as in a container, this variable says the commit."""


_NOT_KNOWN = ("rv_5d", "regime_5d", "rv_5d_hat", "var_5d_hat")
"""What a joined table has beside what is known at the close: outcomes, and the forecast."""


class SnapshotError(MlriskError, RuntimeError):
    """Outputs that are not of one finished run; says which and what to do."""


class Settings(Params):
    """The sections of params.yaml that the faces read."""

    as_of: Day
    source: Source
    roles: Roles
    model: Model
    backtest: Backtest
    brief: Brief


@dataclass(frozen=True)
class Version:
    """What the numbers were made with.

    Parameters
    ----------
    git_commit : str, optional
        Of the checked-out history.
    dvc_lock : str
        SHA-256 of dvc.lock, which names the hash of every input and output.
    as_of : str
        ISO date of the last session that was run.
    source, benchmark : str
    model, model_version, regime_model, regime_model_version : str
        Names, and content hashes of what was fitted.
    """

    git_commit: str | None
    dvc_lock: str
    as_of: str
    source: str
    benchmark: str
    model: str
    model_version: str
    regime_model: str
    regime_model_version: str


@dataclass(frozen=True)
class Snapshot:
    """The outputs of one run; every table as its contract says, none to be changed.

    Parameters
    ----------
    root : Path
    version : Version
    outputs : mapping of str to str
        Hash of each output of the run by path.
    settings : Settings
    predictions : DataFrame
        ``contracts.PREDICTIONS_DAILY``: a row per session, sorted; the last is of ``as_of``.
    contributions, regime_contributions : DataFrame
        Parts of each forecast in log variance, and of each risk-off probability in log-odds.
    baseline : DataFrame
        Forecasts of RV20.
    labels : DataFrame
        ``contracts.LABELS_DAILY``; what came, null where it is not known by ``as_of``.
    features : DataFrame
        With those of clusters: what each session's forecast was made from.
    known : DataFrame
        The same beside the thresholds of the regimes and ``regime_known``: a row is what the served
        models read of a session, the volatility forecast excepted, which they make themselves.
    clusters : DataFrame
        ``contracts.REGIMES_DAILY``.
    market : DataFrame
        Columns symbol, date, close, adj_close, filled of ``contracts.MARKET_DAILY``.
    macro : DataFrame
        ``contracts.MACRO_RELEASE_ALIGNED``.
    calendar : DataFrame
        ``contracts.RAW_CALENDAR``.
    findings : DataFrame
        ``contracts.QUALITY_FINDINGS``.
    documents : DataFrame
        ``contracts.DOCS_CURATED``.
    groups : mapping of str to str
        Kind of information of each feature.
    metrics : mapping of str to dict
        By the file's name.
    plots : mapping of str to DataFrame
        By ``stage/name``, as in ``plots/stage/name.csv``.
    """

    root: Path
    version: Version
    outputs: Mapping[str, str | None]
    settings: Settings
    predictions: pd.DataFrame
    contributions: pd.DataFrame
    regime_contributions: pd.DataFrame
    baseline: pd.DataFrame
    labels: pd.DataFrame
    features: pd.DataFrame
    known: pd.DataFrame
    clusters: pd.DataFrame
    market: pd.DataFrame
    macro: pd.DataFrame
    calendar: pd.DataFrame
    findings: pd.DataFrame
    documents: pd.DataFrame
    groups: Mapping[str, str]
    metrics: Mapping[str, dict[str, Any]]
    plots: Mapping[str, pd.DataFrame]


def load(root: Path) -> Snapshot:
    """Read everything that the faces show.

    Raises
    ------
    SnapshotError
        Where dvc.lock changes meanwhile, or is not of one finished run.
    StoreError, ContractError
        Where an output is missing or not whole.
    """
    locked = lock_bytes(root)
    outputs = settled_outputs(locked)
    settings = load_params(Settings, root / PARAMS_FILE)

    read = partial(tables.read, root)
    walked = contracts.backtest(settings.model.name)
    clusters = read(contracts.REGIMES_DAILY)
    features = with_clusters(read(contracts.FEATURES_DAILY), clusters)
    labels, predictions = read(contracts.LABELS_DAILY), read(contracts.PREDICTIONS_DAILY)
    market = read(contracts.MARKET_DAILY)
    metrics = read_metrics(root)
    found = Snapshot(
        root=root,
        version=_version(root, locked, settings, metrics),
        outputs=outputs,
        settings=settings,
        predictions=predictions,
        contributions=read(walked.contributions),
        regime_contributions=read(contracts.REGIME_SERVED.contributions),
        baseline=read(contracts.backtest("rv20").forecasts),
        labels=labels,
        features=features,
        known=joined(features, labels, predictions, None).drop(columns=list(_NOT_KNOWN)),
        clusters=clusters,
        market=market[["symbol", "date", "close", "adj_close", "filled"]],
        macro=read(contracts.MACRO_RELEASE_ALIGNED),
        calendar=read(contracts.RAW_CALENDAR),
        findings=read(contracts.QUALITY_FINDINGS),
        documents=read(contracts.DOCS_CURATED),
        groups=groups(features.columns.drop("date"), settings.roles.benchmark.lower()),
        metrics=metrics,
        plots={
            f"{path.parent.name}/{path.stem}": pd.read_csv(path)
            for path in sorted((root / "plots").glob("*/*.csv"))
        },
    )
    if lock_bytes(root) != locked:
        raise SnapshotError(
            f"{LOCK_FILE} changed while the outputs were read: a run is at work. Read again when "
            "it has ended."
        )
    _require_one_run(found)
    return found


def lock_bytes(root: Path) -> bytes:
    """The content of dvc.lock.

    Raises
    ------
    SnapshotError
        Where there is none.
    """
    try:
        return (root / LOCK_FILE).read_bytes()
    except OSError as error:
        raise SnapshotError(
            f"{root / LOCK_FILE}: {error.strerror}. Run `mlrisk run` (or `dvc pull`) first."
        ) from None


def digest(locked: bytes) -> str:
    """SHA-256 of dvc.lock: two runs with the same hash have the same inputs and outputs."""
    return hashlib.sha256(locked).hexdigest()


def settled_outputs(locked: bytes) -> dict[str, str | None]:
    """Hash of each output by path, of a dvc.lock whose stages all read what was last written.

    DVC writes dvc.lock after each stage: in the middle of a run it names outputs that later stages
    have not read yet.

    Raises
    ------
    SnapshotError
        Where it is of such a moment; names the stage and what it has not read.
    """
    stages = yaml.load(locked, Loader=yaml.CSafeLoader)["stages"]
    written = {
        out["path"]: out.get("md5") for one in stages.values() for out in one.get("outs", [])
    }
    for name, stage in stages.items():
        for dep in stage.get("deps", []):
            path = dep["path"]
            if path in written and written[path] != dep.get("md5"):
                raise SnapshotError(
                    f"{LOCK_FILE}: stage {name} has not read {path} as it is now: a run is at "
                    "work, or was stopped. `mlrisk run` brings the DAG up to date."
                )
    return written


def _version(
    root: Path, locked: bytes, settings: Settings, metrics: Mapping[str, dict[str, Any]]
) -> Version:
    try:
        made = metrics["prediction"]
    except KeyError:
        raise RepositoryError("metrics/prediction.json: not found. Run `mlrisk run`.") from None
    return Version(
        git_commit=_commit(root),
        dvc_lock=digest(locked),
        as_of=str(made["date"]),
        source=settings.source.name,
        benchmark=settings.roles.benchmark,
        model=made["model"],
        model_version=made["model_version"],
        regime_model=made["regime_model"],
        regime_model_version=made["regime_model_version"],
    )


def _commit(root: Path) -> str | None:
    if os.environ.get(COMMIT):
        return os.environ[COMMIT]
    try:
        found = execute(["git", "rev-parse", "--verify", "--quiet", "HEAD"], root)
    except OSError:
        return None
    return found.stdout.strip() or None


def _require_one_run(found: Snapshot) -> None:
    """Hold the last prediction against the metrics that were written with it."""
    last = found.predictions.iloc[-1]
    told = found.version
    of_table = (f"{last['date']:%Y-%m-%d}", last["model_version"], last["regime_model_version"])
    of_metrics = (told.as_of, told.model_version, told.regime_model_version)
    if of_table != of_metrics:
        raise SnapshotError(
            f"{contracts.PREDICTIONS_DAILY.path} ends with {of_table}, metrics/prediction.json "
            f"says {of_metrics}: they are of two runs. `mlrisk run` brings the DAG up to date."
        )
