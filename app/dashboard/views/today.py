"""Page ``/``: the forecast of a session, what changed since the one before, its inputs."""

from __future__ import annotations

from html import escape

import streamlit as st

from app.dashboard import figures, layout, markup
from app.faces import format as written
from app.faces import freshness
from app.faces.charts import drivers, history
from app.faces.day import ANNUAL, DayView
from app.faces.snapshot import Snapshot
from mlrisk.documents.brief.words import feature


def _show(snapshot: Snapshot, day: DayView) -> None:
    st.html(f'<div class="mr-hero">{_forecast(day)}{_regimes(day)}</div>')
    st.html(markup.grid(_stats(snapshot, day)))
    left, right = st.columns([5, 4], gap="medium")
    with left:
        st.subheader("What changed since the session before")
        if day.changes:
            figures.chart(drivers.waterfall(day), table=_changes(day))
        else:
            st.caption("This is the first session with a forecast.")
        st.subheader("What the forecast rests on")
        figures.shown("Largest drivers", *_drivers(day), text_columns=2)
    with right:
        st.subheader("Inputs")
        _inputs(snapshot, day)
    st.subheader("The last half year")
    figures.chart(history.forecast_history(snapshot, day.date, 126))


def _forecast(day: DayView) -> str:
    now = day.rv_5d_hat_annualized
    marks = [("rv20", "last twenty sessions", _annual(day.rv20))]
    marks += [("implied", "implied by the VIX", day.implied)]
    marks += [("realized", "realised afterwards", _annual(day.rv_5d))]
    marks += [("forecast", "forecast", now)]
    known = [(kind, name, value) for kind, name, value in marks if value is not None]
    bands = {level: (low * ANNUAL, high * ANNUAL) for level, (low, high) in day.intervals.items()}
    most = 1.08 * max([value for *_, value in known] + [high for _, high in bands.values()])
    intervals = " · ".join(
        f"{level}% interval {written.between(bounds)}" for level, bounds in day.intervals.items()
    )
    return (
        '<section class="mr-card" aria-label="Forecast">'
        f'<div class="mr-label">Expected volatility, {escape(written.span(day.ahead))}</div>'
        f'<div class="mr-big"><strong id="headline">{written.annualised(day.rv_5d_hat)}</strong>'
        f"<span>a year · {written.move(day.rv_5d_hat)} over the five sessions</span>"
        f"{_delta(day)}</div>"
        f"{markup.scale(bands, known, most)}"
        f'<p class="mr-note">{escape(intervals)}</p></section>'
    )


def _delta(day: DayView) -> str:
    if day.rv_5d_hat_before is None or day.previous is None:
        return ""
    change = round(100 * ANNUAL * (day.rv_5d_hat - day.rv_5d_hat_before), 1)
    way = "up" if change > 0 else "down" if change < 0 else "same"
    said = f"{written.points(change / 100)} since {day.previous:%A}"
    return f'<span class="mr-delta mr-{way}">{escape(said)}</span>'


def _regimes(day: DayView) -> str:
    likeliest = written.regime(day.likeliest)
    came = f" · {written.regime(day.regime_5d)} came" if day.regime_5d else ""
    return (
        '<section class="mr-card" aria-label="Regime">'
        '<div class="mr-label">Likeliest regime of the five sessions</div>'
        f'<div class="mr-big"><strong>{escape(likeliest)}</strong>'
        f"<span>{escape(came)}</span></div>{markup.regimes(day.regime_probs)}</section>"
    )


def _stats(snapshot: Snapshot, day: DayView) -> list[str]:
    now, rv20, implied = day.rv_5d_hat_annualized, _annual(day.rv20), day.implied
    first = snapshot.predictions["date"].iloc[0]
    stats = [
        markup.stat("Implied by the VIX", written.annual(implied), _against(now, implied)),
        markup.stat("Last twenty sessions (RV20)", written.annual(rv20), _against(now, rv20)),
        markup.stat(
            "Percentile", written.percentile(day.percentile), f"of the forecasts since {first:%Y}"
        ),
        markup.stat(
            "Forecast before",
            written.annualised(day.rv_5d_hat_before),
            "another fit of the model" if day.refitted else "the same fit of the model",
        ),
    ]
    if day.rv_5d is not None:
        stats.append(markup.stat("Realised", written.annualised(day.rv_5d), _inside(day)))
    return stats


def _against(now: float, other: float | None) -> str:
    return "" if other is None else f"the forecast is {written.points(now - other)} from it"


def _inside(day: DayView) -> str:
    assert day.rv_5d is not None
    for level, (low, high) in sorted(day.intervals.items()):
        if low <= day.rv_5d <= high:
            return f"inside the {level}% interval"
    return "outside both intervals" if day.intervals else ""


def _annual(rv_5d: float | None) -> float | None:
    return None if rv_5d is None else rv_5d * ANNUAL


def _changes(day: DayView) -> figures.Table:
    rows = [
        [
            drivers.label(one.feature),
            written.value(one.before),
            written.value(one.now),
            f"{one.percent:+.1f}%",
            f"{one.effect:+.4f}",
        ]
        for one in day.changes
    ]
    return ["feature", "before", "now", "effect on volatility", "in log variance"], rows


def _drivers(day: DayView) -> tuple[list[str], list[list[str]]]:
    rows = [
        ["volatility", feature(name).strip("`"), written.effect(day.contributions.get(name))]
        for name in day.top_drivers
    ]
    rows += [
        [
            "odds of risk-off",
            feature(name).strip("`"),
            written.odds(day.regime_contributions.get(name)),
        ]
        for name in day.regime_drivers
    ]
    return ["of", "driver", "effect, alone"], rows


def _inputs(snapshot: Snapshot, day: DayView) -> None:
    every = freshness.inputs(snapshot, day.date)
    stale = [one for one in every if one.state != "fresh"]
    prices = [one for one in every if one.kind == "market" and one.state == "fresh"]
    others = [one for one in every if one.kind != "market" and one.state == "fresh"]
    rows = [_input(one) for one in stale]
    if prices:
        oldest = max(prices, key=lambda one: one.age or 0)
        rows.append([f"{len(prices)} prices and indices", *_input(oldest)[1:]])
    rows += [_input(one) for one in others]
    head = ["input", "last of", "age, sessions", ""]
    marked = frozenset(range(len(stale)))
    figures.shown("Freshness of the inputs", head, rows, text_columns=2, marked=marked)
    with st.expander(f"All {len(every)} inputs"):
        figures.shown("All inputs", head, [_input(one) for one in every], text_columns=2)


def _input(one: freshness.Input) -> list[str]:
    return [
        one.name if one.kind == "market" else f"{one.name} ({one.role.replace('_', ' ')})",
        written.short_day(one.last),
        written.count(one.age),
        one.state,
    ]


if __name__ == "__main__":
    layout.page("", "Volatility after the close of {day}", _show)
