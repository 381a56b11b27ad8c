"""Settings that are missing, unknown, of the wrong type or out of bounds are told by their path."""

from __future__ import annotations

import contextlib
import copy
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app import compose
from mlrisk import params
from mlrisk.params import Everything, Params
from mlrisk.params.sections import Day, Files, Labels, ParamsError, Roles

PROJECT = Path(__file__).parents[3]
DIGEST = "sha256-" + "0f" * 32
TREE = yaml.safe_load(
    compose.composed(PROJECT, ["source=files", f"source.digest={DIGEST}", "as_of='2020-01-31'"])
)
ROLES = Roles.model_validate(TREE["roles"])


class Two(Params):
    as_of: Day
    labels: Labels


def changed(place: str, value: Any) -> dict[str, Any]:
    """The composed tree with one setting replaced, or removed where the value is ``...``."""
    tree: dict[str, Any] = copy.deepcopy(TREE)
    node: Any = tree
    *parents, last = [int(part) if part.isdecimal() else part for part in place.split(".")]
    for part in parents:
        node = node[part]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return tree


def test_a_stage_gets_the_sections_it_declares(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(TREE), encoding="utf-8")
    loaded = params.load_params(Two, path)
    assert loaded.as_of == date(2020, 1, 31)
    assert loaded.labels.min_history == 500
    assert not hasattr(loaded, "roles")


def test_the_kind_of_source_decides_its_fields() -> None:
    source = params.parse_params(Everything, TREE).source
    assert isinstance(source, Files)
    assert (source.digest, source.aliases) == (DIGEST, {"WTI": "CL_F"})


def test_settings_do_not_change_later() -> None:
    loaded = params.parse_params(Two, TREE)
    with pytest.raises(ValueError, match="frozen"):
        loaded.labels.calm_below = 0.1


def test_a_day_may_be_quoted_or_not() -> None:
    assert params.parse_params(Two, changed("as_of", date(2020, 1, 31))) == params.parse_params(
        Two, TREE
    )


