"""Shapley values of trees by their definition: every subset of the features, in plain Python."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from mlrisk.forecast.boosted import Boosted, Lightgbm


@dataclass(frozen=True)
class Node:
    """A node of a binary tree; a leaf has no children. ``weight`` is what trained through it."""

    weight: float
    value: float = 0.0
    feature: str = ""
    threshold: float = math.nan
    at_threshold_left: bool = True
    children: tuple[Node, ...] = ()


def grown(model: Boosted) -> list[Node]:
    """The trees of a fitted booster, read from its library's own dump."""
    if isinstance(model, Lightgbm):
        dump = model.booster_.dump_model()
        names = dump["feature_names"]
        return [of_lightgbm(tree["tree_structure"], names) for tree in dump["tree_info"]]
    dump = model.booster_.get_dump(dump_format="json", with_stats=True)
    return [of_xgboost(json.loads(tree)) for tree in dump]


def of_lightgbm(node: dict, names: list[str]) -> Node:
    if "leaf_value" in node:
        return Node(weight=node.get("leaf_count", 1), value=node["leaf_value"])
    return Node(
        weight=node["internal_count"],
        feature=names[node["split_feature"]],
        threshold=node["threshold"],
        children=tuple(of_lightgbm(node[side], names) for side in ("left_child", "right_child")),
    )


def of_xgboost(node: dict) -> Node:
    if "leaf" in node:
        return Node(weight=node["cover"], value=node["leaf"])
    by_id = {child["nodeid"]: child for child in node["children"]}
    return Node(
        weight=node["cover"],
        feature=node["split"],
        threshold=node["split_condition"],
        at_threshold_left=False,
        children=tuple(of_xgboost(by_id[node[side]]) for side in ("yes", "no")),
    )


def expected(node: Node, row: Mapping[str, float], known: frozenset[str]) -> float:
    """Mean of a tree where only some features are known: at others it follows the training rows."""
    if not node.children:
        return node.value
    left, right = node.children
    if node.feature in known:
        value = row[node.feature]
        goes_left = value <= node.threshold if node.at_threshold_left else value < node.threshold
        return expected(left if goes_left else right, row, known)
    parts = [child.weight * expected(child, row, known) for child in node.children]
    return sum(parts) / (left.weight + right.weight)


def shapley(trees: list[Node], row: Mapping[str, float]) -> dict[str, float]:
    r"""Shapley value of each feature.

    .. math:: \phi_j = \sum_{S \not\ni j} \frac{|S|! (n - |S| - 1)!}{n!} [v(S + j) - v(S)]
    """

    def worth(known: tuple[str, ...]) -> float:
        return sum(expected(tree, row, frozenset(known)) for tree in trees)

    count = len(row)
    values = {}
    for name in row:
        others = [other for other in row if other != name]
        values[name] = sum(
            (worth((*chosen, name)) - worth(chosen))
            * math.factorial(size)
            * math.factorial(count - size - 1)
            / math.factorial(count)
            for size in range(count)
            for chosen in combinations(others, size)
        )
    return values
