"""Contenders held against each other, and the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from mlrisk.errors import MlriskError
from mlrisk.evaluation.losses import GAUSSIAN_FLOOR, Score, qlike, reducible_share, score

BASELINE = "rv20"


class EvaluationError(MlriskError, ValueError):
    """A contender without figures."""


@dataclass(frozen=True)
class Gate:
    """Whether a forecast may be published, and why."""

    passed: bool
    reasons: list[str]


def joined(labels: pd.DataFrame, forecasts: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Per contender its forecasts beside the realised volatility and the baseline's forecast.

    Only dates where all three are known: a contender with a shorter history is held against the
    baseline on its own dates, and moves nobody else's figures. Contenders without any such date
    are left out.

    Returns
    -------
    dict of str to DataFrame
        Columns date, rv_5d, var_5d_hat, rv_5d_hat, var_5d_base, rv_5d_base.
    """
    realized = labels.loc[labels["rv_5d"].notna(), ["date", "rv_5d"]]
    names = ["var_5d_hat", "rv_5d_hat"]
    base = forecasts[BASELINE][["date", *names]].rename(
        columns={"var_5d_hat": "var_5d_base", "rv_5d_hat": "rv_5d_base"}
    )
    tables = {
        name: realized.merge(table[["date", *names]], on="date").merge(base, on="date").dropna()
        for name, table in forecasts.items()
    }
    return {name: table.reset_index(drop=True) for name, table in tables.items() if len(table)}


def beside(tables: Mapping[str, pd.DataFrame], reference: str) -> dict[str, pd.DataFrame]:
    """The joined tables with the forecasts of the rival that is hard to beat.

    Returns
    -------
    dict of str to DataFrame
        With the columns var_5d_ref, rv_5d_ref; null where the reference has no forecast, and
        unchanged where it has none at all.
    """
    if reference not in tables:
        return dict(tables)
    columns = {"var_5d_hat": "var_5d_ref", "rv_5d_hat": "rv_5d_ref"}
    other = tables[reference][["date", *columns]].rename(columns=columns)
    return {name: table.merge(other, on="date", how="left") for name, table in tables.items()}


def named(
    contenders: Mapping[str, dict[str, Any]], name: str, reasons: Mapping[str, str | None]
) -> dict[str, Any]:
    """The figures of one contender, or an error that says why there are none."""
    if name not in contenders:
        why = reasons.get(name, "it is not among evaluate.contenders")
        raise EvaluationError(
            f"model={name} has no forecast to evaluate: {why or 'none of its dates has a label'}. "
            f"Name one of {', '.join(contenders)}."
        )
    return contenders[name]


def figures(table: pd.DataFrame, floor: float = GAUSSIAN_FLOOR) -> dict[str, Any]:
    """The metrics of one contender, over the rows of its joined table.

    Parameters
    ----------
    table : DataFrame
        As ``joined`` or ``beside`` gives it.
    floor : float
        QLIKE that no forecast can go below: the oracle's where the truth is known.

    Returns
    -------
    dict
        The fields of ``Score``, the changes against RV20 on the same dates, those against the
        reference on the dates that it has (None without any), and the share of the loss between
        RV20 and the floor that is removed.
    """
    own = _score(table, "hat")
    base = _score(table, "base")
    return {
        **asdict(own),
        "qlike_vs_rv20": own.qlike / base.qlike - 1,
        "rmse_vs_rv20": own.rmse / base.rmse - 1,
        **_against_reference(table),
        "reducible_share": reducible_share(own.qlike, base.qlike, floor),
    }


def _against_reference(table: pd.DataFrame) -> dict[str, float | None]:
    rows = table[table["var_5d_ref"].notna()] if "var_5d_ref" in table else table[:0]
    if rows.empty:
        return {"qlike_vs_reference": None, "rmse_vs_reference": None}
    own, other = _score(rows, "hat"), _score(rows, "ref")
    return {
        "qlike_vs_reference": own.qlike / other.qlike - 1,
        "rmse_vs_reference": own.rmse / other.rmse - 1,
    }


