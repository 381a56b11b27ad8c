"""Folds on a Dask cluster: the same work, handed to other machines by joblib's own backend."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from joblib import parallel_config

from mlrisk.errors import MlriskError
from mlrisk.evaluation.cache import fingerprint
from mlrisk.log import event

if TYPE_CHECKING:  # half a second that a walk on this machine need not spend
    from distributed import Client

WAIT_SECONDS = 30
FOLD_SECONDS = 3600
"""After which a fold without an answer is given up: joblib does not hear of a task that Dask gave
up, since the workers it was sent to died."""


class ClusterError(MlriskError, ConnectionError):
    """A cluster that cannot be reached, or would not compute what this machine does."""


@contextmanager
def connected(address: str, modules: tuple[str, ...]) -> Iterator[float]:
    """Within this block ``joblib.Parallel`` runs on the cluster.

    Gives the seconds to wait for a fold: longer than any takes, queued behind others.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://10.0.0.5:8786``.
    modules : sequence of str
        Modules that the work is made of: each worker must have the same source of them, and the
        same versions of the libraries, as this machine.

    Raises
    ------
    ClusterError
        Where nobody listens, no worker is there, a worker has other code, or a fold is not
        answered.
    """
    from distributed import Client

    try:
        client = Client(  # type: ignore[no-untyped-call]
            address, timeout=WAIT_SECONDS, set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler at {address!r} ({error}). Start one with `dask scheduler`, or set "
            "backtest.backend=local."
        ) from None
    with client:
        _check(client, address, modules)
        try:
            with parallel_config("dask", client=client):
                yield FOLD_SECONDS
        except multiprocessing.TimeoutError:  # joblib's, which is not the built-in one
            raise ClusterError(
                f"the Dask cluster at {address} gave no answer for a fold. The scheduler's log "
                "says why: a task that its workers died of is given up, and needs more memory."
            ) from None


def _check(client: Client, address: str, modules: tuple[str, ...]) -> None:
    try:
        client.wait_for_workers(1, timeout=WAIT_SECONDS)
    except TimeoutError:
        raise ClusterError(
            f"the Dask scheduler at {address} has no worker; start one: `dask worker {address}`"
        ) from None
    ours = fingerprint(modules)
    theirs = client.run(fingerprint, modules, on_error="return")
    for worker, code in theirs.items():
        if code != ours:
            raise ClusterError(
                f"the Dask worker {worker} has other code or libraries than this machine "
                f"({code!r}). Install requirements.lock and check out the same commit there."
            )
    event("cluster", scheduler=address, workers=len(theirs))
