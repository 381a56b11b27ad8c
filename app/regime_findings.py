"""What ``metrics/regimes.json`` says, as Markdown: scores, rivals, spans, clusters.

An older set of metrics without that file gives an empty text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app import figures
from app.figures import NONE
from app.findings import p_value

_HEADLINES = {
    "brier": ("Brier", "{:.4f}"),
    "log_loss": ("log loss", "{:.4f}"),
    "auc": ("AUC", "{:.3f}"),
    "onset_auc": ("onset AUC", "{:.3f}"),
    "ece": ("ECE", "{:.4f}"),
}
_PARTS = {
    "reliability": ("reliability", "{:.4f}"),
    "resolution": ("resolution", "{:.4f}"),
}
_WARNING = {
    "warned": ("warned of", "{:.0f}"),
    "mean_lead": ("lead", "{:.1f}"),
    "false_alarms_a_year": ("false alarms a year", "{:.1f}"),
}
Columns = Mapping[str, tuple[str, str]]


def together(regimes: Mapping[str, Any]) -> str:
    """Scores, rivals, spans and clusters, one under the other."""
    if not regimes.get("n_obs"):
        return ""
    parts = (scores(regimes), rivals(regimes), spans(regimes), sentences(regimes))
    return "\n\n".join(part for part in parts if part)


def block(regimes: Mapping[str, Any], title: str) -> str:
    """A title with the window and the gate, and all there is to say."""
    if not regimes:
        return ""
    if not regimes["n_obs"]:
        return f"**{title}**: gate {figures.gate_verdict(regimes)}."
    model = regimes["model"]
    return (
        f"**{title}**: out of sample, {figures.window(regimes)}; `regime_model.name="
        f"{model['name']}`, `.calibration={model['calibration']}`; gate "
        f"{figures.gate_verdict(regimes)}.\n\n{together(regimes)}"
    )


def scores(regimes: Mapping[str, Any]) -> str:
    """A row per contender as it speaks itself, and the served one under each calibration."""
    if not regimes:
        return ""
    served = regimes["model"]["name"]
    shown = [
        (name, calibration, values)
        for name, kinds in regimes["contenders"].items()
        for calibration, values in kinds.items()
        if calibration == "none" or name == served
    ]
    rows = [
        [
            name,
            calibration,
            *_cells(values, {**_HEADLINES, **_PARTS}),
            *_cells(values["warning"], _WARNING),
        ]
        for name, calibration, values in sorted(shown, key=lambda item: float(item[2]["brier"]))
    ]
    titles = [title for title, _ in {**_HEADLINES, **_PARTS, **_WARNING}.values()]
    return figures.markdown(["contender", "calibration", *titles], rows, text_columns=2)


def rivals(regimes: Mapping[str, Any]) -> str:
    """The served forecast against each rival by the Brier score: how far, and how sure."""
    tests = regimes.get("superiority", {}).get("rivals")
    if not tests:
        return ""
    spans = regimes["superiority"]["spans"]
    head = ["rival", "Brier less that of the served", "t", "p (Holm)", "p (DM-HLN)"]
    rows = [
        [
            name,
            f"{test['mean_difference']:+.4f}",
            f"{test['statistic']:+.2f}",
            p_value(test["holm_p_value"]),
            p_value(test["hln_p_value"]),
            *(f"{span[name]['statistic']:+.2f}" for span in spans.values()),
        ]
        for name, test in tests.items()
    ]
    return figures.markdown([*head, *(f"t, {span}" for span in spans)], rows)


def spans(regimes: Mapping[str, Any]) -> str:
    """The served forecast and its rivals in each span of years, a row each."""
    found = regimes.get("spans") or {}
    shown = ["served", *(regimes.get("superiority", {}).get("rivals") or {})]
    rows = [
        [span, name, f"{values['n_obs']:,}", *_cells(values["contenders"][name], _HEADLINES)]
        for span, values in found.items()
        for name in shown
        if name in values["contenders"]
    ]
    head = ["span", "forecast", "n", *(title for title, _ in _HEADLINES.values())]
    return figures.markdown(head, rows, text_columns=2) if rows else ""


def sentences(regimes: Mapping[str, Any]) -> str:
    """A list of the rest: base rates, the clusters, who is not compared."""
    if not regimes:
        return ""
    lines = [*_rates(regimes), *_clusters(regimes["discovery"])]
    tests = regimes["superiority"]
    reasons = {**regimes["left_out"], **tests["left_out"]}
    lines += [f"Not compared: {name} ({why})." for name, why in reasons.items()]
    lines += [f"Not made: {test} ({why})." for test, why in tests["not_made"].items()]
    return "\n".join(f"- {line}" for line in lines)


def _rates(regimes: Mapping[str, Any]) -> Iterator[str]:
    rates = ", ".join(f"{name} {share:.1%}" for name, share in regimes["base_rates"].items())
    model = regimes["model"]
    warning = model["warning"]
    yield (
        f"What came: {rates}. Always forecasting these shares would score "
        f"{model['uncertainty']:.4f}."
    )
    yield (
        f"Of {warning['spells']} spells of risk-off, {warning['missed']} were not warned of before "
        "they were known."
    )


def _clusters(seen: Mapping[str, Any]) -> Iterator[str]:
    if not seen:
        return
    yield (
        f"The published cluster changes {seen['switches_a_year']:.1f} times a year, a stay lasts "
        f"{seen['mean_duration']:.0f} sessions ({seen['n_obs']:,} sessions from {seen['first']})."
    )
    stability = seen["label_stability"]
    if stability["mean"] is not None:
        yield (
            f"Consecutive fits put {stability['mean']:.2%} of sessions into the same cluster, "
            f"{stability['worst']:.2%} at the worst of {stability['refits']} ("
            f"{stability['worst_refit']})."
        )
    yield (
        "For information: filtered and smoothed states agree in "
        f"{seen['agreement_with_smoothed']:.1%} of sessions."
    )
    if truth := seen["against_truth"]:
        yield (
            f"Adjusted Rand index against the true regimes: {truth['adjusted_rand_index']:.3f}, "
            f"{_share(truth['share'])} of the {truth['informed_filter']:.3f} of a filter that was "
            "told the parameters."
        )


def _share(value: float | None) -> str:
    return NONE if value is None else f"{value:.0%}"


def _cells(values: Mapping[str, Any], columns: Columns) -> list[str]:
    pairs = ((values.get(name), pattern) for name, (_, pattern) in columns.items())
    return [NONE if value is None else pattern.format(value) for value, pattern in pairs]