WRONG = [
    ("labels.calm_below", 1.5, "labels.calm_below = 1.5: Input should be less than 1"),
    ("labels.calm_below", "0.5", "labels.calm_below = '0.5': Input should be a valid number"),
    ("labels.calm_below", 0.9, "labels: calm_below 0.9 must be less than risk_off_above 0.85"),
    ("labels.min_history", 500.0, "labels.min_history = 500.0: Input should be a valid integer"),
    ("labels.min_history", True, "labels.min_history = True: Input should be a valid integer"),
    ("labels.min_history", 0, "labels.min_history = 0: Input should be greater than or equal to 1"),
    ("labels.min_history", None, "labels.min_history = None: Input should be a valid integer"),
    ("labels.min_history", ..., "labels.min_history is missing"),
    (
        "labels.calm",
        0.5,
        "labels: unknown key 'calm'; there are target, classes, calm_below, risk_off",
    ),
    ("labels", ..., "labels is missing"),
    ("labels", None, "labels = None: Input should be a valid dictionary"),
    ("as_of", "2020-02-30", "as_of = '2020-02-30': must be a date such as 2020-01-31"),
    ("as_of", 20200131, "as_of = 20200131: Input should be a valid date"),
    ("as_of", ..., "as_of is missing"),
    ("roles.vix", ..., "roles.vix is missing"),
    ("roles.benchmark", None, "roles.benchmark = None: Input should be a valid string"),
    ("roles.sectors", "XLB", "roles.sectors = 'XLB': Input should be a valid list"),
    ("roles.sectors.1", 3, "roles.sectors.1 = 3: Input should be a valid string"),
    ("source.name", "life", "source: Input tag 'life' found using 'name' does not match any"),
    ("source.digest", "12e4", "source.digest = '12e4': String should match pattern '^sha256-"),
    ("source.seed", 7, "source: unknown key 'seed'; there are name, input, start"),
    ("source.macro_start", ..., "source.macro_start is missing"),
    ("source.aliases.WTI", 5, "source.aliases.WTI = 5: Input should be a valid string"),
    ("backtest.purge", 4, "backtest.purge = 4: Input should be greater than or equal to 5"),
    ("backtest.backend", "ray", "backtest.backend = 'ray': Input should be 'local' or 'dask'"),
    ("forecast.garch", {}, "forecast: unknown key 'garch'; there are rv20, ewma"),
    (
        "forecast.lightgbm.max_bin",
        999,
        "forecast.lightgbm.max_bin = 999: Input should be less than",
    ),
    (
        "forecast.lightgbm.reg_lambda",
        float("inf"),
        "forecast.lightgbm.reg_lambda = inf: Input should",
    ),
    (
        "forecast.lightgbm.columns",
        [],
        "forecast.lightgbm.columns = []: List should have at least 1",
    ),
    (
        "forecast.har.log_columns.0",
        None,
        "forecast.har.log_columns.0 = None: Input should be a val",
    ),
    (
        "model.name",
        "garch",
        "model.name = 'garch': Input should be 'har', 'vix_only', 'har_vix', 'range_vix'",
    ),
    ("evaluate.contenders", ["har"], "evaluate: rv20 is the baseline of every figure"),
    (
        "evaluate.contenders",
        ["rv20", "x"],
        "evaluate: unknown contenders ['x']; there are rv20, ewm",
    ),
    ("evaluate.rivals", ["har", "y"], "evaluate: unknown contenders ['y']; there are rv20, ewm"),
    ("evaluate.reference", "vix", "evaluate: unknown contenders ['vix']; there are rv20, ewm"),
    (
        "evaluate.spans.2011-2015.last",
        "2010-12-31",
        "evaluate.spans.2011-2015: first 2011-01-01 must not lie after last 2010-12-31",
    ),
    ("evaluate.resampling.reps", 10, "evaluate.resampling.reps = 10: Input should be greater"),
]


@pytest.mark.parametrize(("place", "value", "message"), WRONG)
def test_a_wrong_setting_is_told_with_file_path_value_and_what_is_allowed(
    place: str, value: Any, message: str
) -> None:
    with pytest.raises(ParamsError) as caught:
        params.parse_params(Everything, changed(place, value), "here/params.yaml")
    text = str(caught.value)
    assert text.startswith(f"here/params.yaml: {message}")
    assert text.endswith("Settings live in conf/ and reach params.yaml by `make params`.")


def test_every_wrong_setting_is_told() -> None:
    tree = changed("labels.calm_below", 2.0)
    tree["backtest"]["purge"] = 0
    with pytest.raises(ParamsError, match=r"labels\.calm_below = 2\.0: .*; backtest\.purge = 0: "):
        params.parse_params(Everything, tree)


def test_a_wrong_setting_of_another_stage_does_not_matter() -> None:
    params.parse_params(Two, changed("backtest.purge", 0))


def test_an_unknown_section_is_told() -> None:
    message = (
        "params.yaml: unknown section 'labls'; there are as_of, source, roles, features, labels"
    )
    with pytest.raises(ParamsError, match=re.escape(message)):
        params.parse_params(Two, {**TREE, "labls": {}})


@pytest.mark.parametrize("place", ["as_of", "source.digest", "roles.sectors.2"])
def test_a_setting_left_open_is_told_with_the_way_to_set_it(place: str) -> None:
    section = place.partition(".")[0]
    message = f"params.yaml: {place} is not set (???). Set it in conf/{section} or with "
    with pytest.raises(ParamsError, match=re.escape(f"{message}-S {place}=...")):
        params.parse_params(Everything, changed(place, "???"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("labels: [", "params.yaml: not valid YAML"),
        ("- labels", "params.yaml: expected sections, found list"),
        ("", "params.yaml: expected sections, found NoneType"),
    ],
)
def test_a_file_that_holds_no_sections_is_told(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ParamsError, match=message):
        params.load_params(Two, path)


