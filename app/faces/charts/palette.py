"""Colours of the charts, and the look of both themes.

A specification names a colour (``"color:risk_off"``); ``themed`` puts in the one of the theme.
Marks have a contrast of at least 3:1 against the background, text of 4.5:1 (WCAG 2.2, 1.4.11 and
1.4.3). Calm to risk-off goes from blue over amber to red, as do effects that lower and raise: these
are told apart with any of the three kinds of colour blindness.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlrisk.contracts import REGIMES
from mlrisk.errors import MlriskError
from mlrisk.features.groups import PATTERNS

Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first is one that vl-convert brings along: text is measured alike everywhere."""

_TOKEN = "color:"
_GROUPS = tuple(PATTERNS)

THEMES: Mapping[str, Mapping[str, str]] = {
    "light": {
        "background": "#ffffff",
        "text": "#1b2430",
        "muted": "#59636e",
        "grid": "#e4e8ec",
        "forecast": "#0b63b0",
        "realized": "#1b2430",
        "implied": "#b8470b",
        "rv20": "#6b7683",
        "calm": "#2b86c5",
        "transition": "#ad7500",
        "risk_off": "#b3093f",
        "up": "#b3093f",
        "down": "#2b86c5",
        "total": "#59636e",
        "group_1": "#0b63b0",
        "group_2": "#c05a00",
        "group_3": "#7b3fa0",
        "group_4": "#14806a",
        "group_5": "#a3195b",
        "group_6": "#6b6b1e",
        "rival_1": "#c05a00",
        "rival_2": "#7b3fa0",
        "rival_3": "#14806a",
        "rival_4": "#a3195b",
        "rival_5": "#6b6b1e",
        "rival_6": "#6b7683",
        "middle": "#f3f5f7",
    },
    "dark": {
        "background": "#0e1117",
        "text": "#eef1f5",
        "muted": "#a9b4c0",
        "grid": "#2a313b",
        "forecast": "#62b0f4",
        "realized": "#eef1f5",
        "implied": "#f59a5a",
        "rv20": "#94a0ad",
        "calm": "#4f9fdc",
        "transition": "#e8b53d",
        "risk_off": "#ff5c86",
        "up": "#ff5c86",
        "down": "#4f9fdc",
        "total": "#a9b4c0",
        "group_1": "#62b0f4",
        "group_2": "#f0954a",
        "group_3": "#c79bea",
        "group_4": "#45c4a4",
        "group_5": "#f48fb8",
        "group_6": "#cdc65a",
        "rival_1": "#f0954a",
        "rival_2": "#c79bea",
        "rival_3": "#45c4a4",
        "rival_4": "#f48fb8",
        "rival_5": "#cdc65a",
        "rival_6": "#94a0ad",
        "middle": "#1d232c",
    },
}


class PaletteError(MlriskError, ValueError):
    """A theme or a colour that there is not; says which ones there are."""


def color(name: str) -> str:
    """A colour by name, for a specification; ``themed`` resolves it."""
    return f"{_TOKEN}{name}"


def clusters(count: int) -> list[str]:
    """Colours of clusters in the order of their volatility, calmest first."""
    names = {
        2: ("calm", "risk_off"),
        3: ("calm", "transition", "risk_off"),
        4: ("calm", "group_4", "transition", "risk_off"),
    }
    return [color(name) for name in names.get(count, ("calm", "group_4", *_LATER))][:count]


_LATER = ("transition", "risk_off", "group_3", "group_6")


def regimes() -> list[str]:
    """Colours of calm, transition and risk-off."""
    return [color(name) for name in REGIMES]


def groups(names: Iterable[str]) -> list[str]:
    """Colours of kinds of information: each has its own in every chart."""
    return [color(f"group_{1 + _GROUPS.index(name)}") for name in names]


def contenders(names: Iterable[str], served: str) -> list[str]:
    """The served model in the forecast's colour, its rivals in others, by name."""
    rivals = sorted(set(names) - {served})
    shades = {name: color(f"rival_{1 + place % 6}") for place, name in enumerate(rivals)}
    return [shades.get(name, color("forecast")) for name in names]


def themed(spec: Spec, theme: str) -> Spec:
    """A specification with the colours and the look of a theme.

    Parameters
    ----------
    spec : dict
        As the charts give it; it is not changed.
    theme : {"light", "dark"}

    Raises
    ------
    PaletteError
        Where there is no such theme, or the specification names a colour that it lacks.
    """
    if theme not in THEMES:
        raise PaletteError(f"theme {theme!r}: there are {', '.join(THEMES)}")
    colors = THEMES[theme]
    return {
        "$schema": SCHEMA,
        **_resolved(spec, colors),
        "background": colors["background"],
        "config": _config(colors),
    }


def _resolved(part: Any, colors: Mapping[str, str]) -> Any:
    match part:
        case dict():  # data are numbers and names: nothing in them is a colour
            return {
                name: one if name == "data" else _resolved(one, colors)
                for name, one in part.items()
            }
        case list():
            return [_resolved(one, colors) for one in part]
        case str() if part.startswith(_TOKEN):
            name = part.removeprefix(_TOKEN)
            if name not in colors:
                raise PaletteError(f"colour {name!r}: there are {', '.join(colors)}")
            return colors[name]
    return part


def _config(colors: Mapping[str, str]) -> Spec:
    text, muted, grid = colors["text"], colors["muted"], colors["grid"]
    return {
        "font": FONT,
        "padding": 4,
        "view": {"stroke": None},
        "axis": {
            "labelColor": muted,
            "labelFontSize": 11,
            "titleColor": muted,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
            "gridColor": grid,
            "domainColor": grid,
            "tickColor": grid,
            "labelLimit": 200,
        },
        "legend": {
            "orient": "top",
            "title": None,
            "labelColor": text,
            "labelFontSize": 11,
            "labelLimit": 200,
            "symbolSize": 90,
            "symbolStrokeWidth": 2,
            "columnPadding": 12,
            "offset": 4,
        },
        "text": {"color": text, "fontSize": 11},
        "title": {"color": text},
    }
