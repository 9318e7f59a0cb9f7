"""Numbers of a page that say what they are, and the lines by which its copy names them.

While pages are rendered, numbers are elements, <data class="named-number" value="swish.lowest">, and
formulas have their TeX in `data-tex`. The copy is made of that; readers' pages get neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dlfigs.markdown import mathematics, numbers
from dlfigs.recipe import claims
from dlfigs.recipe.info import Info, Judged
from dlfigs.site.copies.elements import Element

NUMBER = re.compile(rf'<data class="{numbers.NAMED}"( hidden="")? value="[^"]*">(.*?)</data>', re.DOTALL)
TEX = re.compile(rf' {mathematics.TEX}="[^"]*"')
COUNTS = {
    "figures": "number of figures of the course",
    "claims": "number of claims of the course that hold",
    "runs": "number of runs of all figures",
}


class Shown(NamedTuple):
    """A number on a page.

    Args:
        name: As the chapter has it: "swish.lowest.expected".
        text: As it is to be read.
    """

    name: str
    text: str


def of(page: Element) -> list[Shown]:
    """Return the numbers of a page in the order in which they are read, each once."""
    found = (
        Shown(e.attributes.get("value", ""), e.text()) for e in page.all() if e.classes == [numbers.NAMED]
    )
    return list(dict.fromkeys(found))


def without(html: str) -> str:
    """Return a page's text as readers get it."""
    return TEX.sub("", NUMBER.sub(lambda number: "" if number[1] else number[2], html))


def lines(shown: Iterable[Shown], infos: Mapping[str, Info]) -> list[str]:
    """Return for each name of a page its values, and what is known of it: value, id, text, verdict.

    Args:
        shown: The numbers of the page.
        infos: What is known of each figure.
    """
    values: dict[str, list[str]] = {}
    for name, text in shown:
        values.setdefault(name, []).append(text)
    return [f"- {', '.join(said)} — `{name}` — {_meaning(name, infos)}" for name, said in values.items()]


def of_figure(slug: str, info: Info) -> list[Shown]:
    """Return what a figure's own page shows: all of its claims."""
    return [Shown(f"{slug}.{claim.id}", claims.written(claim)[0]) for claim in info.claims]


def claim_of(name: str, infos: Mapping[str, Info]) -> Judged | None:
    """Return the claim that a number is of, if it is of one."""
    slug, _, rest = name.partition(".")
    identity = rest.partition(".")[0]
    known = infos[slug].claims if slug in infos else ()
    return next((claim for claim in known if claim.id == identity), None)


def _meaning(name: str, infos: Mapping[str, Info]) -> str:
    slug, _, rest = name.partition(".")
    identity, _, part = rest.partition(".")
    if claim := claim_of(name, infos):
        measured, required, _ = claims.written(claim)
        which = f"{part.replace('_', ' ')} of: " if part else ""
        verdict = "holds" if claim.holds else "does not hold"
        return f"{which}{claim.text} — measured {measured}, must be {required}: {verdict}"
    info = infos.get(slug)
    for setting in info.varied if info else ():
        for found in setting["verdicts"]:
            if found["verdict"] == identity:
                return f"verdict on: {found['text']}"
    return COUNTS.get(name, f"setting of the figure: {rest}")
