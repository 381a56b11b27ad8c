"""What the tests of ``metrics/forecast.json`` say, as Markdown: spans, rivals, calibration.

Figures that a source or a small experiment does not have are left out, and an older file of metrics
without any gives an empty text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app import figures
from app.figures import NONE

_LOSSES = [name for name in figures.COLUMNS if name.startswith(("n_obs", "qlike", "rmse"))]


BENCHMARK_HEAD = (
    "benchmark",
    "n",
    "RV20",
    "{reference}",
    "{model}",
    "vs RV20",
    "vs {reference}",
    "t",
    "p",
)


def spans(forecast: Mapping[str, Any]) -> str:
    """A table of the model's and its rivals' losses for each span of years, best QLIKE first."""
    found: Mapping[str, Any] = forecast.get("windows", {}).get("spans", {})
    head = ["contender", *figures.headings(_LOSSES, forecast.get("reference", ""))]
    tested = forecast.get("superiority", {}).get("rivals") or {}
    shown = {forecast.get("model", {}).get("name"), *tested}
    tables = []
    for span, contenders in found.items():
        named = [item for item in contenders.items() if item[0] in shown]
        ranked = sorted(named, key=lambda item: float(item[1]["qlike"]))
        rows = [[name, *figures.cells(values, _LOSSES)] for name, values in ranked]
        tables.append(f"**{span}**\n\n{figures.markdown(head, rows)}")
    return "\n\n".join(tables)


def rivals(forecast: Mapping[str, Any]) -> str:
    """The model against each rival: how far, how sure, and in how many years."""
    tests = forecast.get("superiority", {})
    if not tests.get("rivals"):
        return ""
    level, confidence = tests["intervals"]["level"], tests["confidence_set"]["confidence"]
    head = [
        "rival",
        "QLIKE",
        "less that of the model",
        f"{level:.0%} interval",
        "t",
        "p (Holm)",
        "p (DM-HLN)",
        "years won",
        f"in the {confidence:.0%} set",
    ]
    rows = [
        [
            name,
            *figures.cells(forecast["contenders"][name], ["qlike"]),
            f"{test['mean_difference']:+.4f}",
            _interval((tests["intervals"]["difference"] or {}).get(name), "{:+.4f}"),
            f"{test['statistic']:+.2f}",
            p_value(test["holm_p_value"]),
            p_value(test["hln_p_value"]),
            _years(forecast["windows"]["years_won"].get(name)),
            _member(tests["confidence_set"]["rivals"], name),
        ]
        for name, test in tests["rivals"].items()
    ]
    return figures.markdown(head, rows)


def sentences(forecast: Mapping[str, Any]) -> str:
    """A list of what else was tested: everything tried at once, calibration, bias, years."""
    tests = forecast.get("superiority")
    if not tests:
        return ""
    lines = [
        *_everything_tried(tests),
        *_calibration(forecast),
        *_years_lost(forecast),
        *(f"Not compared: {name} ({why})." for name, why in tests["left_out"].items()),
        *(f"Not made: {test} ({why})." for test, why in tests["not_made"].items()),
    ]
    return "\n".join(f"- {line}" for line in lines)


def together(forecast: Mapping[str, Any]) -> str:
    """Rivals and the rest, one under the other."""
    return "\n\n".join(part for part in (rivals(forecast), sentences(forecast)) if part)


def intervals(metrics: Mapping[str, Any]) -> str:
    """Coverage of the prediction intervals, where ``metrics/intervals.json`` has it.

    Parameters
    ----------
    metrics : mapping
        Metrics files by name.
    """
    levels: Mapping[str, Any] = metrics.get("intervals", {}).get("levels", {})
    rows = [_coverage(name, level) for name, level in levels.items()]
    # Levels have the same parts; one that a short backtest lacks is a dash.
    head = list(dict.fromkeys(title for row in rows for title in row))
    table = [[row.get(title, NONE) for title in head] for row in rows]
    return figures.markdown(head, table) if rows else ""


def p_value(value: float | None) -> str:
    """A p-value to three digits.

    >>> p_value(0.00004), p_value(0.0416)
    ('<0.001', '0.042')
    """
    if value is None:
        return NONE
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _coverage(name: str, level: Mapping[str, Any]) -> dict[str, str]:
    worst = level.get("worst_rolling") or {}
    shares = {
        "covered": level.get("coverage"),
        **{f"{third} third": share for third, share in level.get("by_tercile", {}).items()},
        **level.get("by_span", {}),
        f"worst {worst.get('window', 250)} sessions": worst.get("coverage"),
    }
    widths = {
        f"width / {rival.replace('_', ' ')}": figure.get("width_ratio")
        for rival, figure in level.get("against", {}).items()
    }
    scores = {
        f"score / {rival.replace('_', ' ')}": figure.get("score_ratio")
        for rival, figure in level.get("against", {}).items()
    }
    return {
        "interval": f"{name} %",
        **{title: NONE if share is None else f"{share:.1%}" for title, share in shares.items()},
        **{
            title: NONE if ratio is None else f"{ratio:.3f}"
            for title, ratio in {**widths, **scores}.items()
        },
    }


def _everything_tried(tests: Mapping[str, Any]) -> Iterator[str]:
    found = [spa for spa in tests["spa"].values() if spa]
    # The model may be the reference itself.
    for spa in {spa["benchmark"]: spa for spa in found}.values():
        yield (
            f"Is anything that was tried better than {spa['benchmark']}? SPA p = "
            f"{p_value(spa['p_value'])} (best {spa['best_rival']}, t = {spa['statistic']:+.2f})."
        )
    if everyone := tests["confidence_set"]["all"]:
        inside = [name for name, member in everyone.items() if member["included"]]
        yield (
            f"The {tests['confidence_set']['confidence']:.0%} model confidence set over all "
            f"{len(everyone)}: {', '.join(inside)}."
        )


def _calibration(forecast: Mapping[str, Any]) -> Iterator[str]:
    model, found = forecast["model"]["name"], forecast["superiority"]["intervals"]
    if share := (found["reducible_share"] or {}).get(model):
        yield (
            f"{model} removes {share['estimate']:.1%} of the reducible loss "
            f"({_interval(share, '{:.1%}')} at {found['level']:.0%})."
        )
    if line := forecast["efficiency"].get(model):
        yield (
            f"Mincer-Zarnowitz of {model}, weighted: slope {line['slope']:.3f} (standard error "
            f"{line['slope_error']:.3f}); (0, 1) has p = {p_value(line['p_value'])}."
        )
    biases = {regime: few.get(model) for regime, few in forecast["bias_by_regime"].items()}
    told = [f"{regime} {points:+.2f}" for regime, points in biases.items() if points is not None]
    if told:
        yield (
            f"Bias of {model} in annualised points by the regime known at the time: "
            f"{', '.join(told)}."
        )


def _years_lost(forecast: Mapping[str, Any]) -> Iterator[str]:
    model = forecast["model"]["name"]
    for rival, years in forecast["windows"]["years_won"].items():
        if years["not_won"] and rival in {"rv20", forecast["reference"]}:
            lost = ", ".join(map(str, years["not_won"]))
            yield f"{model} is not better than {rival} in {lost}."


def _interval(interval: Mapping[str, float] | None, pattern: str) -> str:
    if interval is None:
        return NONE
    return f"{pattern.format(interval['low'])} to {pattern.format(interval['high'])}"


def _years(years: Mapping[str, Any] | None) -> str:
    return NONE if years is None else f"{years['won']} of {years['of']}"


def _member(members: Mapping[str, Any] | None, name: str) -> str:
    if members is None or name not in members:
        return NONE
    return "yes" if members[name]["included"] else "no"


def benchmarks(results: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Headings, and a row per benchmark: QLIKE of the three, and the model against the rival."""
    rows = []
    for symbol, one in results["benchmarks"].items():
        model = one["contenders"][one["model"]]
        losses = [one["contenders"][name]["qlike"] for name in ("rv20", one["reference"])]
        rows.append(
            [
                symbol,
                f"{model['n_obs']:,}",
                *(f"{loss:.4f}" for loss in (*losses, model["qlike"])),
                f"{model['qlike_vs_rv20']:+.1%}",
                f"{model['qlike_vs_reference']:+.1%}",
                f"{one['against_reference']['statistic']:+.2f}",
                p_value(one["against_reference"]["p_value"]),
            ]
        )
    rows += [[symbol, *[NONE] * 8] for symbol in results["failed"]]
    first = next(iter(results["benchmarks"].values()))
    return [name.format(**first) for name in BENCHMARK_HEAD], rows
