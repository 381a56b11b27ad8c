"""Results on S3: push, lose the cache, pull in a fresh clone, and nothing is left to run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from app import compose, repository

BUCKET = "ml-risk"
ROWS = Path("data", "features_daily", "rows.csv")


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an S3 server on the loopback interface, with one bucket."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=address).create_bucket(Bucket=BUCKET)
    yield address
    server.stop()
    s3_backends.reset()  # moto keeps the buckets of a server that was stopped


def connect(root: Path, endpoint: str) -> None:
    local = (
        "[core]\n    remote = storage\n"
        f"['remote \"storage\"']\n    url = s3://{BUCKET}/ml-risk\n    endpointurl = {endpoint}\n"
    )
    (root / ".dvc" / "config.local").write_text(local)


def test_a_fresh_clone_pulls_everything_and_runs_nothing(
    toy: Path, tmp_path: Path, endpoint: str
) -> None:
    connect(toy, endpoint)
    committed = (toy / ROWS).read_bytes()
    repository.dvc("push", root=toy)
    compose.write(toy, ["features=price_only"])
    repository.dvc("repro", root=toy)
    other = (toy / ROWS).read_bytes()
    repository.dvc("push", "--run-cache", root=toy)
    shutil.rmtree(toy / ".dvc" / "cache")

    clone = tmp_path / "clone"
    repository.git("clone", "--quiet", str(toy), str(clone), root=tmp_path)
    connect(clone, endpoint)
    repository.dvc("pull", "--run-cache", root=clone)
    assert (clone / ROWS).read_bytes() == committed
    assert "up to date" in repository.dvc("status", root=clone)
    ran = repository.execute(["dvc", "repro"], clone)
    assert ran.returncode == 0
    assert "Running stage" not in ran.stdout + ran.stderr
    assert repository.git("status", "--porcelain", root=clone) == ""

    # What was run with settings that no commit holds is known here, too.
    compose.write(clone, ["features=price_only"])
    ran = repository.execute(["dvc", "repro", "--pull"], clone)
    assert "Stage 'features' is cached - skipping run" in ran.stdout + ran.stderr
    assert (clone / ROWS).read_bytes() == other != committed
