"""Surroundings of the processes in which figures are made."""

from __future__ import annotations

import os
from pathlib import Path

from dlfigs.make.store import Store

# One thread for each figure: the order of a sum must not depend on the number of processors, and
# threads of several workers that wait for one another are many times slower than none
ONE_THREAD = {
    "XLA_FLAGS": "--xla_backend_optimization_level=1 --xla_cpu_multi_thread_eigen=false",
    "NPROC": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


def processors() -> int:
    """How many processors this process may use; not every system can say."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def environment(cache: Path) -> dict[str, str]:
    """Surroundings in which the same inputs give the same bytes, on one processor or on many."""
    return {
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",  # or the first of several workers takes a GPU whole
        # Settings of a person's own, such as JAX_ENABLE_X64, would give other data under the same digest
        **{name: value for name, value in os.environ.items() if not name.startswith("JAX_")},
        **ONE_THREAD,
        # Compiled programs, by what they are made of and for which processor: with another seed, or after
        # a change elsewhere, the same ones are needed again. JAX compiles anew what it cannot read
        "JAX_COMPILATION_CACHE_DIR": str(Store(cache).compiled.resolve()),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        # matplotlib lists the system's fonts once; without a home it would do so in each process
        "MPLCONFIGDIR": str(Store(cache).matplotlib.resolve()),
    }
