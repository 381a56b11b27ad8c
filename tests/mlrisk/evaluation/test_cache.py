"""What the cache gives back is what was put in, and nothing depends on it."""

from __future__ import annotations

import functools
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlrisk.evaluation import walkforward
from mlrisk.evaluation.cache import FoldCache, fingerprint
from mlrisk.forecast.boosted import Lightgbm
from mlrisk.forecast.garch import Garch
from mlrisk.forecast.linear import LogLinear
from tests.mlrisk.conftest import SETTINGS

FIRST = 200
EVERY = 21
MODELS: dict[str, Any] = {
    "har_vix": functools.partial(LogLinear, **SETTINGS["har_vix"]),
    "lightgbm": functools.partial(Lightgbm, **SETTINGS["lightgbm"]),
    "garch": functools.partial(Garch, "ret_1d"),
}


@pytest.fixture(scope="module")
def world(table: pd.DataFrame) -> pd.DataFrame:
    sign = np.random.default_rng(1).choice([-1.0, 1.0], len(table))
    return table.assign(ret_1d=table["rv_1d"] * sign)


@pytest.fixture
def cache(tmp_path: Path) -> FoldCache:
    return FoldCache(tmp_path / "folds", "this code")


def grid_of(table: pd.DataFrame) -> list[walkforward.Fold]:
    return walkforward.folds(table["date"], table["date"].iloc[FIRST], EVERY, 5)


def walk(name: str, table: pd.DataFrame, cache: FoldCache | None) -> list[pd.DataFrame]:
    done = list(
        walkforward.walk_forward(MODELS[name], table, grid_of(table), 100, 1, cache),
    )
    assert [fold.fold for fold in done] == grid_of(table)
    parts = [fold.contributions for fold in done if fold.contributions is not None]
    frames = [pd.concat([fold.forecasts for fold in done])]
    return [*frames, pd.concat(parts)] if parts else frames


