"""``mlrisk report``: what a change does, in one Markdown page with pictures.

Settings, figures and data are read as files of both revisions out of git, forecasts out of DVC;
nothing is run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from app import against, figures, findings, plots, regime_findings
from app.repository import changed_files, git, read_metrics, read_text, resolve
from mlrisk.params.sections import PARAMS_FILE
from mlrisk.store import write_text

Flat = dict[str, Any]
_SIZE = ("rows", "columns", "first", "last")
_SHORT = 10
_HEADLINES = {
    "forecast": ("model", "gate", "contenders"),
    "regimes": ("model", "gate", "discovery"),
}
"""Parts of metrics files whose changes stand open; all else is folded."""


def write(root: Path, base: str, folder: Path) -> Path:
    """Write ``report.md`` and its pictures.

    Parameters
    ----------
    root : Path
        The repository; its workspace is what is reported on.
    base : str
        Branch, tag, commit or experiment to compare with.
    folder : Path
        Where the page and ``plots/`` go.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    RepositoryError
        Where ``base`` names nothing, or a file of either revision cannot be read.
    """
    commit = resolve(base, root)
    label = commit[:_SHORT] if commit.startswith(base) else base
    pictures = plots.render(root, commit, label, folder / "plots")
    old, new = read_metrics(root, commit), read_metrics(root)
    sections = {
        "Settings": _settings(root, commit),
        "Forecasts": against.text(against.compare(root, commit), label),
        "Tests": findings.together(new.get("forecast", {})) or "There are none.",
        "Regimes": regime_findings.together(new.get("regimes", {})) or "There are none.",
        "Figures": _figures(old, new),
        "Data": _data(old, new),
        "Outputs": _outputs(root, commit),
        "Plots": "\n\n".join(
            f"![{name}]({picture.relative_to(folder).as_posix()})"
            for name, picture in pictures.items()
        ),
    }
    lines = [f"# {_state(root)} against {base} ({commit[:_SHORT]})"]
    lines += [
        f"Gate of {what}: {figures.gate_verdict(new[name])}."
        for what, name in (("volatility", "forecast"), ("regimes", "regimes"))
        if name in new
    ]
    lines += [f"## {title}\n\n{text or 'No change.'}" for title, text in sections.items()]
    page = folder / "report.md"
    write_text(page, "\n\n".join(lines) + "\n")
    return page


def flatten(tree: Any, place: str = "") -> Flat:
    """The leaves of nested mappings by dotted name; a list is a leaf.

    >>> flatten({"a": {"b": 1, "c": [2]}})
    {'a.b': 1, 'a.c': [2]}
    """
    if not isinstance(tree, Mapping):
        return {place: tree}
    leaves: Flat = {}
    for key, item in tree.items():
        leaves |= flatten(item, f"{place}.{key}" if place else str(key))
    return leaves


def changes(old: Flat, new: Flat) -> Iterable[tuple[str, Any, Any]]:
    """Name, old and new value of every leaf that differs; ``None`` where there is none."""
    for name in [*new, *(name for name in old if name not in new)]:
        if old.get(name) != new.get(name) or (name in old) != (name in new):
            yield name, old.get(name), new.get(name)


def _state(root: Path) -> str:
    head = git("rev-parse", "HEAD", root=root)[:_SHORT]
    return f"{head} with uncommitted changes" if changed_files(root) else head


def _settings(root: Path, commit: str) -> str:
    old, new = (
        flatten(yaml.safe_load(read_text(PARAMS_FILE, root, revision) or "{}"))
        for revision in (commit, None)
    )
    rows = []
    for name, before, after in changes(old, new):
        if isinstance(before, list) and isinstance(after, list):
            gone = [f"−{item}" for item in before if item not in after]
            come = [f"+{item}" for item in after if item not in before]
            rows.append([name, f"{len(before)} items", ", ".join(gone + come) or "other order"])
        else:
            rows.append([name, _text(before), _text(after)])
    return figures.markdown(["setting", "base", "now"], rows, text_columns=3) if rows else ""


def _figures(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Changed metrics: the headline ones open, the rest folded."""
    parts = []
    for name in sorted(set(old) | set(new)):
        before, after = (flatten(_without_sizes(tree.get(name, {}))) for tree in (old, new))
        changed = [change for change in changes(before, after) if change[0]]
        opened = [change for change in changed if _is_headline(name, change[0])]
        folded = [change for change in changed if change not in opened]
        title = f"metrics/{name}.json"
        if opened:
            parts.append(f"### {title} ({len(opened)} changed)\n\n{_table(opened)}")
        if folded:
            more = f"{title} ({len(folded)} {'more ' if opened else ''}changed)"
            parts.append(f"<details><summary>{more}</summary>\n\n{_table(folded)}\n\n</details>")
    return "\n\n".join(parts)


def _is_headline(name: str, leaf: str) -> bool:
    return leaf.partition(".")[0] in _HEADLINES.get(name, ())


def _table(changed: Iterable[tuple[str, Any, Any]]) -> str:
    rows = [[leaf, _text(was), _text(now), *_change(was, now)] for leaf, was, now in changed]
    return figures.markdown(["figure", "base", "now", "change", "%"], rows)


def _data(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Rows, columns and dates of every dataset whose size changed."""
    before, after = _sizes(old), _sizes(new)
    rows = []
    for name in sorted(set(before) | set(after)):
        was, now = before.get(name, {}), after.get(name, {})
        if was != now:
            rows.append([name, *(_arrow(was.get(key), now.get(key)) for key in _SIZE)])
    return figures.markdown(["dataset", *_SIZE], rows) if rows else ""


def _outputs(root: Path, commit: str) -> str:
    """Outputs of dvc.lock whose content changed."""
    old, new = (_hashes(read_text("dvc.lock", root, revision)) for revision in (commit, None))
    rows = [
        [f"`{path}`", stage, _hash(old.get((path, stage))), _hash(new.get((path, stage)))]
        for path, stage in sorted(old | new)
        if old.get((path, stage)) != new.get((path, stage))
    ]
    return (
        figures.markdown(["output", "stage", "base", "now"], rows, text_columns=4) if rows else ""
    )


def _hashes(lock: str | None) -> dict[tuple[str, str], str]:
    stages = (yaml.safe_load(lock or "") or {}).get("stages", {})
    return {
        (out["path"], stage): out["md5"]
        for stage, entry in stages.items()
        for out in entry.get("outs", [])
    }


def _hash(value: str | None) -> str:
    return f"`{value[:_SHORT]}`" if value else figures.NONE


def _is_size(tree: Any) -> bool:
    return isinstance(tree, Mapping) and set(_SIZE) <= set(tree)


def _sizes(metrics: dict[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {
        name: size for values in metrics.values() for name, size in values.items() if _is_size(size)
    }


def _without_sizes(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not _is_size(value)}


def _arrow(was: Any, now: Any) -> str:
    return _text(now) if was == now else f"{_text(was)} → {_text(now)}"


def _text(value: Any) -> str:
    match value:
        case None:
            return figures.NONE
        case float():
            return f"{value:.6g}"
        case list():
            return f"{len(value)} items" if len(value) > 1 else ", ".join(map(str, value))
    return str(value)


def _change(was: Any, now: Any) -> list[str]:
    numbers = [
        isinstance(value, int | float) and not isinstance(value, bool) for value in (was, now)
    ]
    if not all(numbers):
        return ["", ""]
    return [f"{now - was:+.4g}", f"{(now - was) / abs(was):+.1%}" if was else ""]
