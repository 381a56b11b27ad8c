"""``mlrisk sweep``: every combination of some settings as a DVC experiment, one after the other.

Experiments run in a temporary copy of the workspace (``dvc exp run --temp``), so the workspace
stays as it is. They run in sequence: a stage that can use two cores already does.
"""

from __future__ import annotations

import itertools
import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import OverrideParseException

from app import compose, figures
from app.repository import complaint, dvc, execute, experiment_ref, read_text
from mlrisk.errors import MlriskError
from mlrisk.params.sections import ParamsError

Overrides = tuple[str, ...]


class SweepError(MlriskError, ValueError):
    """Settings that make no sweep."""


@dataclass(frozen=True)
class Result:
    """One experiment: its settings and the named model's figures, or why there are none."""

    name: str
    overrides: Overrides
    model: dict[str, Any] = field(default_factory=dict)
    gate: bool | None = None
    error: str | None = None

    def record(self) -> dict[str, Any]:
        """The result as JSON."""
        return {
            "name": self.name,
            "overrides": list(self.overrides),
            **({"error": self.error} if self.error else {"model": self.model, "gate": self.gate}),
        }


def combinations(settings: Sequence[str]) -> list[Overrides]:
    """The cartesian product of settings in Hydra's grammar.

    >>> combinations(["model=lightgbm,xgboost", "backtest.purge=5"])
    [('model=lightgbm', 'backtest.purge=5'), ('model=xgboost', 'backtest.purge=5')]

    Raises
    ------
    SweepError
        Where a setting is no ``key=value,value``.
    """
    try:
        parsed = OverridesParser.create().parse_overrides(list(settings))
    except OverrideParseException as error:
        raise SweepError(
            f"-S {error.override}: not of the form key=value,value "
            f"({' '.join(str(error.__cause__ or error).split())})"
        ) from None
    choices = []
    for override in parsed:
        key = override.get_key_element()
        if override.is_sweep_override():
            choices.append([f"{key}={value}" for value in override.sweep_string_iterator()])
        else:
            choices.append([override.input_line or ""])
    return list(itertools.product(*choices))


def name(overrides: Overrides) -> str:
    """A name to apply the experiment by: its settings and four digits that no other run has."""
    words = []
    for override in overrides:
        key, _, value = override.partition("=")
        *group, leaf = key.split(".")
        words.append(f"{leaf}-{value}" if group else value)
    slug = re.sub(r"[^A-Za-z0-9_]+", "-", "-".join(words)).strip("-")[:60]
    return f"{slug}-{secrets.token_hex(2)}"


def experiment(root: Path, overrides: Overrides) -> Result:
    """Run one combination; a failure is a result, too."""
    label = name(overrides)
    try:
        compose.composed(root, overrides)
    except (compose.ComposeError, ParamsError) as error:
        return Result(label, overrides, error=str(error))
    flags = itertools.chain.from_iterable(("-S", override) for override in overrides)
    done = execute(["dvc", "exp", "run", "--temp", "-n", label, *flags], root)
    reference = experiment_ref(label, root)
    if done.returncode != 0 or reference is None:
        return Result(label, overrides, error=complaint(done))
    text = read_text("metrics/forecast.json", root, reference)
    if text is None:
        return Result(label, overrides, error="the experiment has no metrics/forecast.json")
    forecast = json.loads(text)
    return Result(label, overrides, forecast["model"], forecast.get("gate", {}).get("passed"))


def remove(root: Path, results: Iterable[Result]) -> None:
    """Forget the experiments of a sweep."""
    names = [result.name for result in results if experiment_ref(result.name, root)]
    if names:
        dvc("exp", "remove", *names, root=root)


def ranked(results: Iterable[Result], by: str) -> list[Result]:
    """Best first: the least loss, the most for ``reducible_share``; failed ones last."""
    sign = -1 if by == "reducible_share" else 1

    def order(result: Result) -> tuple[bool, float]:
        value = result.model.get(by)
        return (value is None, sign * (value or 0.0))

    return sorted(results, key=order)


def head() -> list[str]:
    """Headings of the ranked table."""
    return ["experiment", "settings", "gate", *figures.headings(figures.RANKED)]


def row(result: Result) -> list[str]:
    """A result in the ranked table."""
    verdict = {True: "passed", False: "failed", None: figures.NONE}[result.gate]
    return [
        result.name,
        "\n".join(result.overrides),
        "did not run" if result.error else verdict,
        *figures.cells(result.model, figures.RANKED),
    ]
