"""Regime probabilities beside the volatility forecast: as they were walked, and as they are served.

The served pair of models is a function of one row of what was known at a close. The volatility
forecast comes first, since what it implies is among the forecasts of the regime.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlrisk import explain
from mlrisk.contracts import PREDICTIONS_DAILY, REGIMES
from mlrisk.errors import MlriskError
from mlrisk.forecast.base import BASELINE, Additive, FloatArray
from mlrisk.regime_forecast.implied import PART, VARIANCE, VOLATILITY
from mlrisk.regime_forecast.served import RegimeModel
from mlrisk.rounding import round_significant

PROBABILITIES = {name: f"regime_probs.{name}" for name in REGIMES}
"""Columns of the published probabilities."""

DRIVERS, VERSION = "regime_drivers", "regime_model_version"

LARGEST = float(np.finfo(np.float32).max)
"""Largest value that trees take, which hold numbers in single precision."""


def predictions(forecasts: pd.DataFrame, contributions: pd.DataFrame) -> pd.DataFrame:
    """A regime walk-forward with the three largest drivers of each session.

    Parameters
    ----------
    forecasts : DataFrame
        As ``contracts.REGIME_SERVED`` describes them.
    contributions : DataFrame
        Of those dates that have probabilities.

    Returns
    -------
    DataFrame
        Columns date, ``regime_probs.{regime}``, ``regime_drivers``, ``regime_model_version``.
        A session without probabilities has no drivers; a feature without a part is none.
    """
    drivers = explain.top_drivers(contributions, zeros=False)
    drivers.index = pd.Index(contributions["date"])
    table = forecasts[["date", *REGIMES]].rename(columns=PROBABILITIES).reset_index(drop=True)
    table[DRIVERS] = _lists(drivers, table["date"])
    table[VERSION] = forecasts["model_version"].to_numpy()
    return table


def with_regimes(predictions: pd.DataFrame, regimes: pd.DataFrame) -> pd.DataFrame:
    """Predictions of volatility with the regimes of their dates; null where there are none.

    Parameters
    ----------
    predictions : DataFrame
        As ``explain.with_intervals`` gives them.
    regimes : DataFrame
        As ``predictions`` gives them.

    Returns
    -------
    DataFrame
        Columns of ``contracts.PREDICTIONS_DAILY``.
    """
    dates, own = predictions["date"], regimes.set_index("date")
    table = predictions.reset_index(drop=True)
    for name in PROBABILITIES.values():
        table[name] = own[name].reindex(dates).to_numpy()
    table[DRIVERS] = _lists(own[DRIVERS], table["date"])
    versions = own[VERSION].reindex(dates).fillna("").to_numpy()
    table = table.assign(**{VERSION: versions}).astype({VERSION: "str"})
    return table[list(PREDICTIONS_DAILY.schema.columns)]


def _lists(drivers: pd.Series, dates: pd.Series) -> pd.Series:
    """The lists of some dates; empty where there is none."""
    found = drivers.to_dict()
    lists = np.empty(len(dates), dtype=object)
    lists[:] = [found.get(day, []) for day in dates]
    return pd.Series(lists, index=dates.index, dtype=object)


class RowError(MlriskError, ValueError):
    """A row that no forecast can be made of; says which value it hangs on."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the served pair of models says of one row, at the precision a store keeps it with.

    Parameters
    ----------
    rv_5d_hat, var_5d_hat : float
        Conditional means of the volatility of the next five sessions, in units of a five-session
        move, and of its square.
    contributions : dict of str to float
        Each feature's part in the logarithm of ``var_5d_hat``; ``baseline``, the last, is the rest.
    top_drivers : list of str
        The three features with the largest parts, largest first.
    model_version : str
    regime_probs : dict of str to float, or None
        Of calm, transition and risk-off; None where no regime model has anything to say.
    regime_contributions : dict of str to float
        Each feature's part in the log-odds of risk-off against calm, and ``baseline``; empty where
        there are no probabilities.
    regime_drivers : list of str
        As ``top_drivers``; a feature without a part is none.
    regime_model_version : str
        Empty where there is no regime model.
    """

    rv_5d_hat: float
    var_5d_hat: float
    contributions: dict[str, float]
    top_drivers: list[str]
    model_version: str
    regime_probs: dict[str, float] | None
    regime_contributions: dict[str, float]
    regime_drivers: list[str]
    regime_model_version: str

    def table(self, date: pd.Series) -> pd.DataFrame:
        """As ``contracts.PREDICTIONS_DAILY`` has it, without intervals.

        Parameters
        ----------
        date : Series of datetime64, shape (1,)
        """
        probs = self.regime_probs or dict.fromkeys(REGIMES, np.nan)
        columns = {
            "date": date.array,
            "rv_5d_hat": self.rv_5d_hat,
            "var_5d_hat": self.var_5d_hat,
            **{PROBABILITIES[name]: value for name, value in probs.items()},
            "top_drivers": [self.top_drivers],
            DRIVERS: [self.regime_drivers],
            "model_version": self.model_version,
            VERSION: self.regime_model_version,
        }
        return pd.DataFrame(columns)


class Served:
    """The served pair of models: a function of one row of what was known at a close.

    It is made once and then only read, by as many threads as there are.

    Parameters
    ----------
    volatility : Additive
    regimes : RegimeModel

    Attributes
    ----------
    inputs : list of str
        Features that the volatility model reads.
    reads : list of str
        All that either model reads of a row, the inputs first. What the volatility forecast gives
        to the regime model is made here and is none of it.
    """

    def __init__(self, volatility: Additive, regimes: RegimeModel) -> None:
        self.inputs = volatility.inputs
        given = [name for name in regimes.reads if not _is_made(name)]
        self.reads = list(dict.fromkeys([*self.inputs, *given]))
        self._volatility, self._regimes = volatility, regimes
        self._versions = volatility.version(), regimes.version()
        self._told = regimes.told
        # What the regime model reads, in the array of all that is known then; a part that the
        # volatility model does not know stands at its end, as null.
        known = [*self.reads, VOLATILITY, VARIANCE, *(PART + name for name in self.inputs)]
        place_of = {name: place for place, name in enumerate(known)}
        self._known = np.array([place_of.get(name, -1) for name in regimes.reads], dtype=np.intp)

    def forecast(self, row: Mapping[str, float | None]) -> Forecast:
        """The forecast from one row.

        Parameters
        ----------
        row : mapping of str to float or None
            The columns of ``reads``, and any others; None or NaN where one is null.

        Raises
        ------
        RowError
            Where a column is missing, and where no forecast can be made of the values.
        """
        lacking = [name for name in self.reads if name not in row]
        if lacking:
            raise RowError(
                f"the row lacks {', '.join(lacking)}, which the models read. Give every column of "
                "`reads`, those without a value as null."
            )
        values = np.array([[row[name] for name in self.reads]], dtype=np.float64)
        beyond = [self.reads[place] for place in np.flatnonzero(np.abs(values[0]) > LARGEST)]
        if beyond:
            raise RowError(
                f"{beyond[0]} = {row[beyond[0]]:g} is no value; {LARGEST:g} is the largest"
            )
        with np.errstate(all="ignore"):  # what is no number then is told by name
            said = self._of_volatility(values)
            # A null after all of it: parts that the volatility model does not know.
            known = np.concatenate([values[0], said[:-1], [np.nan]])[self._known]
            probabilities, parts = self._regimes.explained(known[np.newaxis])
        told = round_significant(parts)[0] if np.isfinite(probabilities).all() else None
        return Forecast(
            rv_5d_hat=float(said[0]),
            var_5d_hat=float(said[1]),
            contributions=_named([*self.inputs, BASELINE], said[2:]),
            top_drivers=_largest(said[2:], self.inputs),
            model_version=self._versions[0],
            regime_probs=None if told is None else _named(REGIMES, probabilities[0]),
            regime_contributions={} if told is None else _named([*self._told, BASELINE], told),
            regime_drivers=[] if told is None else _largest(told, self._told, zeros=False),
            regime_model_version=self._versions[1],
        )

    def _of_volatility(self, values: FloatArray) -> FloatArray:
        """Volatility, variance, each input's part and the baseline, as they are stored."""
        own = values[:, : len(self.inputs)]
        if np.isnan(own).any() and not self._volatility.usable_values(own).all():
            null = [self.inputs[place] for place in np.flatnonzero(np.isnan(own[0]))]
            raise RowError(f"no forecast can be made without {', '.join(null)}: give them a value")
        made = self._volatility.explained(own)
        said = round_significant(np.concatenate([made.volatility, made.variance, made.parts[0]]))
        if not (np.isfinite(said).all() and (said[:2] > 0).all()):
            place = int(np.nanargmax(np.abs(own[0])))
            raise RowError(
                f"the forecast is no number; the largest of its inputs is {self.inputs[place]} = "
                f"{own[0, place]:g}"
            )
        return said


def _is_made(name: str) -> bool:
    """Whether it is a column of the volatility forecast."""
    return name in (VOLATILITY, VARIANCE) or name.startswith(PART)


def _named(names: Sequence[str], values: FloatArray) -> dict[str, float]:
    return dict(zip(names, values.tolist(), strict=True))


def _largest(parts: FloatArray, names: Sequence[str], *, zeros: bool = True) -> list[str]:
    """Of one row's parts, the baseline last."""
    return explain.largest(parts[np.newaxis, :-1], names, zeros=zeros)[0]
