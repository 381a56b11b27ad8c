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