def test_a_missing_file_is_told_with_the_way_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"params\.yaml: not found\. Run `make params`"):
        params.load_params(Two, tmp_path / "params.yaml")


def leaves(node: Any, place: str = "") -> list[str]:
    items = node.items() if isinstance(node, dict) else enumerate(node)
    nested = [
        leaves(item, f"{place}.{key}") if isinstance(item, dict | list) else [f"{place}.{key}"[1:]]
        for key, item in items
    ]
    return [leaf for part in nested for leaf in part]


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@given(st.sampled_from([*TREE, *leaves(TREE)]), JUNK)
def test_whatever_stands_there_it_is_read_or_told(place: str, value: Any) -> None:
    with contextlib.suppress(ParamsError):
        read = params.parse_params(Everything, changed(place, value))
        assert set(type(read).model_fields) == set(TREE)


def test_columns_are_named_after_the_symbols_of_the_roles() -> None:
    columns = ["{benchmark}_vol_5d", "corr_{benchmark}_{bonds}_20d", "vix_term"]
    assert ROLES.columns(columns) == ["spy_vol_5d", "corr_spy_tlt_20d", "vix_term"]


def test_a_column_of_a_role_without_symbol_keeps_the_roles_name() -> None:
    roles = ROLES.model_copy(update={"bonds": None})
    assert roles.columns(["corr_{benchmark}_{bonds}_20d"]) == ["corr_spy_bonds_20d"]


@pytest.mark.parametrize(
    "template", ["{bench}_vol_5d", "{sectors}_vol", "{}_vol", "{benchmark_vol"]
)
def test_a_column_of_no_role_is_told_with_the_roles(template: str) -> None:
    message = f"column {template!r} names "
    with pytest.raises(ParamsError, match=re.escape(message)) as caught:
        ROLES.columns([template])
    assert "benchmark, vix, vix3m" in str(caught.value)


def test_price_rules_go_by_role_and_the_benchmark_is_an_equity() -> None:
    kinds = ROLES.kinds()
    assert (kinds["SPY"], kinds["VIX"], kinds["DXY"], kinds["WTI"]) == (
        "equity",
        "index",
        "index",
        "signed",
    )
    assert ROLES.model_copy(update={"benchmark": "VIX"}).kinds()["VIX"] == "equity"
    assert "VVIX" not in ROLES.model_copy(update={"vvix": None}).kinds()


def test_series_are_those_of_the_filled_roles() -> None:
    assert ROLES.series()["cpi"] == "CPIAUCNS"
    assert "pmi" not in ROLES.model_copy(update={"pmi": None}).series()


def test_a_contenders_columns_carry_the_symbols() -> None:
    forecast = params.parse_params(Everything, TREE).forecast
    settings = forecast.settings("har_vix", ROLES.model_copy(update={"benchmark": "QQQ"}).names())
    assert settings["log_columns"][:3] == ["qqq_rv_1d", "qqq_vol_5d", "qqq_vol_20d"]
    assert forecast.settings("rv20", ROLES.names()) == {"column": "spy_vol_20d", "window": 20}


def test_regimes_of_the_feature_set_join_the_columns_of_those_that_take_them() -> None:
    plain = params.parse_params(Everything, TREE).forecast
    tree = changed("forecast.range_vix.regimes", ["prob_cluster_1"])
    with_regimes = params.parse_params(Everything, tree).forecast
    before, after = (one.settings("range_vix", ROLES.names()) for one in (plain, with_regimes))
    assert after["columns"] == [*before["columns"], "prob_cluster_1"]
    assert list(after) == ["log_columns", "columns"]
    assert plain.settings("har_vix", ROLES.names()) == with_regimes.settings(
        "har_vix", ROLES.names()
    )
