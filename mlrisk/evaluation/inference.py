"""The tests brought together: the model against its rivals and against everything tried.

A test that cannot be made (a window that is too short, a rival that the source does not give) is
null, and the reason stands beside it: a small experiment still gets all figures it can have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypeVar

import pandas as pd

from mlrisk.evaluation import by_window, superiority
from mlrisk.evaluation.bootstrap import Interval, difference_intervals, reducible_share_intervals
from mlrisk.evaluation.compare import BASELINE
from mlrisk.evaluation.cumulative import cumulative_differences
from mlrisk.evaluation.efficiency import mincer_zarnowitz
from mlrisk.evaluation.long_run import InferenceError
from mlrisk.evaluation.losses import qlike
from mlrisk.evaluation.multiple_comparison import model_confidence_set, superior_predictive_ability
from mlrisk.evaluation.windows import loss_table

T = TypeVar("T")

MIN_SHARED = 0.95
"""Share of the model's dates that a contender must have: all are compared on common dates, and one
with a short history would take the others' away."""

NOT_ASKED_FOR = "it is not among evaluate.contenders"


@dataclass(frozen=True)
class Field:
    """Who is held against the model, and who cannot be.

    Parameters
    ----------
    model : str
    rivals : list of str
        Named beforehand; without the model itself.
    everyone : list of str
        The model and all that was tried.
    left_out : dict of str to str
        Why a rival or another contender is not compared.
    """

    model: str
    rivals: list[str]
    everyone: list[str]
    left_out: dict[str, str]


@dataclass(frozen=True)
class Resampling:
    """What the bootstrap is asked for.

    Parameters
    ----------
    level : float
        Of each interval by itself.
    confidence : float
        Of the model confidence set.
    reps, seed : int
        Draws, and where their random numbers begin.
    """

    level: float
    confidence: float
    reps: int
    seed: int

    @property
    def draws(self) -> dict[str, int]:
        return {"reps": self.reps, "seed": self.seed}


class Attempts:
    """Makes tests, and keeps the reason where one cannot be made of the losses."""

    def __init__(self) -> None:
        self.not_made: dict[str, str] = {}

    def __call__(self, what: str, test: Callable[[], T]) -> T | None:
        try:
            return test()
        except InferenceError as error:
            self.not_made[what] = str(error)
            return None


def field_of(
    tables: Mapping[str, pd.DataFrame],
    model: str,
    rivals: Sequence[str],
    reasons: Mapping[str, str | None],
) -> Field:
    """The rivals and other contenders that have the model's dates.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        As ``compare.joined`` gives them.
    model : str
    rivals : sequence of str
    reasons : mapping of str to str or None
        Why a contender has no forecast; whoever is not in it was not asked for.
    """
    dates = tables[model]["date"]
    left_out = {}
    for name in dict.fromkeys([*rivals, *reasons]):
        if name not in tables:
            reason = reasons.get(name, NOT_ASKED_FOR)
            left_out[name] = reason or "none of its dates has a label"
            continue
        shared = int(dates.isin(tables[name]["date"]).sum())
        if shared < MIN_SHARED * len(dates):
            left_out[name] = f"it has {shared} of the {len(dates)} dates of {model}"
    return Field(
        model=model,
        rivals=[name for name in rivals if name != model and name not in left_out],
        everyone=[name for name in tables if name not in left_out],
        left_out=left_out,
    )


def floor_losses(table: pd.DataFrame, truth: pd.DataFrame) -> pd.Series | None:
    """QLIKE of the oracle in each session, by date; None where the truth is not known.

    Parameters
    ----------
    table : DataFrame
        Columns date, rv_5d.
    truth : DataFrame
        Columns date, var_5d_oracle; no rows for a real source.
    """
    known = table[["date", "rv_5d"]].merge(truth[["date", "var_5d_oracle"]], on="date")
    if known.empty:
        return None
    loss = qlike(known["rv_5d"].to_numpy() ** 2, known["var_5d_oracle"].to_numpy())
    return pd.Series(loss, index=pd.DatetimeIndex(known["date"]))


def tests_of_superiority(
    tables: Mapping[str, pd.DataFrame],
    who: Field,
    reference: str,
    floor: pd.Series | float,
    horizon: int,
    resampling: Resampling,
) -> dict[str, Any]:
    """The model against its rivals and against all that was tried.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        As ``compare.joined`` gives them.
    who : Field
    reference : str
        The rival that is hard to beat: whether anything is better than it is asked as well.
    floor : Series indexed by date, or float
        QLIKE that no forecast can go below: the oracle's in each session, or one figure.
    horizon : int
        Sessions each forecast looks ahead.
    resampling : Resampling

    Returns
    -------
    dict
        ``n_obs``; ``rivals``: the fields of ``superiority.Comparison`` and Holm's p-value;
        ``spa``: is anything better than the ``reference``, and than the ``model``;
        ``confidence_set`` over ``all`` and over the model and its ``rivals``; ``intervals``;
        ``left_out``: who is not compared; ``not_made``: the tests that are null; both with reasons.
    """
    attempt = Attempts()
    named = loss_table(tables, [who.model, *who.rivals])
    everyone = loss_table(tables, who.everyone)
    return {
        "n_obs": len(named),
        "rivals": attempt(
            "rivals", lambda: superiority.against_rivals(named, who.model, who.rivals, horizon)
        ),
        "spa": {
            part: attempt(f"spa.{part}", partial(_spa, everyone, benchmark, horizon, resampling))
            for part, benchmark in (("reference", reference), ("model", who.model))
        },
        "confidence_set": {
            "confidence": resampling.confidence,
            **{
                part: attempt(f"confidence_set.{part}", partial(_set, table, horizon, resampling))
                for part, table in (("all", everyone), ("rivals", named))
            },
        },
        "intervals": intervals(named, everyone, who, floor, horizon, resampling, attempt),
        "left_out": who.left_out,
        "not_made": attempt.not_made,
    }


