"""What one request works with: tables, models and documents of one run, read and checked together.

A new run is read beside the one that is served and takes its place in one step; whoever holds the
one before keeps it whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from app import assistant
from app.api.bounds import Span, allowed, trained
from app.api.problems import ProblemError
from app.api.rows import Rows
from app.faces import briefs
from app.faces import snapshot as faces
from app.faces.snapshot import Snapshot
from mlrisk import contracts
from mlrisk.contracts import DOCS_CHUNKS, DOCS_CURATED
from mlrisk.documents.assemble import Desk
from mlrisk.errors import MlriskError
from mlrisk.forecast import card
from mlrisk.regime_forecast import card as regime_card
from mlrisk.serving import PROBABILITIES, Served

_BRIEFS = 64
"""Briefs that are remembered; one takes a second to make and 10 kB to keep."""


class ServiceError(MlriskError, RuntimeError):
    """Outputs that cannot be served together; says which and what to do."""


@dataclass(frozen=True)
class Service:
    """One run of the DAG, ready to answer.

    Parameters
    ----------
    snapshot : Snapshot
    served : Served
        The models of ``as_of``; what they say of its row is the stored forecast.
    desk : Desk
        Where documents are asked.
    predictions, contributions, regime_contributions, known : Rows
        Rows of the snapshot's tables by date.
    allowed, trained : mapping of str to Span
        Values that each feature may have, and those the models were trained on.
    brief : callable
        The brief of a session that has a forecast, as JSON; the last ones are remembered.
    """

    snapshot: Snapshot
    served: Served
    desk: Desk
    predictions: Rows
    contributions: Rows
    regime_contributions: Rows
    known: Rows
    allowed: Mapping[str, Span]
    trained: Mapping[str, Span]
    brief: Callable[[date], dict[str, Any]]

    @property
    def first(self) -> date:
        """First session that has a forecast."""
        return self.predictions.dates[0]

    @property
    def last(self) -> date:
        """The session that is served."""
        return self.predictions.dates[-1]

    def session(self, day: date | None) -> date:
        """A session that has a forecast; the last by default.

        Raises
        ------
        ProblemError
            Where that date has none.
        """
        if day is None:
            return self.last
        if day not in self.predictions:
            raise ProblemError(
                "no-such-date",
                f"{day} has no forecast; there are those of the sessions from {self.first} to "
                f"{self.last}.",
                members={"first": f"{self.first}", "last": f"{self.last}"},
            )
        return day


def assemble(
    snapshot: Snapshot,
    served: Served,
    cards: Sequence[Mapping[str, Any]],
    desk: Desk,
) -> Service:
    """A service of what was read.

    Parameters
    ----------
    snapshot : Snapshot
    served : Served
    cards : sequence of dict
        Of the served models.
    desk : Desk
    """
    return Service(
        snapshot=snapshot,
        served=served,
        desk=desk,
        predictions=Rows(snapshot.predictions),
        contributions=Rows(snapshot.contributions),
        regime_contributions=Rows(snapshot.regime_contributions),
        known=Rows(snapshot.known),
        allowed=allowed(snapshot.known),
        trained=trained(snapshot.known, cards),
        brief=_briefs(snapshot, desk),
    )


class Loader:
    """Reads a repository into a ``Service``; documents that have not changed are kept."""

    def __init__(self) -> None:
        self._documents: tuple[Any, Desk] | None = None

    def __call__(self, root: Path) -> Service:
        """Everything of ``root``.

        Raises
        ------
        MlriskError
            Where it is not of one finished run, or the served models do not say what is stored.
        """
        try:
            return self._load(root)
        except (OSError, KeyError, ValueError, TypeError) as error:
            if isinstance(error, MlriskError):
                raise
            raise ServiceError(
                f"the outputs cannot be read ({type(error).__name__}: {error}). Read again when no "
                "run is at work; `mlrisk run` brings the DAG up to date."
            ) from error

    def _load(self, root: Path) -> Service:
        snapshot = faces.load(root)
        volatility, described = card.load(root / contracts.MODEL)
        regimes, regimes_described = regime_card.load(root / contracts.REGIME_MODEL)
        served = Served(volatility, regimes)
        locked = faces.lock_bytes(root)
        desk = self._desk(root, snapshot)
        if faces.digest(locked) != snapshot.version.dvc_lock:
            raise ServiceError(
                f"{faces.LOCK_FILE} changed while the outputs were read: a run is at work. Read "
                "again when it has ended."
            )
        service = assemble(snapshot, served, (described, regimes_described), desk)
        require_same(service)
        return service

    def _desk(self, root: Path, snapshot: Snapshot) -> Desk:
        hashes = [snapshot.outputs.get(one.path) for one in (DOCS_CURATED, DOCS_CHUNKS)]
        made_of = hashes, assistant.settings(root)
        if self._documents is None or self._documents[0] != made_of:
            self._documents = made_of, assistant.load(root)
        return self._documents[1]


def require_same(service: Service) -> None:
    """Raise unless the served models say of the last session what is stored, to the last bit."""
    day = service.last
    made = service.served.forecast(service.known.row(day))
    row = service.predictions.row(day)
    probabilities = {name: row[column] for name, column in PROBABILITIES.items()}
    stored = {
        "rv_5d_hat": row["rv_5d_hat"],
        "var_5d_hat": row["var_5d_hat"],
        "contributions": service.contributions.row(day),
        "top_drivers": row["top_drivers"],
        "model_version": row["model_version"],
        "regime_probs": None if None in probabilities.values() else probabilities,
        "regime_contributions": service.regime_contributions.row(day),
        "regime_drivers": row["regime_drivers"],
        "regime_model_version": row["regime_model_version"],
    }
    for name, value in stored.items():
        said = getattr(made, name)
        if _told(said) != _told(value):
            raise ServiceError(
                f"{contracts.PREDICTIONS_DAILY.path}: {name} of {day} is {value}, the served "
                f"models say {said}: they are of two runs. `mlrisk run` brings the DAG up to date."
            )


def _told(value: Any) -> Any:
    """Without parts that are none: a table has a column for whatever was ever a part."""
    return {k: v for k, v in value.items() if v} if isinstance(value, dict) else value


def _briefs(snapshot: Snapshot, desk: Desk) -> Callable[[date], dict[str, Any]]:
    @lru_cache(maxsize=_BRIEFS)
    def brief(day: date) -> dict[str, Any]:
        return briefs.told(snapshot, lambda: desk, pd.Timestamp(day).as_unit("us"))

    return brief
