"""Workers side by side: read orders from standard input, make each figure in a process of its own.

`dlfigs.build` runs this module as a program. It imports JAX and the rest once, which takes seconds,
and forks itself for each figure: as clean as a new interpreter, at no cost. That is safe because
nothing here touches JAX, which starts its threads at first use.
"""

from __future__ import annotations

import faulthandler
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
    "scipy.interpolate",
    "scipy.optimize",
    "scipy.stats",
    "sklearn.datasets",
)


def main() -> None:
    """Carry out an order: `{"cache": ..., "jobs": 2, "minutes": 60, "force": false, "orders": [...]}`.

    In it are orders for figures: `{"recipe": ..., "parameters": {...}}`.
    Prints a line of JSON for each figure when it is begun, and one when it is done: its recipe, and
    its folder or an error. Ends at once, with all workers, when standard input does: whoever asked is gone.
    """
    # It warns in two lines for each process when it cannot keep its list of fonts, and works all the same
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    can_fork = sys.platform == "linux"  # elsewhere system libraries do not survive a fork
    if can_fork:
        from dlfigs import worker  # noqa: F401  what the forks then need not import

        if not select.select([sys.stdin], [], [], 0)[0]:  # nobody waits yet
            _import_common()
    if not (line := sys.stdin.readline()):
        return  # whoever started this has ended, or needs nothing
    todo = json.loads(line)
    if can_fork and len(todo["orders"]) > todo["jobs"]:
        _import_common()
    gc.freeze()  # what all share is no garbage: the forks need not look through it, nor copy it
    context = multiprocessing.get_context("fork" if can_fork else "spawn")
    waiting, running = list(reversed(todo["orders"])), {}
    while waiting or running:
        while waiting and len(running) < todo["jobs"]:
            order = waiting.pop()
            log, said = tempfile.mkstemp(prefix="dlfigs-")
            os.close(log)
            process = context.Process(
                target=_work, args=(order, todo["cache"], todo["force"], todo["minutes"], said), daemon=True
            )
            print(json.dumps({"recipe": order["recipe"], "started": True}), flush=True)
            process.start()
            running[process.sentinel] = process, order, Path(said)
        for sentinel in wait([*running, sys.stdin.fileno()]):
            if sentinel == sys.stdin.fileno():
                sys.exit(1)  # ends the workers too
            process, order, said = running.pop(sentinel)
            process.join()
            report = _report(process.exitcode, order["recipe"], todo["minutes"], said)
            print(json.dumps(report), flush=True)


def _import_common() -> None:
    for module in COMMON:
        importlib.import_module(module)


def _work(order: dict[str, Any], cache: str, force: bool, minutes: float, said: str) -> None:
    """Make one figure; what is printed, by C libraries too, goes to a file of its own."""
    with open(said, "wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    # JAX compiles what it cannot keep or read; a full disk is named where it costs something
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache")
    faulthandler.dump_traceback_later(60 * minutes, exit=True, file=2)  # also from within compiled code
    from dlfigs import worker

    def done(folder: Path) -> None:
        print(f"\n{FOLDER}{folder}", flush=True)  # after whatever the recipe has printed

    # JSON has no tuples, and parameters have no lists
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in order["parameters"].items()}
    sys.exit(worker.run(Path(order["recipe"]), Path(cache), given, force=force, done=done))


def _report(exitcode: int, recipe: str, minutes: float, said: Path) -> dict[str, Any]:
    output = said.read_text(encoding="utf-8", errors="replace").strip()
    said.unlink()
    if exitcode == 0:
        folders = [line.removeprefix(FOLDER) for line in output.splitlines() if line.startswith(FOLDER)]
        return {"recipe": recipe, "folder": folders[-1], "error": ""}
    if stopped := STOPPED.search(output):
        lines = re.findall(rf'File ".*{re.escape(Path(recipe).name)}", line (\d+)', stopped[0])
        where = f"{recipe}:{lines[0]}" if lines else recipe
        error = f"{where}: still at work after {minutes:g} minutes; make it smaller, or raise `minutes`"
        return {"recipe": recipe, "error": error}
    return {"recipe": recipe, "error": output or f"{recipe}: its process ended with code {exitcode}"}


if __name__ == "__main__":
    main()
