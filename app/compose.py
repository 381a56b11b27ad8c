"""``mlrisk compose``: conf/ into params.yaml, byte for byte as ``dvc exp run`` writes it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

import yaml
from hydra import compose, initialize_config_dir
from hydra.errors import HydraException, MissingConfigException
from omegaconf import OmegaConf
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException

from mlrisk.errors import MlriskError
from mlrisk.params import Everything, parse_params
from mlrisk.params.sections import PARAMS_FILE
from mlrisk.store import write_text

KEEP = "To keep a change, edit conf/ and run `make params`."


class ComposeError(MlriskError, ValueError):
    """A configuration that does not compose, or a params.yaml that is behind it."""


def composed(root: Path, overrides: Sequence[str] = ()) -> str:
    """The text of params.yaml for a repository's conf/ and some overrides, checked.

    Raises
    ------
    ComposeError
        Where Hydra cannot compose: an unknown option or key, a broken override, invalid YAML.
    ParamsError
        Where the result is no valid configuration.
    """
    folder = root / "conf"
    try:
        with initialize_config_dir(str(folder.absolute()), version_base=None):
            config = compose(config_name="config", overrides=list(overrides))
        OmegaConf.resolve(config)
    except MissingConfigException as error:
        raise ComposeError(_missing(error)) from None
    except (HydraException, OmegaConfBaseException, yaml.YAMLError) as error:
        raise ComposeError(f"conf/{_said(overrides)}: {_cause(error)}") from None
    text: str = OmegaConf.to_yaml(config)
    parse_params(Everything, yaml.safe_load(text), f"conf/{_said(overrides)}")
    return text


def write(root: Path, overrides: Sequence[str] = ()) -> bool:
    """Compose params.yaml; true where that changed it."""
    text, target = composed(root, overrides), root / PARAMS_FILE
    if target.is_file() and target.read_bytes() == text.encode():
        return False
    write_text(target, text)
    return True


def check(root: Path) -> None:
    """Hold params.yaml against conf/.

    Raises
    ------
    ComposeError
        Where they differ; shows how.
    """
    target, wanted = root / PARAMS_FILE, composed(root)
    found = target.read_bytes().decode() if target.is_file() else ""
    if found != wanted:
        lines = difflib.unified_diff(
            found.splitlines(), wanted.splitlines(), PARAMS_FILE, "conf/ composed", lineterm=""
        )
        difference = "\n".join(lines) or "(they differ in line ends only)"
        raise ComposeError(f"{PARAMS_FILE} is not what conf/ composes to.\n{difference}\n{KEEP}")


def _said(overrides: Sequence[str]) -> str:
    return f" with {' '.join(overrides)}" if overrides else ""


def _missing(error: MissingConfigException) -> str:
    if not error.missing_cfg_file:
        return " ".join(str(error).split())
    options = ", ".join(error.options or []) or "none"
    return (
        f"conf/{error.missing_cfg_file}.yaml: there is no such file. "
        f"Options in that group: {options}."
    )


def _cause(error: BaseException) -> str:
    """What is wrong, on one line; for an unknown key, the keys there are."""
    causes = [error]
    while causes[-1].__cause__ is not None:
        causes.append(causes[-1].__cause__)
    for cause in causes:
        if (
            isinstance(cause, ConfigKeyError | ConfigAttributeError)
            and cause.parent_node is not None
        ):
            there = ", ".join(str(key) for key in cause.parent_node if key != "hydra")
            return f"there is no setting {cause.full_key!r} beside {there}"
    return " ".join(" ".join(map(str, causes)).split())
