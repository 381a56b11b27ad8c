"""Tables of the DAG, of whatever repository."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mlrisk import store
from mlrisk.dataset import Dataset


def read(root: Path, dataset: Dataset) -> pd.DataFrame:
    """A table as a repository's last run wrote it, held against its contract.

    Raises
    ------
    StoreError, ContractError
        Where it is missing or not whole.
    """
    return store.read(dataset.at(str(root / dataset.path)))