def assert_identical(ones: list[pd.DataFrame], others: list[pd.DataFrame]) -> None:
    for one, other in zip(ones, others, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of the folds that were computed."""
    numbers: list[int] = []
    original = walkforward.forecast_fold

    def counted(task: walkforward.Task) -> walkforward.FoldForecasts:
        numbers.append(task.fold.number)
        return original(task)

    monkeypatch.setattr(walkforward, "forecast_fold", counted)
    return numbers


def as_known(table: pd.DataFrame, length: int) -> pd.DataFrame:
    """The table at the close of a session: the labels of its last five are not known yet."""
    short = table[:length].copy()
    short.loc[length - 5 :, "rv_5d"] = np.nan
    return short


@pytest.mark.parametrize("name", list(MODELS))
def test_cold_warm_damaged_and_off_give_the_same_bits(
    name: str, world: pd.DataFrame, cache: FoldCache, computed: list[int]
) -> None:
    without = walk(name, world, None)
    everything = [fold.number for fold in grid_of(world)]
    assert computed == everything
    assert_identical(walk(name, world, cache), without)
    assert computed == everything * 2
    assert_identical(walk(name, world, cache), without)
    assert computed == everything * 2

    files = sorted(cache.folder.glob("*/*"))
    assert len(files) == len(everything)
    content = files[0].read_bytes()
    flipped = bytearray(content)
    flipped[len(flipped) // 2] ^= 1
    for file, wrong in zip(files, (b"", content[:50], content[:-1], bytes(flipped)), strict=False):
        file.write_bytes(wrong)
    files[4].unlink()
    assert_identical(walk(name, world, cache), without)
    assert len(computed) == len(everything) * 2 + 5
    assert_identical(walk(name, world, cache), without)
    assert len(computed) == len(everything) * 2 + 5, "what was damaged has been made good"


@pytest.mark.parametrize("name", list(MODELS))
def test_one_day_more_computes_the_last_fold_alone(
    name: str, world: pd.DataFrame, cache: FoldCache, computed: list[int]
) -> None:
    """Day after day over the edge of a fold: the same bits as from scratch."""
    edge = FIRST + 3 * EVERY
    walk(name, as_known(world, edge - 2), cache)
    for length in (edge - 1, edge, edge + 1, edge + 2):
        computed.clear()
        grown = walk(name, as_known(world, length), cache)
        assert computed == [grid_of(as_known(world, length))[-1].number]
        assert_identical(grown, walk(name, as_known(world, length), None))


def test_a_fold_is_found_by_all_that_it_hangs_on(world: pd.DataFrame, cache: FoldCache) -> None:
    fold = grid_of(world)[2]
    model = MODELS["har_vix"]()

    def path(table: pd.DataFrame = world, **changed: Any) -> Path:
        at: dict[str, Any] = {"model": model, "fold": fold, "rows": 100, "cache": cache} | changed
        return at["cache"].path(walkforward.task(at["model"], table, at["fold"], at["rows"]))

    def with_cell(row: int, column: str) -> pd.DataFrame:
        changed = world.copy()
        changed.loc[row, column] = np.nextafter(changed.loc[row, column], 1)
        return changed

    same = [
        path(),
        path(model=MODELS["har_vix"]()),
        path(as_known(world, fold.stop)),
        path(with_cell(fold.stop, "vix")),
        path(with_cell(fold.train_stop, "rv_5d")),
    ]
    assert set(same) == {path()}
    others = [
        path(with_cell(0, "vix")),
        path(with_cell(fold.stop - 1, "vix")),
        path(with_cell(fold.train_stop - 1, "rv_5d")),
        path(world.rename(columns={"vix": "vix_term", "vix_term": "vix"})),
        path(model=LogLinear(**SETTINGS["har"])),
        path(model=MODELS["lightgbm"]()),
        path(fold=grid_of(world)[1]),
        path(rows=101),
        path(cache=FoldCache(cache.folder, "other code")),
    ]
    assert len({path(), *others}) == len(others) + 1


def test_a_column_without_bytes_of_its_own_is_refused(
    world: pd.DataFrame, cache: FoldCache
) -> None:
    named = world.assign(note="as told")
    with pytest.raises(TypeError, match="'note'"):
        walk("har_vix", named, cache)


def test_a_folder_that_cannot_be_written_changes_nothing(
    world: pd.DataFrame, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no folder")
    cache = FoldCache(in_the_way, "this code")
    assert_identical(walk("har_vix", world, cache), walk("har_vix", world, None))
    cache.trim(0)
    assert "not_kept" in caplog.text
    assert in_the_way.read_text() == "no folder"


def test_what_was_used_longest_ago_goes_first(world: pd.DataFrame, cache: FoldCache) -> None:
    tasks = [walkforward.task(MODELS["har_vix"](), world, fold, 100) for fold in grid_of(world)]
    for task in tasks[:4]:
        cache.put(task, walkforward.forecast_fold(task))
    assert cache.get(tasks[0]) is not None
    size = cache.path(tasks[0]).stat().st_size
    cache.trim(int(2.5 * size))
    there = [cache.get(task) is not None for task in tasks[:4]]
    assert there == [True, False, False, True]


def test_many_may_read_write_and_trim_at_once(world: pd.DataFrame, cache: FoldCache) -> None:
    tasks = [walkforward.task(MODELS["har_vix"](), world, fold, 100) for fold in grid_of(world)[:3]]
    results = [walkforward.forecast_fold(task) for task in tasks]

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(60):
            place = chance.randrange(3)
            match chance.randrange(3):
                case 0:
                    cache.put(tasks[place], results[place])
                case 1:
                    cache.trim(chance.choice([0, 10_000, 10**9]))
                case _:
                    got = cache.get(tasks[place])
                    assert got is None or got.forecasts.equals(results[place].forecasts)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))


def now(module: str) -> str:
    """The fingerprint as a process that has just started finds it."""
    return fingerprint.__wrapped__((module,))


def test_the_fingerprint_is_of_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "toy_models"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text("A = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    before = now("toy_models")
    assert now("toy_models") == before == fingerprint(("toy_models",))
    assert "toy_models.one" not in sys.modules
    (package / "one.py").write_text("A = 2\n")
    after = now("toy_models")
    assert fingerprint(("toy_models",)) == before, "what this process has loaded is the old code"
    (package / "one.py").rename(package / "two.py")
    assert len({before, after, now("toy_models")}) == 3
    with pytest.raises(ModuleNotFoundError):
        now("toy_models_of_nobody")


def test_the_fingerprint_is_of_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    before = now("mlrisk.errors")
    monkeypatch.setattr("mlrisk.evaluation.cache.version", lambda _: "0.0")
    assert now("mlrisk.errors") != before
