"""The results of folds on disk, found again by the content of all they were computed from.

Adding a day to the walk-forward then computes its last fold alone. Entries are found by hash, so
workspaces of several commits can share a folder: ``joblib.Memory``, which forgets a function's
results when its source changes and trusts what it reads, would have them undo each other's work.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import platform
import tempfile
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pyarrow as pa

from mlrisk.evaluation.walkforward import FoldForecasts, Task
from mlrisk.log import event

LIBRARIES = (
    "arch",
    "lightgbm",
    "numpy",
    "pandas",
    "scikit-learn",
    "scipy",
    "xgboost-cpu",
)
"""Those that a forecast is computed with."""

DIGEST_BYTES = hashlib.sha256().digest_size


@functools.cache
def fingerprint(modules: tuple[str, ...]) -> str:
    """Hash of code, libraries, interpreter and kind of processor, as a process first found them.

    A process that lives on while its files change goes on with what it has loaded, and says so.

    Parameters
    ----------
    modules : tuple of str
        Modules whose source counts; of a package, every module in it.
    """
    digest = hashlib.sha256()
    versions = {name: version(name) for name in LIBRARIES}
    machine = [platform.python_version(), platform.machine()]
    digest.update(json.dumps([versions, machine], sort_keys=True).encode())
    for module in modules:
        spec = find_spec(module)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"no module {module!r}", name=module)
        origin = Path(spec.origin)
        package = spec.submodule_search_locations is not None
        for file in sorted(origin.parent.rglob("*.py")) if package else [origin]:
            digest.update(f"{module} {file.relative_to(origin.parent)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


class FoldCache:
    """A folder of results, bounded in size; what was used longest ago goes first.

    Nothing depends on it: an entry that is missing, damaged or cannot be written is computed.

    Parameters
    ----------
    folder : Path
        Made when first written to. Any number of processes may use it at a time.
    code : str
        As ``fingerprint`` gives it.
    """

    def __init__(self, folder: Path, code: str) -> None:
        self.folder = folder
        self.code = code

    def path(self, task: Task) -> Path:
        """Where its result lies: named by the task's content and the code that computes it."""
        kind = type(task.model)
        said = {
            "code": self.code,
            "model": f"{kind.__module__}.{kind.__qualname__}",
            "settings": task.model.get_params(),
            "fold": asdict(task.fold),
            "min_train_rows": task.min_train_rows,
            "columns": {str(name): str(dtype) for name, dtype in task.rows.dtypes.items()},
        }
        digest = hashlib.sha256(json.dumps(said).encode())
        for name in task.rows:
            values = task.rows[name].to_numpy()
            if values.dtype.hasobject:
                raise TypeError(f"column {name!r} of {values.dtype} has no bytes of its own")
            digest.update(values.tobytes())
        name = digest.hexdigest()
        return self.folder / name[:2] / name

    def get(self, task: Task) -> FoldForecasts | None:
        """What was put for a task; None where nothing is or it is not whole."""
        path = self.path(task)
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        digest, packed = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
        if hashlib.sha256(packed).digest() != digest:
            event("damaged", file=path)
            return None
        frames = _unpacked(packed)
        return FoldForecasts(task.fold, *frames)

    def put(self, task: Task, result: FoldForecasts) -> None:
        """Keep a result; it appears whole or not at all."""
        path, packed = self.path(task), _packed(result.forecasts, result.contributions)
        draft = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                draft = Path(file.name)
                file.write(hashlib.sha256(packed).digest() + packed)
            draft.replace(path)
        except OSError as error:
            event("not_kept", file=path, reason=error.strerror)
            if draft:
                draft.unlink(missing_ok=True)

    def trim(self, most_bytes: int) -> None:
        """Remove what was used longest ago until the rest fits; another process may do the same."""
        files = []
        for path in self.folder.glob("*/*"):
            with suppress(FileNotFoundError):
                found = path.stat()
                files.append((found.st_mtime_ns, found.st_size, path))
        kept = 0
        for _, size, path in sorted(files, reverse=True):
            kept += size
            if kept > most_bytes:
                path.unlink(missing_ok=True)


def _packed(*frames: pd.DataFrame | None) -> bytes:
    """Arrow streams: every bit of a float, types and index, and nothing that runs when read."""
    sink = pa.BufferOutputStream()
    for frame in frames:
        if frame is not None:
            table = pa.Table.from_pandas(frame, preserve_index=True)
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)
    return bytes(sink.getvalue())


def _unpacked(packed: bytes) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    source = pa.BufferReader(packed)
    forecasts = pa.ipc.open_stream(source).read_pandas()
    more = source.tell() < len(packed)
    return forecasts, pa.ipc.open_stream(source).read_pandas() if more else None
