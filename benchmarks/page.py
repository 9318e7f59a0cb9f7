"""Tables of docs/benchmarks.md from results.json: between two comments; the rest of the page stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- tables: {} -->", "<!-- end of {} -->"
NAMES = {
    "torch_loop": "PyTorch, a loop over nets",
    "torch_func": "PyTorch, `torch.func.vmap`",
    "numpy": "NumPy, a loop over nets",
    "dlfigs_site": "dlfigs, as a plugin of MkDocs",
    "mkdocs_gallery": "mkdocs-gallery",
    "sphinx_gallery": "sphinx-gallery",
}
STEPS = {
    "figures": "All figures from nothing",
    "site": "The site after that",
    "figures again": "Figures, nothing changed",
    "site again": "Site, nothing changed",
}


def _ratio(spread: Sequence[float]) -> str:
    low, median, high = (f"{value:.2g}" if value < 10 else f"{value:.0f}" for value in spread)
    return f"{median} ({low} to {high})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


def _measured(result: Mapping[str, Any]) -> str:
    about = ", ".join(f"{name} {value}" for name, value in result["machine"].items())
    return f"Measured on {result['day']}: {about}."


def _gradients(result: Mapping[str, Any]) -> list[str]:
    share, finite = result["share"], result["finite"]
    rows = [
        [NAMES[name], _ratio(spread), f"{finite[name]:.0%}"] for name, spread in result["ratios"].items()
    ]
    return [
        _table(
            ["Time over that of dlfigs", "Median (range)", "Cases with finite norms in all layers"], rows
        ),
        f"A case is an initializer with an activation. For dlfigs all norms are finite in "
        f"{finite['dlfigs']:.0%} of them. It does its operations at "
        f"{result['of_best_product']:.0%} of the rate of the best plain matrix product, compiling "
        f"included. The others did one in {1 / share:.0f} of the seeds, and their time counts "
        f"{1 / share:.0f} times.",
    ]


def _sweep(result: Mapping[str, Any]) -> list[str]:
    rows = [[NAMES[name], _ratio(spread)] for name, spread in result["ratios"].items()]
    return [
        _table(["Time over that of dlfigs", "Median (range)"], rows),
        f"The second time in the same process, with nothing to compile, the loop takes "
        f"{result['compiled']:.2g} times as long as dlfigs.",
    ]


def _galleries(result: Mapping[str, Any]) -> list[str]:
    rows = [
        [NAMES[name], _ratio(spread), _ratio(result["warm"][name])]
        for name, spread in result["cold"].items()
    ]
    return [_table(["Time over that of `dlfigs build`", "From nothing", "With nothing changed"], rows)]


def _course(result: Mapping[str, Any]) -> list[str]:
    cold, edits = result["cold"], result["edit"]
    rows = [
        ["All figures from nothing", f"{cold['figures']:.0f} s"],
        ["The site after that", f"{cold['site']:.0f} s"],
        ["Most memory of all processes together", f"{cold['gibibytes']:.2g} GiB"],
        ["Figures, nothing changed", f"{result['warm_figures_cpu']:.2g} s of CPU"],
        ["Site, nothing changed, over plain MkDocs", _ratio(result["over_plain"])],
        ["`mkdocs serve`: changed text until it shows", f"{edits['text']:.2g} s"],
        ["`mkdocs serve`: changed caption until it shows", f"{edits['caption']:.2g} s"],
    ]
    return [_table(["What", "Measured"], rows), *_beside(result)]


def _beside(result: Mapping[str, Any]) -> list[str]:
    if "beside" not in result:  # of before there was an earlier commit to measure against
        return []
    rows = [[STEPS[step], _ratio(of["wall"]), _ratio(of["cpu"])] for step, of in result["beside"].items()]
    head = [f"Time of commit `{result['baseline']}` over that of today", "By the clock", "CPU time"]
    return [_table(head, rows)]


TABLES = {"gradients": _gradients, "sweep": _sweep, "galleries": _galleries, "course": _course}


def filled(text: str, results: Mapping[str, Any]) -> str:
    """Return the page's text with the tables of the results that there are."""
    for name, result in results.items():
        begin, end = BEGIN.format(name), END.format(name)
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise SystemExit(f"docs/benchmarks.md needs the lines {begin} and {end}")
        text = before + "\n\n".join([begin, *TABLES[name](result), _measured(result), end]) + after
    return text


def write(results: Mapping[str, Any], path: Path) -> None:
    """Renew the tables of the page."""
    path.write_text(filled(path.read_text(encoding="utf-8"), results), encoding="utf-8")