def oracle_figures(table: pd.DataFrame, truth: pd.DataFrame) -> dict[str, Any]:
    """Figures of the forecast that knows the state of a simulated world; empty for a real one."""
    known = table.merge(truth[["date", "var_5d_oracle"]], on="date")
    if known.empty:
        return {}
    variance = known["var_5d_oracle"]
    perfect = known.assign(var_5d_hat=variance, rv_5d_hat=np.sqrt(variance))
    values = figures(perfect)
    del values["reducible_share"]
    return values


def gate(values: Mapping[str, Any], name: str, improvement: float) -> Gate:
    """Whether QLIKE or RMSE lies at least ``improvement`` below RV20, out of sample."""
    changes = {"QLIKE": values["qlike_vs_rv20"], "RMSE": values["rmse_vs_rv20"]}
    passed = any(change <= -improvement for change in changes.values())
    reasons = [
        f"{loss} of {name} is {abs(change):.1%} {'below' if change < 0 else 'above'} RV20 out of "
        f"sample ({improvement:.0%} below is asked for)"
        for loss, change in changes.items()
    ]
    return Gate(passed, reasons)


def forecast_vs_realized(table: pd.DataFrame, every: int = 5) -> pd.DataFrame:
    """Realised volatility beside the forecast and RV20, every fifth session, so none overlap.

    Returns
    -------
    DataFrame
        Columns date, series, volatility (annualised, in per cent).
    """
    series = {"realized": "rv_5d", "forecast": "rv_5d_hat", "RV20": "rv_5d_base"}
    rows = table.iloc[::every]
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "date": rows["date"],
                    "series": name,
                    "volatility": annualized_percent(rows[column]),
                }
            )
            for name, column in series.items()
        ],
        ignore_index=True,
    )


def loss_over_time(tables: Mapping[str, pd.DataFrame], window: int = 250) -> pd.DataFrame:
    """QLIKE of each contender over the last ``window`` forecasts, at the last date of each month.

    Returns
    -------
    DataFrame
        Columns date, contender, qlike; months before ``window`` forecasts are left out.
    """
    parts = []
    for name, table in tables.items():
        loss = qlike(table["rv_5d"].to_numpy() ** 2, table["var_5d_hat"].to_numpy())
        if len(loss) < window:
            continue
        means = np.lib.stride_tricks.sliding_window_view(loss, window).mean(axis=1)
        rows = pd.DataFrame(
            {"date": table["date"].iloc[window - 1 :], "contender": name, "qlike": means}
        )
        parts.append(rows.groupby(rows["date"].dt.to_period("M")).tail(1))
    columns = ["date", "contender", "qlike"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def calibration(tables: Mapping[str, pd.DataFrame], bins: int = 10) -> pd.DataFrame:
    """Mean forecast and mean realised variance by decile of the forecast, as volatilities.

    Both are roots of mean variances, annualised in per cent: a calibrated forecast lies on the
    diagonal.
    """
    parts = []
    for name, table in tables.items():
        if len(table) < bins:
            continue
        order = table["var_5d_hat"].rank(method="first").to_numpy() - 1
        decile = (order * bins // len(table)).astype(int) + 1
        means = pd.DataFrame(
            {
                "decile": decile,
                "forecast": table["var_5d_hat"].to_numpy(),
                "realized": table["rv_5d"].to_numpy() ** 2,
            }
        )
        means = means.groupby("decile", as_index=False).mean()
        for column in ("forecast", "realized"):
            means[column] = annualized_percent(np.sqrt(means[column].to_numpy()))
        means.insert(0, "contender", name)
        parts.append(means)
    columns = ["contender", "decile", "forecast", "realized"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def annualized_percent(volatility: Any) -> Any:
    """A five-session volatility as an annual one, in per cent."""
    return volatility * np.sqrt(252 / 5) * 100


def _score(table: pd.DataFrame, which: str) -> Score:
    return score(
        table["rv_5d"].to_numpy(),
        table[f"var_5d_{which}"].to_numpy(),
        table[f"rv_5d_{which}"].to_numpy(),
    )
