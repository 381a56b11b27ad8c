"""Colours can be read, told apart by everyone, and are all there."""

from __future__ import annotations

import copy
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from app.faces.charts.palette import (
    THEMES,
    PaletteError,
    clusters,
    color,
    contenders,
    groups,
    themed,
)
from mlrisk.features.groups import PATTERNS

Colour = npt.NDArray[np.float64]

TEXT, SURFACES = ("text", "muted"), ("background", "grid", "middle")
# Severity 1 of Machado, Oliveira and Fernandes 2009 (IEEE TVCG 15(6)), on linear RGB.
BLINDNESS = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(code: str) -> Colour:
    parts = np.array([int(code[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    light, dark = sorted((float(TO_XYZ[1] @ linear(code)) for code in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: Colour) -> Colour:
    ratios = (TO_XYZ @ np.clip(rgb, 0, 1)) / (TO_XYZ @ np.ones(3))
    x, y, z = np.where(ratios > 0.008856, np.cbrt(ratios), 7.787 * ratios + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", THEMES)
def test_marks_and_text_stand_out_from_the_background(theme: str) -> None:
    colors = THEMES[theme]
    for name, value in colors.items():
        if name not in SURFACES:
            least = 4.5 if name in TEXT else 3
            assert contrast(value, colors["background"]) >= least, (theme, name)
    for name in TEXT:  # and on the panels of the report
        assert contrast(colors[name], colors["middle"]) >= 4.5, (theme, name)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", BLINDNESS)
@pytest.mark.parametrize(
    "side_by_side",
    [("calm", "transition", "risk_off"), ("up", "down"), ("forecast", "implied", "realized")],
)
def test_colours_side_by_side_differ_for_everyone(
    theme: str, kind: str, side_by_side: tuple[str, ...]
) -> None:
    seen = {
        name: lab(np.array(BLINDNESS[kind]) @ linear(THEMES[theme][name])) for name in side_by_side
    }
    for one, other in combinations(side_by_side, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 20, (one, other)


def test_both_themes_have_the_same_names_and_share_colours_alike() -> None:
    light, dark = THEMES["light"], THEMES["dark"]
    assert list(light) == list(dark)
    for one, other in combinations(light, 2):
        if light[one] == light[other]:
            assert dark[one] == dark[other], (one, other)


def test_a_theme_resolves_names_and_leaves_data_and_the_original_alone() -> None:
    spec = {
        "data": {"values": [{"title": color("calm")}]},
        "layer": [{"mark": {"type": "bar", "color": color("calm")}}],
    }
    before = copy.deepcopy(spec)
    for theme, colors in THEMES.items():
        made = themed(spec, theme)
        assert made["layer"][0]["mark"]["color"] == colors["calm"]
        assert made["background"] == colors["background"]
        assert made["data"] == before["data"]
    assert spec == before


def test_what_there_is_not_is_named() -> None:
    with pytest.raises(PaletteError, match="'sepia': there are light, dark"):
        themed({}, "sepia")
    with pytest.raises(PaletteError, match=r"'mauve'.*calm"):
        themed({"mark": {"color": color("mauve")}}, "light")


def test_every_kind_of_information_and_every_rival_has_its_colour() -> None:
    assert len(set(groups(PATTERNS))) == len(PATTERNS)
    assert groups(["macro"]) == [groups(PATTERNS)[list(PATTERNS).index("macro")]]
    shades = contenders(["b", "served", "a"], "served")
    assert shades == [color("rival_2"), color("forecast"), color("rival_1")]
    assert contenders(["a", "b", "served"], "served") == [shades[2], shades[0], shades[1]]


@pytest.mark.parametrize("count", range(2, 7))
def test_clusters_go_from_calm_to_wild(count: int) -> None:
    shades = clusters(count)
    assert len(set(shades)) == count
    assert shades[0] == color("calm")
    assert color("risk_off") in shades
    themed({"range": shades}, "dark")
