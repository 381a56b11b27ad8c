from __future__ import annotations

from dataclasses import replace

from app.faces import contenders
from app.faces import format as written
from app.faces.snapshot import Snapshot


def test_standing_is_by_loss_and_marks_the_served_model(snapshot: Snapshot) -> None:
    found = snapshot.metrics["forecast"]["contenders"]
    standing = contenders.standing(snapshot)
    losses = [found[row[0]]["qlike"] for row in standing.rows if row[0] in found]
    assert losses == sorted(losses)
    assert len(losses) == len(found)
    assert standing.served is not None
    served = standing.rows[standing.served]
    assert served[0] == snapshot.version.model
    assert served[2] == written.loss(found[served[0]]["qlike"])
    assert all(len(row) == len(standing.head) for row in standing.rows)


def test_oracle_stands_at_the_end_where_truth_is_known(snapshot: Snapshot) -> None:
    found = snapshot.metrics["forecast"]
    assert found["oracle"]
    assert "oracle" in contenders.standing(snapshot).rows[-1][0]
    real = {**snapshot.metrics, "forecast": {**found, "oracle": None, "reference": None}}
    standing = contenders.standing(replace(snapshot, metrics=real))
    assert all("oracle" not in row[0] for row in standing.rows)
    assert len(standing.head) == len(standing.rows[0])


def test_confidence_set_is_told_or_a_dash(snapshot: Snapshot) -> None:
    found = snapshot.metrics["forecast"]
    names = list(found["contenders"])
    judged = {name: {"included": name == names[0]} for name in names}
    metrics = {"superiority": {"confidence_set": {"all": judged}}}
    told = replace(snapshot, metrics={"forecast": {**found, **metrics}})
    cells = {row[0]: row[1] for row in contenders.standing(told).rows}
    assert cells[names[0]] == "yes"
    assert cells[names[1]] == ""
    silent = replace(snapshot, metrics={"forecast": {**found, "superiority": None}})
    assert {row[1] for row in contenders.standing(silent).rows[:-1]} == {"–"}
