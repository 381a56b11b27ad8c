"""How the contenders stand, as tables of text."""

from __future__ import annotations

from dataclasses import dataclass

from app import figures
from app.faces.snapshot import Snapshot

_SHOWN = ("qlike", "qlike_vs_rv20", "qlike_vs_reference", "rmse", "bias", "mz_slope")


@dataclass(frozen=True)
class Standing:
    """A table, best first.

    Parameters
    ----------
    head : tuple of str
    rows : tuple of tuple of str
    served : int, optional
        Row of the model that is served.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    served: int | None


def standing(snapshot: Snapshot) -> Standing:
    """Every contender's losses and calibration, by QLIKE; then the oracle where truth is known."""
    found = snapshot.metrics["forecast"]
    reference = found.get("reference") or ""
    names = [name for name in _SHOWN if reference or not name.endswith("_vs_reference")]
    judged = ((found.get("superiority") or {}).get("confidence_set") or {}).get("all") or {}
    ranked = sorted(found["contenders"].items(), key=lambda item: float(item[1]["qlike"]))
    rows = [(name, _member(judged, name), *figures.cells(values, names)) for name, values in ranked]
    order = [name for name, _ in ranked]
    served = order.index(snapshot.version.model) if snapshot.version.model in order else None
    if found.get("oracle"):
        rows.append(("oracle (the simulated truth)", "", *figures.cells(found["oracle"], names)))
    head = ("contender", "90% set", *figures.headings(names, reference))
    return Standing(head, tuple(rows), served)


def _member(judged: dict[str, dict[str, bool]], name: str) -> str:
    if name not in judged:
        return figures.NONE
    return "yes" if judged[name]["included"] else ""
