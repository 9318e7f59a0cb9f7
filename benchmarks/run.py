"""Run the benchmarks, keep what they found in results.json, and write docs/benchmarks.md from it.

make bench                                    all of them, up to an hour and a half on a quiet machine
make bench BENCH="gradients sweep"            some: gradients, sweep, galleries, course
python benchmarks/run.py --page               only write the page again
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import page
import pairs

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
BASELINE = "5a78ce8"  # the course before it was made fast


def gradients() -> dict[str, Any]:
    """W1: all seeds for dlfigs; the others do a share of them, which for them is a share of the time."""
    from gradients import OPERATIONS, SEEDS

    share, program, finite = 2, str(HERE / "gradients.py"), {}
    found: dict[str, list] = {}

    def way(name: str, seeds: int) -> float:
        said = pairs.run(program, name, str(seeds))
        finite[name], found[name] = said["finite"], said["ten_below"]
        return said["seconds"] * SEEDS / seeds

    names = ("torch_loop", "torch_func", "numpy")
    ways = {"dlfigs": lambda: way("dlfigs", SEEDS)}
    ways |= {name: (lambda name=name: way(name, share)) for name in names}
    seconds = pairs.by_turns(ways)
    for name in names:
        differences = [
            abs(ours - theirs)
            for of_ours, of_theirs in zip(found["dlfigs"], found[name], strict=True)
            for row, other in zip(of_ours, of_theirs, strict=True)
            for ours, theirs in zip(row, other, strict=True)
            if math.isfinite(theirs)  # where float32 holds the others' norms
        ]
        agree = statistics.median(differences)
        if agree > 0.2:  # in the logarithm; the random numbers differ
            sys.exit(f"{name} does not find what dlfigs finds: {agree:.2g}")
    rate = max(pairs.run(program, "product")["rate"] for _ in range(3))
    ours = SEEDS * OPERATIONS / statistics.median(seconds["dlfigs"])
    return {
        "ratios": pairs.ratios(seconds, "dlfigs"),
        "of_best_product": ours / rate,
        "finite": finite,
        "share": share / SEEDS,
        "machine": pairs.machine("jax", "torch", "numpy"),
    }


def sweep() -> dict[str, Any]:
    """W2: all ways do all of the work."""
    program, found = str(HERE / "sweep.py"), {}

    def way(name: str) -> float:
        said = pairs.run(program, name)
        found[name] = said["accuracy"]
        return said["seconds"]

    ways = ("dlfigs", "torch_loop", "torch_func")
    seconds = pairs.by_turns({name: (lambda name=name: way(name)) for name in ways})
    compiled = statistics.median(way("dlfigs_compiled") for _ in range(pairs.PAIRS))
    for name in ways[1:]:
        for ours, theirs in zip(found["dlfigs"], found[name], strict=True):
            # Up to rate 0.3 every net learns in every way; beyond, some diverge
            if max(abs(a - b) for a, b in zip(ours[:4], theirs[:4], strict=True)) > 0.03:
                sys.exit(f"{name} does not find what dlfigs finds: {ours} and {theirs}")
    return {
        "ratios": pairs.ratios(seconds, "dlfigs"),
        "compiled": statistics.median(seconds["torch_loop"]) / compiled,
        "machine": pairs.machine("jax", "torch", "numpy"),
    }


def galleries() -> dict[str, Any]:
    """W3: ten figures, cold and warm."""
    import galleries as ten

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "ten"
        ten.prepare(folder)

        def cold(way: str) -> float:
            ten.forget(folder, way)
            return ten.build(folder, way)

        ways = tuple(ten.COMMANDS)
        first = pairs.by_turns({way: (lambda way=way: cold(way)) for way in ways})
        again = pairs.by_turns({way: (lambda way=way: ten.build(folder, way)) for way in ways})
    packages = ("jax", "matplotlib", "mkdocs-material", "mkdocs-gallery", "sphinx", "sphinx-gallery")
    return {
        "cold": pairs.ratios(first, "dlfigs"),
        "warm": pairs.ratios(again, "dlfigs"),
        "machine": pairs.machine(*packages),
    }


def course(baseline: str = BASELINE) -> dict[str, Any]:
    """The course: one cold build, the rest five times; and beside an earlier commit."""
    program = str(HERE / "course.py")
    with tempfile.TemporaryDirectory() as name:
        folder = str(Path(name) / "course")
        cold = pairs.run(program, "cold", folder)
        rounds = [
            (pairs.run(program, "warm", folder), pairs.run(program, "plain", folder))
            for _ in range(pairs.PAIRS)
        ]
        edits = [pairs.run(program, "edit", folder) for _ in range(pairs.PAIRS)]
        beside = pairs.run(program, "beside", str(Path(name) / "beside"), "--baseline", baseline)
    each = [warm["site"] / plain["seconds"] for warm, plain in rounds]
    return {
        "cold": cold,
        "warm_figures_cpu": statistics.median(warm["figures_cpu"] for warm, _ in rounds),
        "over_plain": [min(each), statistics.median(each), max(each)],
        "edit": {kind: statistics.median(edit[kind] for edit in edits) for kind in edits[0]},
        "baseline": baseline,
        "beside": beside,
        "machine": pairs.machine("jax", "matplotlib", "mkdocs", "mkdocs-material"),
    }


BENCHMARKS = {"gradients": gradients, "sweep": sweep, "galleries": galleries, "course": course}


def main() -> None:
    """Run what is named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; default: all"
    )
    parser.add_argument("--page", action="store_true", help="run nothing, write the page from results.json")
    parser.add_argument(
        "--baseline", default=BASELINE, metavar="COMMIT", help=f"for course; default: {BASELINE}"
    )
    given = parser.parse_args()
    for name in given.names:
        if name not in BENCHMARKS:
            parser.error(f"no benchmark {name!r}; known: {', '.join(BENCHMARKS)}")
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    for name in () if given.page else given.names or BENCHMARKS:
        print(f"{name}: by turns, {pairs.PAIRS} rounds", file=sys.stderr)
        day = datetime.now(UTC).date().isoformat()
        options = {"baseline": given.baseline} if name == "course" else {}
        results[name] = BENCHMARKS[name](**options) | {"day": day}
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")  # each as it ends
    page.write(results, HERE.parent / "docs" / "benchmarks.md")


if __name__ == "__main__":
    main()