def intervals(
    named: pd.DataFrame,
    shares: pd.DataFrame,
    who: Field,
    floor: pd.Series | float,
    horizon: int,
    resampling: Resampling,
    attempt: Attempts,
) -> dict[str, Any]:
    """Bootstrap intervals of mean loss differences and of shares of the reducible loss.

    Parameters
    ----------
    named, shares : DataFrame
        Losses of the model and its rivals, and of those whose share is asked for.
    who, floor, horizon, resampling
        As for ``tests_of_superiority``.
    attempt : Attempts

    Returns
    -------
    dict
        ``level``; ``difference``: rival's loss less the model's, by rival; ``reducible_share``: by
        contender; each with estimate, low and high.
    """
    settings: dict[str, Any] = {"level": resampling.level, **resampling.draws}
    lowest = floor.loc[shares.index].to_numpy() if isinstance(floor, pd.Series) else floor
    found = {
        "difference": attempt(
            "intervals.difference",
            lambda: difference_intervals(named, who.model, who.rivals, horizon, **settings),
        ),
        "reducible_share": attempt(
            "intervals.reducible_share",
            lambda: reducible_share_intervals(shares, BASELINE, lowest, horizon, **settings),
        ),
    }
    return {
        "level": resampling.level,
        **{name: None if some is None else _plain(some) for name, some in found.items()},
    }


def over_windows(
    tables: Mapping[str, pd.DataFrame],
    who: Field,
    labels: pd.DataFrame,
    bounds: by_window.Bounds,
    floor: pd.Series | float,
    horizon: int,
    resampling: Resampling,
) -> dict[str, dict[str, dict[str, Any]]]:
    """The tests in each window, by kind of window and window.

    Parameters
    ----------
    tables, who, floor, horizon, resampling
        As for ``tests_of_superiority``.
    labels, bounds
        As for ``by_window.masks``.

    Returns
    -------
    dict
        ``rivals`` for each window, null where it is too short; for the spans ``intervals`` of the
        model and its rivals and ``efficiency`` of everyone too.
    """
    names = [who.model, *who.rivals]
    named = loss_table(tables, names)
    shares = loss_table(tables, list(dict.fromkeys([BASELINE, *names])))
    found: dict[str, dict[str, dict[str, Any]]] = {}
    dates = pd.DatetimeIndex(named.index)
    for kind, masks in by_window.masks(dates, labels, bounds, horizon).items():
        compared = superiority.over_windows(named, who.model, who.rivals, horizon, masks)
        found[kind] = {name: {"rivals": compared.get(name)} for name in masks}
    for name, parts in found["spans"].items():
        first, last = map(pd.Timestamp, bounds[name])
        attempt = Attempts()
        parts["intervals"] = intervals(
            named[first:last], shares[first:last], who, floor, horizon, resampling, attempt
        )
        inside = {
            other: tables[other][tables[other]["date"].between(first, last)]
            for other in who.everyone
        }
        parts["efficiency"] = efficiency_of(inside, horizon)
        parts["not_made"] = attempt.not_made
    return found


def efficiency_of(
    tables: Mapping[str, pd.DataFrame], horizon: int
) -> dict[str, dict[str, Any] | None]:
    """Mincer-Zarnowitz of ``var_5d_hat`` per contender; null where there is too little to tell."""
    attempt = Attempts()
    found = {
        name: attempt(
            name,
            partial(
                mincer_zarnowitz,
                table["rv_5d"].to_numpy() ** 2,
                table["var_5d_hat"].to_numpy(),
                horizon,
            ),
        )
        for name, table in tables.items()
    }
    return {name: None if result is None else asdict(result) for name, result in found.items()}


def cumulative(
    tables: Mapping[str, pd.DataFrame], who: Field, reference: str, horizon: int, level: float
) -> pd.DataFrame:
    """Loss differences summed over time, the hard rival first; no rows where none can be tested.

    Returns
    -------
    DataFrame
        As ``cumulative_differences`` gives it.
    """
    rivals = sorted(who.rivals, key=lambda name: name != reference)
    losses = loss_table(tables, [who.model, *rivals])
    rows = Attempts()(
        "cumulative", lambda: cumulative_differences(losses, who.model, rivals, horizon, level)
    )
    columns = ["date", "rival", "difference", "low", "high"]
    return pd.DataFrame(columns=columns) if rows is None else rows


def _spa(
    losses: pd.DataFrame, benchmark: str, horizon: int, resampling: Resampling
) -> dict[str, Any]:
    everyone = [str(name) for name in losses.columns]
    found = superior_predictive_ability(losses, benchmark, everyone, horizon, **resampling.draws)
    return asdict(found)


def _set(losses: pd.DataFrame, horizon: int, resampling: Resampling) -> dict[str, dict[str, Any]]:
    members = model_confidence_set(
        losses, horizon, confidence=resampling.confidence, **resampling.draws
    )
    return {name: asdict(member) for name, member in members.items()}


def _plain(some: Mapping[str, Interval]) -> dict[str, dict[str, float]]:
    return {name: asdict(interval) for name, interval in some.items()}
