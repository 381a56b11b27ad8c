from __future__ import annotations

from pathlib import Path

import pytest
from dvc.utils.hydra import compose_and_dump

from app import compose
from mlrisk.params.sections import ParamsError

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "overrides",
    [[], ["model=xgboost", "features=price_only"], ["source=sp500"], ["labels.min_history=600"]],
    ids=" ".join,
)
def test_gives_the_bytes_that_dvc_writes(tmp_path: Path, overrides: list[str]) -> None:
    target = tmp_path / "params.yaml"
    compose_and_dump(str(target), str(PROJECT / "conf"), None, "config", str(PROJECT), overrides)
    assert compose.composed(PROJECT, overrides).encode() == target.read_bytes()


def test_the_committed_params_are_what_conf_composes_to() -> None:
    compose.check(PROJECT)


def test_writes_only_what_changed(toy: Path) -> None:
    target = toy / "params.yaml"
    before = target.stat().st_mtime_ns
    assert not compose.write(toy)
    assert target.stat().st_mtime_ns == before
    assert compose.write(toy, ["model=xgboost"])
    assert "name: xgboost" in target.read_text()


def test_check_shows_what_differs_and_how_to_keep_it(toy: Path) -> None:
    leaf = toy / "conf" / "labels" / "default.yaml"
    leaf.write_text(leaf.read_text().replace("min_history: 500", "min_history: 501"))
    with pytest.raises(compose.ComposeError) as error:
        compose.check(toy)
    message = str(error.value)
    assert "-  min_history: 500" in message
    assert "+  min_history: 501" in message
    assert "edit conf/ and run `make params`" in message


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (
            "model=arima",
            "conf/model/arima.yaml: there is no such file. Options in that group: champion,",
        ),
        ("labels.calm=0.4", "there is no setting 'labels.calm' beside target, classes, calm_below"),
        ("modle=har", "there is no setting 'modle' beside roles, features, index, source"),
        ("labels.calm_below=${nowhere}", "Interpolation key 'nowhere' not found"),
        ("a b", "conf/ with a b:"),
    ],
)
def test_says_what_does_not_compose(override: str, said: str) -> None:
    with pytest.raises(compose.ComposeError) as error:
        compose.composed(PROJECT, [override])
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("backtest.purge=2", "backtest.purge = 2: Input should be greater than or equal to 5"),
        ("source=files", "source.digest is not set"),
    ],
)
def test_says_what_is_no_valid_setting(override: str, said: str) -> None:
    with pytest.raises(ParamsError) as error:
        compose.composed(PROJECT, [override])
    assert said in str(error.value)


def test_broken_yaml_is_named(toy: Path) -> None:
    (toy / "conf" / "labels" / "default.yaml").write_text("calm_below: [0.5\n")
    with pytest.raises(compose.ComposeError, match=r"labels/default\.yaml"):
        compose.composed(toy)
