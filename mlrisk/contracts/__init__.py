"""One contract for every dataset: columns, keys, ranges and the precision it is stored with.

The same contract guards each write and each read, so no stage works on a table that the stage
before it could not have written.
"""

from mlrisk.contracts.curated import (
    FEATURES_DAILY,
    LABELS_DAILY,
    MACRO_COLUMNS,
    MACRO_NAMES,
    MACRO_RELEASE_ALIGNED,
    MARKET_DAILY,
    REGIMES,
)
from mlrisk.contracts.delivered import (
    BASES,
    EVENTS,
    LANDING_CALENDAR,
    LANDING_MACRO,
    LANDING_MARKET,
    QUALITY_FINDINGS,
    RAW_CALENDAR,
    RAW_COLUMNS,
    RAW_MACRO,
    RESTATEMENTS,
    TRUTH,
    Kind,
    raw_market,
)
from mlrisk.contracts.documents import (
    DOCS_CHUNKS,
    DOCS_CURATED,
    DOCS_RAW,
    DOCS_SKIPPED,
    LANDING_DOCUMENTS,
)
from mlrisk.contracts.forecasts import (
    INTERVALS_DAILY,
    MODEL,
    PREDICTIONS_DAILY,
    BacktestFolder,
    backtest,
)
from mlrisk.contracts.regimes import (
    REGIME_FORECASTS,
    REGIME_MODEL,
    REGIME_REFITS,
    REGIME_SERVED,
    REGIME_WEIGHTS,
    REGIMES_DAILY,
    RegimeBacktestFolder,
    regime_backtest,
)

__all__ = [
    "BASES",
    "DOCS_CHUNKS",
    "DOCS_CURATED",
    "DOCS_RAW",
    "DOCS_SKIPPED",
    "EVENTS",
    "FEATURES_DAILY",
    "INTERVALS_DAILY",
    "LABELS_DAILY",
    "LANDING_CALENDAR",
    "LANDING_DOCUMENTS",
    "LANDING_MACRO",
    "LANDING_MARKET",
    "MACRO_COLUMNS",
    "MACRO_NAMES",
    "MACRO_RELEASE_ALIGNED",
    "MARKET_DAILY",
    "MODEL",
    "PREDICTIONS_DAILY",
    "QUALITY_FINDINGS",
    "RAW_CALENDAR",
    "RAW_COLUMNS",
    "RAW_MACRO",
    "REGIMES",
    "REGIMES_DAILY",
    "REGIME_FORECASTS",
    "REGIME_MODEL",
    "REGIME_REFITS",
    "REGIME_SERVED",
    "REGIME_WEIGHTS",
    "RESTATEMENTS",
    "TRUTH",
    "BacktestFolder",
    "Kind",
    "RegimeBacktestFolder",
    "backtest",
    "raw_market",
    "regime_backtest",
]
