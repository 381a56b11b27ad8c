"""Plain words for features and events, without a digit in them: digits of a brief are figures."""

from __future__ import annotations

import re

EVENTS = {
    "cpi": "Consumer prices (CPI)",
    "employment_situation": "Employment Situation",
    "fomc": "FOMC decision",
    "ism_manufacturing": "ISM manufacturing index",
}

_SPANS = {
    "1": "one-session",
    "5": "five-session",
    "10": "ten-session",
    "14": "fourteen-session",
    "20": "twenty-session",
    "60": "sixty-session",
    "250": "one-year",
}
_WORDS = {
    "span": _SPANS,
    "years": {"2": "two-year", "10": "ten-year"},
    "event": {"cpi": "CPI", "employment": "the Employment Situation", "fomc": "the FOMC"},
    "cluster": {"0": "calmest", "1": "second", "2": "third", "3": "fourth", "4": "fifth"},
}
_SPAN = r"_(?P<span>\d+)d"
_PATTERNS = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        ("vix", "the VIX"),
        ("vix3m", "the three-month VIX"),
        ("vix9d", "the nine-day VIX"),
        ("vvix", "the volatility of the VIX"),
        ("vix_term", "the VIX term structure"),
        ("vix9d_vix", "the nine-day VIX against the VIX"),
        ("vix_ret" + _SPAN, "the {span} change of the VIX"),
        ("vix_premium" + _SPAN, "the VIX above {span} volatility"),
        ("(?P<symbol>[a-z]+)_rv" + _SPAN, "{symbol}'s {span} move"),
        ("(?P<symbol>[a-z]+)_ret" + _SPAN, "{symbol}'s {span} return"),
        ("(?P<symbol>[a-z]+)_vol" + _SPAN, "{symbol}'s {span} volatility"),
        ("(?P<symbol>[a-z]+)_ewma_vol", "{symbol}'s smoothed volatility"),
        ("(?P<symbol>[a-z]+)_parkinson" + _SPAN, "{symbol}'s {span} range"),
        ("(?P<symbol>[a-z]+)_garman_klass" + _SPAN, "{symbol}'s {span} range and close"),
        ("(?P<symbol>[a-z]+)_rogers_satchell" + _SPAN, "{symbol}'s {span} range without drift"),
        ("(?P<symbol>[a-z]+)_yang_zhang" + _SPAN, "{symbol}'s {span} range and gaps"),
        ("(?P<symbol>[a-z]+)_overnight_vol" + _SPAN, "{symbol}'s {span} overnight volatility"),
        ("drawdown" + _SPAN, "the {span} drawdown"),
        (r"rsi_(?P<symbol>[a-z]+)_(?P<span>\d+)", "{symbol}'s {span} relative strength"),
        ("skew" + _SPAN, "the {span} skew of returns"),
        ("kurt" + _SPAN, "the {span} kurtosis of returns"),
        ("downside_share" + _SPAN, "the {span} share of downside moves"),
        (
            "corr_(?P<symbol>[a-z]+)_(?P<other>[a-z]+)" + _SPAN,
            "the {span} correlation of {symbol} and {other}",
        ),
        ("(?P<symbol>(?!high)[a-z]+)_(?P<other>[a-z]+)_spread", "{symbol} against {other}"),
        ("sector_dispersion" + _SPAN, "the {span} dispersion of sectors"),
        ("sector_corr" + _SPAN, "the {span} correlation of sectors"),
        ("cpi_yoy", "consumer price inflation"),
        ("cpi_yoy_z", "consumer price inflation against its history"),
        ("ffr", "the federal funds rate"),
        ("ffr_real", "the real federal funds rate"),
        ("ffr_chg" + _SPAN, "the {span} change of the federal funds rate"),
        ("slope_10y_2y", "the slope of the yield curve"),
        ("slope_10y_2y_chg" + _SPAN, "the {span} change of the slope of the yield curve"),
        (r"yield_(?P<years>\d+)y", "the {years} yield"),
        (r"yield_(?P<years>\d+)y_chg" + _SPAN, "the {span} change of the {years} yield"),
        ("high_yield_spread", "the high-yield spread"),
        ("high_yield_spread_chg" + _SPAN, "the {span} change of the high-yield spread"),
        ("ism_pmi", "the ISM index"),
        ("ism_pmi_z", "the ISM index against its history"),
        ("unemp", "unemployment"),
        ("unemp_rate_z", "unemployment against its history"),
        ("days_since_(?P<event>[a-z]+)", "sessions since {event}"),
        ("days_until_(?P<event>[a-z]+)", "sessions until {event}"),
        ("regime_cluster_id", "the discovered regime"),
        (r"prob_cluster_(?P<cluster>\d)", "the probability of the {cluster} discovered regime"),
        (
            r"prob_cluster_(?P<cluster>\d)" + _SPAN,
            "the {span} mean probability of the {cluster} discovered regime",
        ),
        (r"dist_to_centroid_(?P<cluster>\d)", "the distance to the {cluster} discovered regime"),
    )
)


def feature(name: str) -> str:
    """What a feature is, in words; its own name as code where there are none."""
    for pattern, text in _PATTERNS:
        match = pattern.fullmatch(name)
        if match:
            try:
                parts = {key: _word(key, part) for key, part in match.groupdict().items()}
            except KeyError:
                break
            return text.format(**parts)
    return f"`{name}`"


def _word(kind: str, part: str) -> str:
    return _WORDS[kind][part] if kind in _WORDS else part.upper()


def together(items: list[str]) -> str:
    """Items as one reads them out."""
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]])) if items else ""
