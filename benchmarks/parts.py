"""Where the time of each figure goes, a row for each: CPU seconds, with no cache, in a process of its own.

    python benchmarks/parts.py [SLUG]...

prints for all figures, or those named, what importing takes (once for all in `dlfigs build`), tracing and
compiling with the number of programs, the rest of the computation (arithmetic and random numbers), judging
claims, and drawing; and the best rate of a plain matrix product on this machine.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pairs

PARTS = ("importing", "tracing", "compiling", "programs", "the rest", "judging", "drawing")
EVENTS = {
    "jaxpr_trace_duration": "tracing",
    "jaxpr_to_mlir_module_duration": "tracing",
    "backend_compile_duration": "compiling",
}


def measure(recipe: Path) -> dict[str, Any]:
    """Make a figure without writing it, and return CPU seconds by part, and the number of programs."""
    from dlfigs.make.surroundings import ONE_THREAD

    os.environ |= ONE_THREAD  # before JAX is imported
    began = time.process_time()
    from jax import monitoring

    from dlfigs.make import computing, drawing, evaluating, pool
    from dlfigs.recipe import loading

    pool._import_common()
    figure = loading.load(recipe)
    found = {"importing": time.process_time() - began}
    told, programs = Counter(), Counter()

    def listen(event: str, seconds: float, **_: Any) -> None:
        if part := EVENTS.get(event.rpartition("/")[2]):
            told[part] += seconds
            programs[part] += 1

    monitoring.register_event_duration_secs_listener(listen)
    wall, began = time.perf_counter(), time.process_time()
    data = computing.compute(figure, {})
    wall, cpu = time.perf_counter() - wall, time.process_time() - began
    # JAX tells seconds by the clock, which are more where the processor has other work too
    found |= {part: told[part] * cpu / wall for part in ("tracing", "compiling")}
    found["programs"] = programs["compiling"]
    found["the rest"] = cpu - found["tracing"] - found["compiling"]
    began = time.process_time()
    result = evaluating.evaluate(recipe.stem, figure, data, {})
    found["judging"] = time.process_time() - began
    began = time.process_time()
    drawing.drawn_now(figure, result.drawn, recipe.stem)
    return found | {"drawing": time.process_time() - began}


def table(rows: dict[str, dict[str, Any]]) -> str:
    """Return a table of all figures, those that take longest first, with their sum."""
    rows = dict(sorted(rows.items(), key=lambda row: -_seconds(row[1])))
    total = {part: sum(row[part] for row in rows.values()) for part in PARTS}
    width = max(map(len, [*rows, "all"]))
    lines = [" ".join([" " * width, *(f"{part:>9}" for part in PARTS)])]
    for name, row in [*rows.items(), ("all", total)]:
        cells = [f"{row[part]:9d}" if part == "programs" else f"{row[part]:9.2f}" for part in PARTS]
        lines.append(" ".join([f"{name:{width}}", *cells]))
    return "\n".join(lines)


def _seconds(row: dict[str, Any]) -> float:
    return sum(row[part] for part in PARTS if part not in ("importing", "programs"))


def main(slugs: list[str]) -> None:
    """Measure figures one after another."""
    from dlfigs.recipe import loading

    chosen = loading.choose(loading.find(Path("figures")), slugs)
    rows = {slug: pairs.run(__file__, "--one", str(path)) for slug, path in chosen.items()}
    print(table(rows))
    rate = pairs.run(str(Path(__file__).with_name("gradients.py")), "product")["rate"]
    print(f"The best plain matrix product: {rate / 1e9:.0f} GFLOP/s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(Path(sys.argv[2]))))
    else:
        main(sys.argv[1:])
