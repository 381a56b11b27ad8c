"""``mlrisk compare``: the workspace's out-of-sample forecasts against another revision's.

The forecasts of the base come out of DVC, from its cache or remote, as that commit recorded them;
both are scored by the workspace's labels on the dates that both have. So a feature set, a model or
a calibration is held against another one by a test, and not by two figures side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import yaml

from app import figures
from app.findings import p_value
from app.repository import read_text
from mlrisk import contracts
from mlrisk.dataset import Dataset
from mlrisk.errors import MlriskError
from mlrisk.evaluation import probabilities, superiority, windows
from mlrisk.evaluation.long_run import InferenceError
from mlrisk.params.sections import PARAMS_FILE
from mlrisk.targets import HORIZON

HEAD = ("forecast", "base", "now", "n", "from", "to", "loss", "base's less now's", "t", "p")
_OPEN = "{:%Y-%m-%d}"
Read = Callable[[Dataset, list[str]], pd.DataFrame]
Settings = Mapping[str, Any]


class AgainstError(MlriskError, ValueError):
    """Forecasts of two revisions that cannot be compared; says why."""


@dataclass(frozen=True)
class Outcome:
    """The workspace's forecast of one kind against the base's.

    Parameters
    ----------
    what : str
        ``volatility`` or ``regimes``.
    row : list of str
        Cells under ``HEAD``; empty where there is no comparison.
    reason : str
        Why there is none; empty where there is one.
    """

    what: str
    row: list[str]
    reason: str


def compare(root: Path, commit: str) -> list[Outcome]:
    """Diebold-Mariano of QLIKE and of the Brier score, where both revisions have the forecasts.

    Parameters
    ----------
    root : Path
        The repository; its workspace is compared.
    commit : str
        What with.

    Returns
    -------
    list of Outcome
        For volatility and for regimes.
    """
    old, new = (
        yaml.safe_load(read_text(PARAMS_FILE, root, revision) or "{}") or {}
        for revision in (commit, None)
    )
    kinds = {"volatility": _volatility, "regimes": _regimes}
    outcomes = []
    now = partial(_read_here, root)
    with _base(root, commit) as base:
        for what, test in kinds.items():
            try:
                outcomes.append(Outcome(what, [what, *test(old, new, base, now)], ""))
            except (AgainstError, InferenceError) as error:
                outcomes.append(Outcome(what, [], str(error)))
    return outcomes


def text(outcomes: list[Outcome], label: str) -> str:
    """The comparisons as a Markdown table, and a line for each that could not be made."""
    rows = [outcome.row for outcome in outcomes if outcome.row]
    lines = [
        f"- {outcome.what}: not compared with {label}: {outcome.reason}"
        for outcome in outcomes
        if outcome.reason
    ]
    table = figures.markdown(HEAD, rows, text_columns=3) if rows else ""
    return "\n\n".join(part for part in (table, "\n".join(lines)) if part)


def _volatility(old: Settings, new: Settings, base: Read, now: Read) -> list[str]:
    names = [_named(settings, "model", "name") for settings in (old, new)]
    columns = ["date", "var_5d_hat"]
    tables = {
        side: read(contracts.backtest(name).forecasts, columns)
        for side, name, read in zip(("base", "now"), names, (base, now), strict=True)
    }
    labels = _labels(base, now, "rv_5d")
    joined = {side: labels.merge(table.dropna(), on="date") for side, table in tables.items()}
    return [*names, *_tested(windows.loss_table(joined), "QLIKE")]


def _regimes(old: Settings, new: Settings, base: Read, now: Read) -> list[str]:
    keys = ("name", "calibration")
    names = [
        tuple(_named(settings, "regime_model", key) for key in keys) for settings in (old, new)
    ]
    labels = _labels(base, now, "regime_5d")
    place = labels["regime_5d"].map({name: at for at, name in enumerate(contracts.REGIMES)})
    outcome = pd.Series(place.to_numpy(), index=pd.DatetimeIndex(labels["date"]))
    columns = ["contender", "calibration", "date", *contracts.REGIMES]
    losses = {}
    for side, served, read in zip(("base", "now"), names, (base, now), strict=True):
        rows = read(contracts.REGIME_FORECASTS, columns).dropna()
        own = rows[(rows["contender"] == served[0]) & (rows["calibration"] == served[1])]
        own = own[own["date"].isin(outcome.index)].set_index("date")
        score = probabilities.brier(
            own[list(contracts.REGIMES)].to_numpy(), outcome.loc[own.index].to_numpy()
        )
        losses[side] = pd.Series(score, index=own.index)
    table = pd.concat(losses, axis=1, join="inner").sort_index()
    return ["/".join(name) for name in names] + _tested(table, "Brier")


def _tested(losses: pd.DataFrame, loss: str) -> list[str]:
    difference = (losses["base"] - losses["now"]).to_numpy()
    found = superiority.diebold_mariano(difference, HORIZON)
    return [
        f"{found.n_obs:,}",
        *(_OPEN.format(losses.index[place]) for place in (0, -1)),
        f"{loss} {losses['base'].mean():.4f} → {losses['now'].mean():.4f}",
        f"{found.mean_difference:+.5f}",
        f"{found.statistic:+.2f}",
        p_value(found.p_value),
    ]


def _labels(base: Read, now: Read, column: str) -> pd.DataFrame:
    """What came, where both revisions say the same of it."""
    theirs, own = (read(contracts.LABELS_DAILY, ["date", column]).dropna() for read in (base, now))
    both = own.merge(theirs, on="date", suffixes=("", "_base"))
    differing = both[column] != both[f"{column}_base"]
    if differing.any():
        first = _OPEN.format(both.loc[differing, "date"].iloc[0])
        raise AgainstError(
            f"{column} differs on {int(differing.sum())} of {len(both)} dates that both have, the "
            f"first {first}: another target, benchmark or source"
        )
    return own


def _named(settings: Settings, section: str, key: str) -> str:
    if key not in settings.get(section, {}):
        raise AgainstError(f"{PARAMS_FILE} of one of them has no {section}.{key}")
    return str(settings[section][key])


def _read_here(root: Path, dataset: Dataset, columns: list[str]) -> pd.DataFrame:
    if not (root / dataset.path).is_dir():
        raise AgainstError(f"the workspace has no {dataset.path}; run `dvc repro`")
    return _table(root / dataset.path, columns)


def _read_at(
    base: Callable[[], Any], folder: Path, dataset: Dataset, columns: list[str]
) -> pd.DataFrame:
    """A dataset as a commit recorded it, through DVC."""
    from dvc.exceptions import DvcException
    from dvc_data.index import DataIndexError

    place = folder / dataset.path
    if not place.exists():
        try:
            base().get(dataset.path, str(place), recursive=True)
        except (DvcException, DataIndexError, OSError) as error:
            raise AgainstError(
                f"its {dataset.path} is neither in the cache nor in a remote of this repository "
                f"({type(error).__name__}); `dvc fetch` it, or reproduce it at that commit"
            ) from None
    return _table(place, columns)


@contextmanager
def _base(root: Path, commit: str) -> Iterator[Read]:
    """Reads datasets of a commit; the repository is opened when the first one is asked for."""
    from dvc.api import DVCFileSystem
    from dvc.repo import Repo

    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="mlrisk-base-"))

        @cache
        def opened() -> Any:
            return DVCFileSystem(stack.enter_context(Repo(str(root), rev=commit)))

        yield partial(_read_at, opened, Path(folder))


def _table(folder: Path, columns: list[str]) -> pd.DataFrame:
    # Not through the contract: an earlier revision may have had another one.
    parts = [
        pd.read_parquet(part, columns=columns) for part in sorted(folder.glob("year=*/*.parquet"))
    ]
    if not parts:
        raise AgainstError(f"{folder.name} holds no Parquet file")
    table = pd.concat(parts, ignore_index=True)
    return table.assign(date=pd.to_datetime(table["date"]))
