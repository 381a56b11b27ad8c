"""Fitted boosters of the libraries, asked on one thread and in double precision."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlrisk.forecast.columns import FloatArray, IntArray

if TYPE_CHECKING:  # each library costs seconds to import: only the one that is used
    import lightgbm
    import xgboost

BLOCK = 20
"""Rounds of XGBoost that are added up in single precision: of 20 trees an error of 1e-7."""


def lightgbm_margins(booster: lightgbm.Booster, values: FloatArray) -> FloatArray:
    """What LightGBM's trees add to the start, shape (n_rows,) or (n_rows, n_groups)."""
    # On one row a second thread waits longer than it works.
    return np.asarray(booster.predict(values, raw_score=True, num_threads=1), dtype=np.float64)


def lightgbm_parts(booster: lightgbm.Booster, values: FloatArray) -> FloatArray:
    """TreeSHAP values of it, shape (n_rows, n_groups * (n_columns + 1)), each group's mean last."""
    return np.asarray(booster.predict(values, pred_contrib=True, num_threads=1), dtype=np.float64)


class XgboostTrees:
    """Trees of XGBoost, their leaves and their TreeSHAP values added up in double precision.

    The library adds up in single precision, by which contributions would not sum to the forecast.
    So it is asked for blocks of trees, and for what leaf each row reaches.

    Parameters
    ----------
    booster : Booster
    groups : int
        Margins that it adds to; a round has a tree for each.
    """

    def __init__(self, booster: xgboost.Booster, groups: int = 1) -> None:
        text = xgboost_text(booster)
        self.groups = groups
        self.leaves = leaf_values(text)
        self.blocks = -(-len(self.leaves) // (BLOCK * groups))
        self.booster = xgboost_of(in_blocks(text, groups)) if self.blocks > 1 else booster
        self._trees = np.arange(len(self.leaves))

    def margins(self, values: FloatArray) -> FloatArray:
        """What the trees add to the start, shape (n_rows, n_groups)."""
        return self._margins(self._matrix(values))

    def parts(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The same and its TreeSHAP values, shape (n_rows, n_groups, n_columns + 1), mean last."""
        data = self._matrix(values)
        margins = self._margins(data)
        by_block = self.booster.predict(data, pred_contribs=True, validate_features=False)
        parts = np.zeros((*margins.shape, values.shape[1] + 1))
        for block in by_block.reshape(len(values), self.blocks, *parts.shape[1:]).swapaxes(0, 1):
            parts += block
        # What single precision within a block leaves over, about 1e-7, is shared out by size.
        size = np.abs(parts[:, :, :-1])
        share = (margins - parts.sum(axis=2)) / np.maximum(size.sum(axis=2), 1e-12)
        parts[:, :, :-1] += size * share[:, :, np.newaxis]
        return margins, parts

    def _matrix(self, values: FloatArray) -> xgboost.DMatrix:
        return xgboost_matrix(values, np.zeros((len(values), self.blocks * self.groups)))

    def _margins(self, data: xgboost.DMatrix) -> FloatArray:
        reached = self.booster.predict(data, pred_leaf=True, validate_features=False)
        reached = reached.reshape(-1, len(self.leaves)).astype(np.intp)
        values = self.leaves[self._trees, reached]
        margins = np.empty((len(values), self.groups))
        for group in range(self.groups):
            margins[:, group] = values[:, group :: self.groups].sum(axis=1)
        return margins


def in_blocks(text: str, groups: int) -> str:
    """The same trees in XGBoost's JSON, with margins of its own for each block of rounds.

    Then one call gives what each block adds: for one row the way into the library and back takes
    ten times as long as the trees.

    Parameters
    ----------
    text : str
    groups : int
        Margins that the trees add to, in turn.
    """
    content = json.loads(text)
    learner = content["learner"]
    model = learner["gradient_booster"]["model"]
    places = range(len(model["trees"]))
    model["tree_info"] = [place // (BLOCK * groups) * groups + place % groups for place in places]
    margins = max(model["tree_info"]) + 1
    number = {"num_class": str(margins)}
    # Whatever the objective was: of the trees alone it is not asked.
    learner["objective"] = {"name": "multi:softprob", "softmax_multiclass_param": number}
    learner["learner_model_param"] |= number
    learner["learner_model_param"]["base_score"] = f"[{','.join(['5E-1'] * margins)}]"
    return json.dumps(content)


def xgboost_matrix(
    values: FloatArray,
    start: FloatArray,
    labels: FloatArray | IntArray | None = None,
    columns: Sequence[str] | None = None,
) -> xgboost.DMatrix:
    """Rows as XGBoost takes them, with margins that start from ``start``.

    Names are needed where a booster is to remember them; to copy them for a row costs more than
    to forecast it.
    """
    import xgboost

    return xgboost.DMatrix(values, labels, base_margin=start, feature_names=columns, nthread=1)


def xgboost_text(booster: xgboost.Booster) -> str:
    """The booster as JSON."""
    return booster.save_raw(raw_format="json").decode()


def xgboost_of(text: str) -> xgboost.Booster:
    """The booster that was written as JSON."""
    import xgboost

    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(text, "utf-8"))
    return booster


def leaf_values(text: str) -> FloatArray:
    """Values of the leaves in XGBoost's JSON, shape (n_trees, most nodes of a tree), by node.

    The file holds them in the field that inner nodes keep their threshold in.
    """
    trees = json.loads(text)["learner"]["gradient_booster"]["model"]["trees"]
    values = np.zeros((len(trees), max(len(tree["split_conditions"]) for tree in trees)))
    for tree, row in zip(trees, values, strict=True):
        row[: len(tree["split_conditions"])] = tree["split_conditions"]
    # In single precision, as the trees hold them.
    return values.astype(np.float32).astype(np.float64)
