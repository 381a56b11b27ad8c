"""Which kind of information each feature carries, for explanations that fit on one line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mlrisk.errors import MlriskError

REALIZED = "realised volatility"
IMPLIED = "implied volatility"
LEVERAGE = "leverage and drawdown"
CROSS_ASSET = "cross-asset"
MACRO = "macro"
REGIMES = "regimes"

_ESTIMATORS = "rv|vol|ewma|parkinson|garman_klass|rogers_satchell|yang_zhang|overnight"
_LEVELS = "cpi|ffr|slope|ism|unemp|yield|high_yield"

PATTERNS: Mapping[str, tuple[str, ...]] = {
    REALIZED: (rf"{{benchmark}}_(?:{_ESTIMATORS})_\w+", r"kurt_\d+d"),
    IMPLIED: (r"vix(?:3m|9d)?", r"vix_(?:ret|premium)_\d+d", "vix_term", "vix9d_vix", "vvix"),
    LEVERAGE: (
        r"{benchmark}_ret_\d+d",
        r"drawdown_\d+d",
        r"rsi_{benchmark}_\d+",
        r"(?:skew|downside_share)_\d+d",
    ),
    MACRO: (rf"(?:{_LEVELS})_\w+", "ffr", "unemp", r"days_(?:since|until)_\w+"),
    REGIMES: ("regime_cluster_id", r"prob_cluster_\d+(?:_5d)?", r"dist_to_centroid_\d+"),
    CROSS_ASSET: (
        r"(?!{benchmark}_|vix_)[a-z0-9]+_(?:ret|vol)_\d+d",
        r"corr_{benchmark}_[a-z0-9]+_\d+d",
        r"(?!high_yield_)[a-z0-9]+_[a-z0-9]+_spread",
        r"sector_(?:dispersion|corr)_\d+d",
    ),
}
"""Names by group, as regular expressions; no name fits two groups. Leverage is the asymmetry of
volatility in returns: what has fallen, how far, and how one-sidedly."""


class GroupError(MlriskError, ValueError):
    """A feature that belongs to no group, or to more than one."""


def groups(columns: Iterable[str], benchmark: str) -> dict[str, str]:
    """Group of each feature.

    Parameters
    ----------
    columns : iterable of str
        Names of features.
    benchmark : str
        Symbol of the benchmark, whose own returns and volatility are told from other assets'.

    Raises
    ------
    GroupError
        Where a name fits no group or several.
    """
    own = re.escape(benchmark.lower())
    compiled = {
        group: re.compile("|".join(pattern.replace("{benchmark}", own) for pattern in patterns))
        for group, patterns in PATTERNS.items()
    }
    found = {}
    for column in columns:
        fitting = [group for group, pattern in compiled.items() if pattern.fullmatch(column)]
        if len(fitting) != 1:
            raise GroupError(
                f"feature {column!r} belongs to {' and '.join(fitting) or 'no group'}; every "
                "feature belongs to one. Its name is sorted in mlrisk/features/groups.py."
            )
        found[column] = fitting[0]
    return found
