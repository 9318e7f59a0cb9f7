"""Verdicts at several settings as tables: of one figure, and of all of them, {{ verdicts }}."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from markdown import Markdown

from dlfigs.markdown.page import Page
from dlfigs.recipe import robustness
from dlfigs.recipe.figure import write_number
from dlfigs.recipe.info import Info

DRAWN = "as drawn"
UNKNOWN = "?"


def table(varied: Sequence[Mapping[str, Any]], name: str) -> str:
    """Return a figure's verdicts as an HTML table: comparisons by settings, and what becomes of each.

    Args:
        varied: As `Info.varied` has it.
        name: Of the table, for who does not see it.
    """
    heads = ["Comparison", "Elsewhere", *(_setting(one["setting"]) for one in varied)]
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    rows = []
    for found in robustness.columns(varied).values():
        text = next(one["text"] for one in found if one)
        cells = "".join(f"<td>{_cell(one)}</td>" for one in found)
        outcome = robustness.outcome(found)
        word = f'<span class="outcome-{outcome}">{robustness.OUTCOMES[outcome]}</span>'
        rows.append(f'<tr><th scope="row">{escape(text)}</th><td>{word}</td>{cells}</tr>')
    body = "".join(rows)
    inner = f'<table class="data verdicts"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(name)}">{inner}</div>'


def tally(varied: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many verdicts of a figure have each outcome."""
    outcomes = [robustness.outcome(found) for found in robustness.columns(varied).values()]
    return {name: outcomes.count(name) for name in robustness.OUTCOMES}


def counts(varied: Sequence[Mapping[str, Any]]) -> str:
    """Return in one sentence what becomes of a figure's verdicts."""
    number = tally(varied)
    settings = f"{sum(bool(one['verdicts']) for one in varied)} settings"
    held = f"{number[robustness.HOLDS]} of {sum(number.values())}"
    return (
        f"Verdicts that are the same at all {settings}: {held}. "
        f"Not decided everywhere: {number[robustness.OPEN]}. Turned: {number[robustness.TURNS]}."
    )


def overview(infos: Mapping[str, Info]) -> str:
    """Return an HTML table of what becomes of the verdicts of each figure, with links to their sections.

    Args:
        infos: By slug.
    """
    numbers = {slug: tally(info.varied) for slug, info in infos.items()}
    names = {slug: f'<a href="#{slug}">{escape(infos[slug].title)}</a>' for slug in numbers}
    numbers["all"] = {
        name: sum(number[name] for number in numbers.values()) for name in robustness.OUTCOMES
    }
    rows = ""
    for slug, number in numbers.items():
        cells = "".join(f"<td>{value}</td>" for value in (sum(number.values()), *number.values()))
        rows += f'<tr><th scope="row">{names.get(slug, "All")}</th>{cells}</tr>'
    heads = ("Figure", "Comparisons", "Same everywhere", "Not decided everywhere", "Turn")
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    inner = f'<table class="data outcomes"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    name = "What becomes of verdicts, by figure"
    return f'<div class="scroll" tabindex="0" role="group" aria-label="{name}">{inner}</div>'


def _setting(setting: str) -> str:
    return setting.replace(" ", ", ").replace("=", " = ") if setting else DRAWN


def _cell(found: Mapping[str, Any] | None) -> str:
    if not found:
        return UNKNOWN
    mean, low, high = (write_number(found[part], "+.2g") for part in ("mean", "low", "high"))
    title = f"95 % interval {low} to {high}"
    return f'<span class="{found["word"]}" title="{title}">{found["word"]}</span> {mean}'


class Verdicts:
    """Makes the tables of a page.

    Args:
        md: The Markdown instance.
        page: The page that is read.
    """

    def __init__(self, md: Markdown, page: Page) -> None:
        self.md, self.page = md, page

    def fill(self, parent: ET.Element) -> None:
        """Add for each figure that names settings its title and table, and what comes of them before."""
        infos = {slug: self.page.finished.info(slug) for slug in self.page.finished.slugs}
        infos = {slug: info for slug, info in infos.items() if info.varied}
        if len(infos) > 1:
            ET.SubElement(parent, "div").text = self.md.htmlStash.store(overview(infos))
        for slug, info in infos.items():
            section = ET.SubElement(parent, "section", {"class": "verdicts-of-figure"})
            ET.SubElement(section, "h2", {"id": slug}).text = info.title
            words = ET.SubElement(section, "p")
            words.text = f"{counts(info.varied)} "
            if page := self.page.place.own_page(slug):
                ET.SubElement(words, "a", {"href": self.page.place.link(page)}).text = "The figure"
            box = ET.SubElement(section, "div")
            box.text = self.md.htmlStash.store(table(info.varied, f"Verdicts: {info.title}"))
