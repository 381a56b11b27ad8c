"""DVC's plots of two revisions as pictures, without a browser and without a network."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import vl_convert

from app.repository import RepositoryError, dvc
from mlrisk.store import replacing

_SCALE = 1.5
STYLE: dict[str, Any] = {
    "background": "white",
    "font": "sans-serif",
    "padding": 12,
    "title": {"fontSize": 15, "anchor": "start", "offset": 10},
    "axis": {"labelFontSize": 11, "titleFontSize": 12, "gridColor": "#e6e6e6", "labelLimit": 220},
    "legend": {"labelFontSize": 11, "titleFontSize": 11, "symbolSize": 90, "labelLimit": 260},
    "view": {"stroke": "#cccccc"},
}


def render(root: Path, base: str, label: str, folder: Path) -> dict[str, Path]:
    """Draw each plot of dvc.yaml, the workspace beside ``base``.

    Parameters
    ----------
    root : Path
        The repository.
    base : str
        Commit to compare with.
    label : str
        What the legend calls it.
    folder : Path
        Where the PNG files go.

    Returns
    -------
    dict
        Path of the picture by the plot's name, in the order of dvc.yaml.

    Raises
    ------
    RepositoryError
        Where a plot cannot be made from its template and data.
    """
    pictures = {}
    for name, spec in specifications(root, base, label).items():
        target = folder / f"{re.sub(r'[^A-Za-z0-9_]+', '-', name).strip('-')}.png"
        try:
            png = vl_convert.vegalite_to_png(styled(spec), scale=_SCALE)
        except ValueError as error:
            raise RepositoryError(
                f"plot {name!r} of dvc.yaml: its Vega-Lite specification cannot be drawn: {error}. "
                "Look at its template in .dvc/plots."
            ) from None
        with replacing(target) as draft:
            draft.write_bytes(png)
        pictures[name] = target
    return pictures


def specifications(root: Path, base: str, label: str) -> dict[str, dict[str, Any]]:
    """The Vega-Lite specification of each plot, with the data of both revisions in it."""
    text = dvc("plots", "diff", base, "--json", root=root)
    found = json.loads(text.replace(base, json.dumps(label)[1:-1]))
    # A plot that one revision does not have is drawn from the other one alone.
    failed = [error for error in found.get("errors", []) if error.get("rev") == "workspace"]
    if failed:
        raise RepositoryError(
            f"plots of dvc.yaml cannot be read: {json.dumps(failed)}. Run `dvc repro`."
        )
    return {
        name: entry["content"]
        for name, entries in found["data"].items()
        for entry in entries
        if entry["type"] == "vega" and entry.get("content")
    }


def styled(spec: dict[str, Any]) -> dict[str, Any]:
    """The specification with the look of the report."""
    return {**spec, "config": {**STYLE, **spec.get("config", {})}}
