"""``mlrisk benchmarks``: the same DAG, unchanged, for symbols that nobody looked at.

Each symbol is a run of the last commit in a clone that is thrown away, as ``mlrisk real`` is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from app import real
from app.log import event
from app.readme import BENCHMARKS
from app.repository import RepositoryError
from mlrisk.store import write_text

BASELINE = "rv20"

Run = Callable[[Path, Path, Sequence[str]], dict[str, Any]]


def write(
    root: Path,
    data: Path,
    symbols: Sequence[str],
    run: Run = real.results_of,
    jobs: int = 1,
) -> dict[str, Any]:
    """Run the last commit for each symbol; write ``results/benchmarks.json``.

    Parameters
    ----------
    root : Path
        The repository; nothing else in it changes.
    data : Path
        Folder laid out as the ``files`` source reads it.
    symbols : sequence of str
        What ``roles.benchmark`` is set to.
    run : callable
        As ``real.results_of``.
    jobs : int
        Runs at a time; each wants a core per worker of its walk-forward.

    Raises
    ------
    RepositoryError
        Where every DAG fails; nothing is written then. One that fails beside others is a result.
    """

    def forecast(symbol: str) -> dict[str, Any]:
        event("benchmark", symbol=symbol)
        try:
            done = run(root, data, [f"roles.benchmark={symbol}"])
            return {"source": done["source"], "summary": _summary(done["forecast"])}
        except RepositoryError as error:
            event("benchmark failed", symbol=symbol, error=str(error))
            return {"error": str(error)}

    # Threads: the work is in processes of their own.
    each = Parallel(n_jobs=jobs, prefer="threads")(map(delayed(forecast), symbols))
    found = dict(zip(symbols, each, strict=True))
    whole = {symbol: one for symbol, one in found.items() if "error" not in one}
    if not whole:
        raise RepositoryError(f"no benchmark could be run: {found}")
    source = {**next(iter(whole.values()))["source"]}
    del source["benchmark"]
    results = {
        "source": source,
        "benchmarks": {symbol: one["summary"] for symbol, one in whole.items()},
        "failed": {symbol: one["error"] for symbol, one in found.items() if symbol not in whole},
    }
    write_text(root / BENCHMARKS, json.dumps(results, indent=2) + "\n")
    return results


def _summary(forecast: Mapping[str, Any]) -> dict[str, Any]:
    """The model beside RV20 and the rival that is hard to beat."""
    model, reference = forecast["model"]["name"], forecast["reference"]
    kept = ("n_obs", "qlike", "rmse", "bias", "qlike_vs_rv20", "qlike_vs_reference", "rmse_vs_rv20")
    names = (BASELINE, reference, model)
    test = (forecast["superiority"]["rivals"] or {}).get(reference)
    if test is None:
        raise RepositoryError(f"{model} was not compared with {reference}")
    return {
        "model": model,
        "reference": reference,
        "gate": forecast["gate"]["passed"],
        "contenders": {
            name: {key: forecast["contenders"][name].get(key) for key in kept} for name in names
        },
        "against_reference": {key: test[key] for key in ("statistic", "p_value", "holm_p_value")},
    }
