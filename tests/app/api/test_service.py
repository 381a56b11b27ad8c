from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app import assistant
from app.api.service import Loader, Service, ServiceError, assemble, require_same
from app.faces.snapshot import LOCK_FILE
from mlrisk.errors import MlriskError

FIGURES = ("rv_5d_hat", "var_5d_hat", "model_version", "regime_model_version", "top_drivers")


@pytest.mark.parametrize("name", [*FIGURES, "regime_drivers", "regime_probs.calm"])
def test_models_that_do_not_say_what_is_stored_are_not_served(service: Service, name: str) -> None:
    table = service.snapshot.predictions.copy()
    last = table.index[-1]
    match table.at[last, name]:
        case list():
            table.at[last, name] = ["date"]
        case str():
            table.at[last, name] = "0123456789abcdef"
        case number:
            table.at[last, name] = number * (1 + 2**-52)
    snapshot = replace(service.snapshot, predictions=table)
    other = assemble(snapshot, service.served, (), service.desk)
    with pytest.raises(ServiceError, match=name.partition(".")[0]):
        require_same(other)


@pytest.mark.parametrize("name", ["contributions", "regime_contributions"])
def test_nor_those_that_explain_it_otherwise(service: Service, name: str) -> None:
    table = getattr(service.snapshot, name).copy()
    table.loc[table.index[-1], "baseline"] += 1e-9
    snapshot = replace(service.snapshot, **{name: table})
    other = assemble(snapshot, service.served, (), service.desk)
    with pytest.raises(ServiceError, match=name):
        require_same(other)


@pytest.fixture
def copy(computed: Path, tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    shutil.copytree(computed, root, symlinks=True)
    return root


def test_a_folder_that_is_not_whole_is_told_by_its_place(copy: Path) -> None:
    load = Loader()
    drawn = copy / "plots" / "explain" / "what_changed.csv"
    text = drawn.read_text()
    drawn.unlink()
    drawn.touch()
    with pytest.raises(ServiceError, match="cannot be read"):
        load(copy)
    drawn.write_text(text)
    card = copy / "models" / "volatility" / "model.json"
    told = json.loads(card.read_text())
    card.unlink()
    card.write_text(json.dumps(told | {"model_version": "0123456789abcdef"}))
    with pytest.raises(MlriskError, match="its card says"):
        load(copy)


def test_documents_are_read_where_they_have_changed(
    service: Service, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desks = iter([service.desk, replace(service.desk)])
    monkeypatch.setattr(assistant, "load", lambda _: next(desks))
    load = Loader()
    first, again = load(copy), load(copy)
    assert again.desk is first.desk is service.desk
    assert again.predictions is not first.predictions
    lock = copy / LOCK_FILE
    lock.write_text(_with_other_documents(lock.read_text()))
    assert load(copy).desk is not service.desk
    assert next(desks, None) is None


def _with_other_documents(text: str) -> str:
    """Another hash wherever the curated documents are named: as written, and as read."""
    mark = "path: data/docs/curated\n"
    digest = text.partition(mark)[2].partition("md5: ")[2][:32]
    return text.replace(digest, "0" * 28 + ".dir")
