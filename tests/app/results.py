"""A small ``metrics/forecast.json`` with every part, for tests of what people are shown."""

from __future__ import annotations

from typing import Any


def comparison(difference: float, p_value: float) -> dict[str, Any]:
    return {
        "n_obs": 3850,
        "mean_difference": difference,
        "statistic": 2.5,
        "p_value": p_value / 2,
        "hln_p_value": p_value / 10,
        "holm_p_value": p_value,
    }


def losses(qlike: float) -> dict[str, float]:
    return {
        "n_obs": 3850,
        "qlike": qlike,
        "qlike_vs_rv20": qlike / 0.6 - 1,
        "qlike_vs_reference": qlike / 0.4 - 1,
        "rmse": 0.01,
        "rmse_vs_rv20": -0.2,
        "rmse_vs_reference": -0.01,
    }


def forecast() -> dict[str, Any]:
    qlikes = {"rv20": 0.6, "har_vix": 0.4, "champion": 0.36}
    return {
        "n_obs": 3850,
        "window_start": "2011-01-03",
        "window_end": "2026-04-24",
        "reference": "har_vix",
        "contenders": {name: losses(q) for name, q in qlikes.items()},
        "model": {"name": "champion", **losses(0.36)},
        "gate": {
            "passed": True,
            "reasons": ["QLIKE is 40.0% below RV20"],
            "local": {"passed": True, "reasons": ["QLIKE is 40.0% below RV20"]},
        },
        "superiority": {
            "n_obs": 3850,
            "rivals": {"rv20": comparison(0.24, 0.00004), "har_vix": comparison(0.04, 0.0416)},
            "spa": {
                "reference": {
                    "benchmark": "har_vix",
                    "best_rival": "champion",
                    "statistic": 2.5,
                    "p_value": 0.012,
                },
                "model": None,
            },
            "confidence_set": {
                "confidence": 0.9,
                "all": {name: {"p_value": 1.0, "included": name != "rv20"} for name in qlikes},
                "rivals": {name: {"p_value": 1.0, "included": name != "rv20"} for name in qlikes},
            },
            "intervals": {
                "level": 0.95,
                "difference": {"rv20": {"estimate": 0.24, "low": 0.1, "high": 0.38}},
                "reducible_share": {"champion": {"estimate": 0.62, "low": 0.5, "high": 0.74}},
            },
            "left_out": {"gjr_garch": "it is not among evaluate.contenders"},
            "not_made": {"spa.model": "too short"},
        },
        "efficiency": {"champion": {"slope": 1.02, "slope_error": 0.06, "p_value": 0.3}},
        "bias_by_regime": {"calm": {"champion": -0.123}, "risk_off": {"rv20": 1.0}},
        "windows": {
            "spans": {
                "2011-2015": {name: losses(qlike) for name, qlike in qlikes.items()},
                "2016-2026": {name: losses(qlike + 0.01) for name, qlike in qlikes.items()},
            },
            "years_won": {
                "rv20": {"won": 16, "of": 16, "not_won": []},
                "har_vix": {"won": 14, "of": 16, "not_won": [2017, 2020]},
            },
        },
    }


def scores(brier: float) -> dict[str, Any]:
    warning = {"spells": 40, "warned": 37, "missed": 3, "median_lead": 6.0}
    return {
        "brier": brier,
        "log_loss": 2 * brier,
        "auc": 0.9,
        "onset_auc": None,
        "ece": 0.0123,
        "reliability": 0.01,
        "resolution": 0.25,
        "uncertainty": 0.59,
        "within_bins": -0.005,
        "warning": warning | {"mean_lead": 6.4, "false_alarms_a_year": 2.5},
    }


def regimes() -> dict[str, Any]:
    """A small ``metrics/regimes.json`` with every part."""
    names = {"persistence_soft": 0.44, "volatility_implied": 0.35, "combination": 0.345}
    headlines = {name: scores(value) for name, value in names.items()}
    return {
        "n_obs": 3600,
        "window_start": "2012-01-03",
        "window_end": "2026-04-24",
        "base_rates": {"calm": 0.5, "transition": 0.35, "risk_off": 0.15},
        "model": {"name": "combination", "calibration": "temperature", **scores(0.34)},
        "gate": {"passed": True, "reasons": ["AUC of risk-off is 0.900 (0.65 is asked for)"]},
        "superiority": {
            "rivals": {
                "persistence_soft": comparison(0.1, 0.00004),
                "volatility_implied": comparison(0.01, 0.0416),
            },
            "spans": {"2016-2026": {name: comparison(0.1, 0.01) for name in names}},
            "left_out": {"persistence_hard": "it has no forecast"},
            "not_made": {},
        },
        "spans": {
            "2016-2026": {"n_obs": 2592, "contenders": {**headlines, "served": scores(0.33)}}
        },
        "discovery": {
            "n_obs": 4000,
            "first": "2010-01-04",
            "last": "2026-05-01",
            "switches_a_year": 7.25,
            "mean_duration": 34.7,
            "share": {"0": 0.6, "1": 0.4},
            "label_stability": {
                "refits": 190,
                "mean": 0.995,
                "worst": 0.97,
                "worst_refit": "2012-02-01",
            },
            "agreement_with_smoothed": 0.951,
            "against_truth": {
                "n_obs": 4000,
                "adjusted_rand_index": 0.3,
                "informed_filter": 0.4,
                "share": 0.75,
            },
        },
        "contenders": {
            **{name: {"none": scores(value)} for name, value in names.items()},
            "combination": {"none": scores(0.345), "temperature": scores(0.34)},
        },
        "left_out": {"persistence_hard": "it has no forecast"},
    }
