"""Workers side by side: read orders from standard input, make each figure in a process of its own.

`dlfigs.make.jobs` runs this module as a program. It imports JAX and the rest once, which takes seconds,
and forks itself for each figure: as clean as a new interpreter, at no cost. That is safe because
nothing here touches JAX, which starts its threads at first use.
"""

from __future__ import annotations

import faulthandler
import functools
import gc
import importlib
import logging
import multiprocessing
import os
import select
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from dlfigs.make import messages
from dlfigs.make.messages import Stop, Work

# Libraries that many recipes import, a second of work for each figure; one figure alone waits for its own
COMMON = (
    "fontTools.subset",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
    "optax",
    "scipy.optimize",
    "sklearn.datasets",
)


def main() -> None:
    """Make what standard input orders, each figure at once, until it ends.

    Orders and reports are those of `dlfigs.make.messages`. Whoever asked is gone when standard input ends:
    with all workers, so does this.
    """
    # It warns in two lines for each process when it cannot keep its list of fonts, and works all the same
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    can_fork = sys.platform == "linux"  # elsewhere system libraries do not survive a fork
    prepare = functools.cache(_import_common)
    if can_fork:
        from dlfigs.make import worker  # noqa: F401  what the forks then need not import

        if not select.select([sys.stdin], [], [], 0)[0]:  # nobody waits yet
            prepare()
    context = multiprocessing.get_context("fork" if can_fork else "spawn")
    begun, running, entry = b"", {}, sys.stdin.fileno()
    while True:
        for ready in wait([*running, entry]):
            if ready == entry:
                if not (piece := os.read(entry, 1 << 16)):
                    sys.exit(1 if running else 0)  # ends the workers too
                *lines, begun = (begun + piece).split(b"\n")
                for order in map(messages.order, lines):
                    if isinstance(order, Stop):
                        _stop(order, running)
                        continue
                    if can_fork and order.many:
                        prepare()
                    gc.freeze()  # what all share is no garbage: forks need not look through it, nor copy it
                    log, said = tempfile.mkstemp(prefix="dlfigs-")
                    os.close(log)
                    process = context.Process(target=_work, args=(order, said), daemon=True)
                    process.start()
                    running[process.sentinel] = process, order, Path(said), time.monotonic()
            elif ready in running:
                process, order, said, start = running.pop(ready)
                process.join()
                printed = said.read_text(encoding="utf-8", errors="replace").strip()
                said.unlink()
                took = round(time.monotonic() - start, 2)
                report = messages.outcome(order, process.exitcode, printed, took)
                print(messages.line(report), end="", flush=True)


def _stop(unwanted: Stop, running: dict) -> None:
    for process, order, *_ in running.values():
        if order.number == unwanted.stop:
            process.kill()


def _import_common() -> None:
    for module in COMMON:
        importlib.import_module(module)
    from dlfigs.make import notebook
    from dlfigs.plot import render

    # A picture and a notebook of nothing: fonts and much else are read once, and not by each fork
    axes = {"title": "a", "xlabel": "b", "xscale": "log"}
    render.pictures(lambda fig, _: fig.subplots().set(**axes), None, height=3.0, name="nothing")
    notebook.from_recipe("nothing", "# %%\n1\n", [])


def _work(order: Work, said: str) -> None:
    """Make one figure; what is printed, by C libraries too, goes to a file of its own."""
    with open(said, "wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    # JAX compiles what it cannot keep or read; a full disk is named where it costs something
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache")
    limit = 60 * order.minutes
    faulthandler.dump_traceback_later(limit, exit=True, file=2)  # also from within compiled code
    sys.dont_write_bytecode = True  # of a recipe's own modules, see `loading.AsItIs`
    if order.nice and hasattr(os, "nice"):
        os.nice(order.nice)
    recipe, cache = Path(order.recipe), Path(order.cache)
    sys.exit(run(recipe, cache, order.parameters, force=order.force, judge=order.judge))


def run(recipe: Path, cache: Path, given: Mapping[str, Any], *, force: bool, judge: bool = False) -> int:
    """Make one figure, print its folder, or why there is none, and return the exit code."""
    from dlfigs.make import worker

    try:
        made = (
            worker.judge(recipe, cache, given) if judge else worker.make(recipe, cache, given, force=force)
        )
        said = messages.last_words(made)
    except BaseException as error:
        print(messages.why_not(recipe, cache, error), flush=True)
        return 1
    print(said, flush=True)
    return 0


if __name__ == "__main__":
    main()
