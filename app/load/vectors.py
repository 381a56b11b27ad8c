"""Requests that differ: sessions, and values of their features that other sessions had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from app.api import predict
from app.api.schemas import PredictRequest
from app.api.service import Service

Body = dict[str, Any]

MOST_VALUES = 6


def bodies(service: Service, count: int, seed: int, sessions: int = 500) -> list[Body]:
    """Bodies of ``POST /predict``, the same for the same seed.

    Parameters
    ----------
    service : Service
        Every value is one that some session of it had.
    count, seed : int
    sessions : int
        Dates are among the last ones that have a forecast.

    Returns
    -------
    list of dict
        Each changes one to six features of a session.
    """
    chance = np.random.default_rng(seed)
    known = service.snapshot.known
    last = known[known["date"].isin(service.snapshot.predictions["date"])].tail(sessions)
    whole = last.drop(columns="date").select_dtypes("number").dropna(axis="columns")
    made = []
    for _ in range(count):
        day, other = chance.integers(len(last), size=2)
        size = int(chance.integers(1, MOST_VALUES + 1))
        names = chance.choice(whole.columns.to_numpy(), size=size, replace=False)
        vector = {str(name): float(whole[name].iloc[other]) for name in names}
        date = f"{last['date'].iloc[day]:%Y-%m-%d}"
        made.append({"as_of_date": date, "feature_vector": vector})
    return made


def expected(service: Service, asked: Sequence[Mapping[str, Any]]) -> list[Any]:
    """What one run answers to each body, as JSON; by the same code, but through no server."""
    made = (predict.answer(service, PredictRequest.model_validate(body)) for body in asked)
    return [answer.model_dump(mode="json", by_alias=True) for answer in made]
