"""Two ways to do the same work, by turns, each in a process of its own: ratios, not times."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

PAIRS = 5
BYTECODE = {
    "PYTHONDONTWRITEBYTECODE": ""
}  # kept, as by default: no way should compile its modules each time


def run(program: str, *arguments: str) -> dict[str, Any]:
    """Run one of the programs here; return the JSON of the last line that it prints."""
    return json.loads(_printed([program, *arguments]).splitlines()[-1])


def seconds_of(module: str, *arguments: str, folder: Path, **env: str) -> float:
    """Run a module as a program in a folder, and return how long that took."""
    began = time.perf_counter()
    _printed(["-m", module, *arguments], folder, NO_MKDOCS_2_WARNING="1", **env)
    return time.perf_counter() - began


def _printed(arguments: Sequence[str], folder: Path | None = None, **env: str) -> str:
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **BYTECODE, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{result.stdout[-1500:]}{result.stderr[-3000:]}")
    return result.stdout


def use_all_processors() -> None:
    """Let JAX see each processor as a device, for `over_seeds`; before JAX is imported.

    LAPACK, which orthogonal weights need, must not start threads of its own on each of them: they would
    wait for one another, and take a quarter of the time of all that is done.
    """
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    flags = f"--xla_force_host_platform_device_count={os.cpu_count()} --xla_cpu_multi_thread_eigen=false"
    os.environ["XLA_FLAGS"] = f"{flags} --xla_backend_optimization_level=1"  # as `dlfigs build` has it


def by_turns(ways: Mapping[str, Callable[[], float]], pairs: int = PAIRS) -> dict[str, list[float]]:
    """Measure each way `pairs` times, every other round in the opposite order; return seconds by way.

    What slows a machine down for a minute then slows all ways down.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(pairs):
        for name in list(ways)[:: -1 if number % 2 else 1]:
            seconds[name].append(ways[name]())
            print(f"  {number + 1} of {pairs}: {name}: {seconds[name][-1]:.3g} s", file=sys.stderr)
    return seconds


def ratios(seconds: Mapping[str, Sequence[float]], ours: str) -> dict[str, list[float]]:
    """Return for each other way the time over ours, round by round: smallest, median, largest."""
    found = {}
    for name, times in seconds.items():
        if name != ours:
            each = [theirs / mine for theirs, mine in zip(times, seconds[ours], strict=True)]
            found[name] = [min(each), statistics.median(each), max(each)]
    return found


def machine(*packages: str) -> dict[str, str]:
    """Return what the ratios depend on: the processor and the versions."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
        model = names[0] if names else model
    except OSError:  # not Linux
        pass
    about = {"Processor": f"{os.cpu_count()} × {model}", "System": platform.system()}
    return about | {"Python": platform.python_version()} | {name: version(name) for name in packages}
