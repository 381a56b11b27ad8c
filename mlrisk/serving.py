"""Regime probabilities beside the volatility forecast: as they were walked, and as they are served.

The served pair of models is a function of one row of what was known at a close. The volatility
forecast comes first, since what it implies is among the forecasts of the regime.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlrisk import explain
from mlrisk.contracts import PREDICTIONS_DAILY, REGIMES
from mlrisk.forecast.base import BASELINE, Additive
from mlrisk.regime_forecast.implied import PART, VARIANCE, VOLATILITY
from mlrisk.regime_forecast.served import RegimeModel
from mlrisk.rounding import round_significant

PROBABILITIES = {name: f"regime_probs.{name}" for name in REGIMES}
"""Columns of the published probabilities."""

DRIVERS, VERSION = "regime_drivers", "regime_model_version"


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
    drivers = pd.Series(_drivers(contributions), index=pd.Index(contributions["date"]))
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


def serve(volatility: Additive, regimes: RegimeModel, row: pd.DataFrame) -> pd.DataFrame:
    """Regime probabilities and their drivers from one row, as ``predictions`` gives them.

    Parameters
    ----------
    volatility : Additive
        The served volatility model.
    regimes : RegimeModel
        The served regime model.
    row : DataFrame of shape (1, n_columns)
        What was known at the close, as ``regime_forecast.table.joined`` has it: the features, with
        those of clusters; ``rv_calm_below``, ``rv_risk_off_above``; ``regime_known``. The forecast
        of volatility is made here, and stands for any that the row has.
    """
    known = with_volatility(volatility, row, regimes.reads)
    forecasts = pd.DataFrame(regimes.forecast(known), columns=list(REGIMES))
    forecasts.insert(0, "date", row["date"].to_numpy())
    forecasts["model_version"] = regimes.version()
    there = forecasts[REGIMES[0]].notna().to_numpy()
    parts = regimes.contributions(known)
    parts.insert(0, "date", row["date"])
    return predictions(forecasts, parts[there])


def with_volatility(model: Additive, rows: pd.DataFrame, reads: list[str]) -> pd.DataFrame:
    """Rows beside a volatility model's forecast of them, at the precision it is stored with.

    Parameters
    ----------
    model : Additive
    rows : DataFrame of shape (n_rows, n_columns)
    reads : list of str
        Columns that are asked for; parts of features that the model does not know are null.
    """
    own = model.contributions(rows).drop(columns=BASELINE).add_prefix(PART)
    made = pd.DataFrame(round_significant(own.to_numpy()), rows.index, own.columns)
    made[VOLATILITY] = round_significant(model.predict_volatility(rows))
    made[VARIANCE] = round_significant(model.predict(rows))
    unknown = [name for name in reads if name.startswith(PART) and name not in made]
    made = made.reindex(columns=[*made.columns, *unknown])
    old = [name for name in rows if name in made.columns or str(name).startswith(PART)]
    return pd.concat([rows.drop(columns=old), made], axis=1)


def _drivers(contributions: pd.DataFrame) -> list[list[str]]:
    """The three largest parts of each row, those of zero left out."""
    named = explain.top_drivers(contributions)
    values = contributions.to_dict("records")
    return [
        [name for name in names if row[name] != 0] for names, row in zip(named, values, strict=True)
    ]


def _lists(drivers: pd.Series, dates: pd.Series) -> pd.Series:
    """The lists of some dates; empty where there is none."""
    found = drivers.to_dict()
    lists = np.empty(len(dates), dtype=object)
    lists[:] = [found.get(day, []) for day in dates]
    return pd.Series(lists, index=dates.index, dtype=object)
