"""Which market it is: clusters as they were published, and forecast probabilities of regimes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from mlrisk.contracts.columns import DAY, adds_up, finite, positive, probability, schema, wide
from mlrisk.contracts.curated import REGIMES
from mlrisk.dataset import DATE, Dataset

CLUSTER = r"\d"
MOST = 5
"""Clusters there can be."""


def _clusters_add_up(table: pd.DataFrame) -> pd.Series:
    names = list(map(str, table))
    now = [name for name in names if name.startswith("prob_cluster_") and name[-1].isdigit()]
    later = [name for name in names if name.endswith("_5d")]
    return adds_up(table, now) & adds_up(table, later)


def _several(pattern: str, *checks: pa.Check) -> dict[str, pa.Column]:
    return {pattern: pa.Column(float, list(checks), nullable=True, regex=True, required=False)}


REGIMES_DAILY = Dataset(
    path="data/regimes_daily",
    schema=schema(
        {
            "date": DAY,
            "refit_date": pa.Column(DATE, nullable=True),
            "regime_cluster_id": pa.Column(
                float,
                pa.Check(
                    lambda ids: (ids >= 0) & (ids == ids.round()),
                    error="must be the number of a cluster",
                ),
                nullable=True,
            ),
            **_several(rf"^prob_cluster_{CLUSTER}$", probability()),
            **_several(rf"^prob_cluster_{CLUSTER}_5d$", probability()),
            **_several(
                rf"^dist_to_centroid_{CLUSTER}$",
                finite(),
                pa.Check.ge(0, error="must not be negative"),
            ),
        },
        [
            pa.Check(_clusters_add_up, error="probabilities of the clusters must add up to one"),
            pa.Check(
                lambda table: ~(table["refit_date"] > table["date"]),
                error="refit_date must not lie after date: that is look-ahead",
            ),
        ],
    ),
    key=("date",),
    decimals={f"prob_cluster_{k}{ahead}": 8 for k in range(MOST) for ahead in ("", "_5d")},
)
"""Clusters as they were published at each close, by the fit of that time; null before the first
one, and never scored again by a later one. ``prob_cluster_{k}`` is filtered, ``_5d`` the same five
sessions on; distances are in standard deviations of the inputs."""

REGIME_REFITS = Dataset(
    path="data/regime_refits",
    schema=schema(
        {
            "refit_date": DAY,
            "cluster": pa.Column("int64", pa.Check.ge(0, error="must not be negative")),
            "figure": pa.Column(str),
            "value": pa.Column(float, finite()),
        }
    ),
    key=("refit_date", "cluster", "figure"),
    by="refit_date",
)
"""What each fit found that was taken, a row per cluster and figure: ``share`` of the window,
``mean_{input}`` in the input's own units (of one that is clustered by its logarithm, the geometric
mean), ``to_{j}`` the probability that the next session is in cluster j; from the second fit on
``moved``, how far the centroid went since the fit before, in standard deviations, and
``agreement``, the share of the sessions before that both fits put into the same cluster."""

_PROBABILITIES = {name: pa.Column(float, probability(), nullable=True) for name in REGIMES}
_SUM = pa.Check(
    lambda table: adds_up(table, list(REGIMES)),
    error="calm, transition and risk_off must add up to one, or all be null",
)

_BACKTEST = schema(
    {
        "date": DAY,
        "fold": pa.Column("int64", pa.Check.ge(0, error="must not be negative")),
        **_PROBABILITIES,
        "model_version": pa.Column(str),
    },
    [_SUM],
)


@dataclass(frozen=True)
class RegimeBacktestFolder:
    """What ``regime_backtest`` writes of one contender, and ``regime_combine`` of what is served.

    Parameters
    ----------
    forecasts : Dataset
        Out-of-sample probabilities of the regime of the next five sessions; null before enough
        history, empty where the source lacks the contender's inputs.
    contributions : Dataset
        Per forecast and feature the part it has in the log-odds of risk-off to calm; ``baseline``
        is the rest. Only some contenders have it.
    status : Path
        JSON: why the contender was left out, or null.
    """

    forecasts: Dataset
    contributions: Dataset
    status: Path


def regime_backtest(contender: str) -> RegimeBacktestFolder:
    """The folder of one regime contender's walk-forward."""
    return _folder(f"data/regime_backtest/{contender}")


def _folder(path: str) -> RegimeBacktestFolder:
    return RegimeBacktestFolder(
        forecasts=Dataset(
            f"{path}/forecasts", _BACKTEST, key=("date",), decimals=dict.fromkeys(REGIMES, 8)
        ),
        contributions=Dataset(f"{path}/contributions", wide(), key=("date",)),
        status=Path(path) / "status.json",
    )


REGIME_FORECASTS = Dataset(
    path="data/regime_forecasts",
    schema=schema(
        {
            "contender": pa.Column(str),
            "calibration": pa.Column(str),
            "date": DAY,
            **_PROBABILITIES,
        },
        [_SUM],
    ),
    key=("contender", "calibration", "date"),
    decimals=dict.fromkeys(REGIMES, 8),
)
"""Contenders and their combination under every calibration: as they are (``none``) before enough
outcomes are known to fit one. Null where there is no forecast."""

REGIME_WEIGHTS = Dataset(
    path="data/regime_weights",
    schema=schema(
        {
            "date": DAY,
            "member": pa.Column(str),
            "weight": pa.Column(float, positive("those without a weight have no row")),
        }
    ),
    key=("date", "member"),
)
"""Each member's weight in the combination from the first session of each refit on."""

REGIME_SERVED = _folder("data/regime_served")
"""The named regime forecast after its calibration, and the parts of its log-odds."""

REGIME_MODEL = "models/regimes"
"""Folder of the served regime model."""
