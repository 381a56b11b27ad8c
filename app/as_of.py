"""The one clock of the configuration: ``as_of`` of the source that conf/ chooses."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import yaml

from app.repository import read_text
from mlrisk.errors import MlriskError

CONFIG = Path("conf/config.yaml")
_LINE = re.compile(r"^(?P<before>[ ]*as_of:[ ]*['\"]?)(?P<day>\d{4}-\d\d-\d\d)", re.MULTILINE)


class AsOfError(MlriskError, ValueError):
    """A configuration in which the day cannot be found or set."""


def source_file(root: Path) -> str:
    """The file of the source that the defaults of conf/config.yaml choose.

    Raises
    ------
    AsOfError
        Where the defaults name none.
    """
    text = (root / CONFIG).read_text(encoding="utf-8")
    try:
        defaults = yaml.safe_load(text)["defaults"]
        name = next(
            item["source"] for item in defaults if isinstance(item, dict) and "source" in item
        )
    except (yaml.YAMLError, KeyError, TypeError, StopIteration):
        raise AsOfError(
            f"{CONFIG}: no `- source: NAME` among its defaults. The daily run writes the day into "
            "the file of that source."
        ) from None
    return f"conf/source/{name}.yaml"


def served(root: Path) -> pd.Timestamp:
    """The day that the last commit has.

    Raises
    ------
    AsOfError
        Where it cannot be found.
    """
    name = source_file(root)
    text = read_text(name, root, "HEAD")
    if text is None:
        raise AsOfError(f"{name}: not in the last commit, and {CONFIG} chooses it as the source.")
    return read(text, name)


def read(text: str, origin: str) -> pd.Timestamp:
    """The day that the text of a source's file has.

    Raises
    ------
    AsOfError
        Where there is no line ``as_of: 'YYYY-MM-DD'``, or more than one.
    """
    found = _LINE.findall(text)
    if len(found) != 1:
        raise AsOfError(
            f"{origin}: {len(found)} lines `as_of: 'YYYY-MM-DD'`; expected one, which the daily "
            "run moves."
        )
    return pd.Timestamp(found[0][1]).as_unit("us")


def replaced(text: str, day: pd.Timestamp, origin: str) -> str:
    """The text with that day, every other character as it was."""
    read(text, origin)
    return _LINE.sub(rf"\g<before>{day:%Y-%m-%d}", text)
