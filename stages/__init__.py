"""The nodes of the DAG: one thin module per stage, run as ``python -m stages.<name>``."""

import os

# One thread for linear algebra, so that sums are added in one order; processes do the rest. The
# libraries read these when they are first imported, and this package is imported before them.
for _name in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
):
    os.environ[_name] = "1"
