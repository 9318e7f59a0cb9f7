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
import json
import logging
import multiprocessing
import os
import re
import select
import sys
import tempfile
import time
import warnings
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

FOLDER = "dlfigs finished: "  # begins the line in which a worker names its folder
STOPPED = re.compile(r"^Timeout \(\d+:.*", re.MULTILINE | re.DOTALL)  # how faulthandler's last words begin
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

    Each order is a line of JSON: `{"number": 1, "recipe": ..., "parameters": {...}, "cache": ...,
    "minutes": 60, "force": false}`. It may say "many", that there are more orders than workers, and "nice",
    how far the figure stands back behind other processes. `{"stop": 1}` ends the work on one. Prints a line
    of JSON for each figure that is done or given up: its number, its seconds, and its folder or an error.
    Whoever asked is gone when standard input ends: with all workers, so does this.
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
                for order in map(json.loads, lines):
                    if "stop" in order:
                        _stop(order["stop"], running)
                        continue
                    if can_fork and order.get("many"):
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
                report = _report(process.exitcode, order["recipe"], order["minutes"], said)
                report |= {"number": order["number"], "seconds": round(time.monotonic() - start, 2)}
                print(json.dumps(report), flush=True)


def _stop(number: int, running: dict) -> None:
    for process, order, *_ in running.values():
        if order["number"] == number:
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


def _work(order: dict[str, Any], said: str) -> None:
    """Make one figure; what is printed, by C libraries too, goes to a file of its own."""
    with open(said, "wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    # JAX compiles what it cannot keep or read; a full disk is named where it costs something
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache")
    limit = 60 * order["minutes"]
    faulthandler.dump_traceback_later(limit, exit=True, file=2)  # also from within compiled code
    sys.dont_write_bytecode = True  # of a recipe's own modules, see `gallery.AsItIs`
    from dlfigs.make import worker

    def done(folder: Path) -> None:
        print(f"\n{FOLDER}{folder}", flush=True)  # after whatever the recipe has printed

    if "nice" in order and hasattr(os, "nice"):
        os.nice(order["nice"])
    # JSON has no tuples, and parameters have no lists
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in order["parameters"].items()}
    recipe, cache = Path(order["recipe"]), Path(order["cache"])
    sys.exit(worker.run(recipe, cache, given, force=order["force"], done=done))


def _report(exitcode: int, recipe: str, minutes: float, said: Path) -> dict[str, Any]:
    output = said.read_text(encoding="utf-8", errors="replace").strip()
    said.unlink()
    if exitcode == 0:
        folders = [line.removeprefix(FOLDER) for line in output.splitlines() if line.startswith(FOLDER)]
        return {"folder": folders[-1], "error": ""}
    if stopped := STOPPED.search(output):
        lines = re.findall(rf'File ".*{re.escape(Path(recipe).name)}", line (\d+)', stopped[0])
        where = f"{recipe}:{lines[0]}" if lines else recipe
        error = f"{where}: still at work after {minutes:g} minutes; make it smaller, or raise `minutes`"
        return {"error": error}
    return {"error": output or f"{recipe}: its process ended with code {exitcode}"}


if __name__ == "__main__":
    main()
