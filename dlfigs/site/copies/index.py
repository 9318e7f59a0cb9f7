"""The two indexes of a site for machines: of pages, llms.txt, and of claims, claims.json."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

from dlfigs.recipe.info import Info
from dlfigs.site.copies.named import Shown

SCHEMA = 1  # of claims.json; it grows when a field gets another meaning or goes


class Entry(NamedTuple):
    """A page as llms.txt lists it.

    Args:
        section: Of the navigation; "" if it is in none.
        title: Of the page.
        address: Of its copy.
        description: In a sentence; may be empty.
    """

    section: str
    title: str
    address: str
    description: str = ""


def llms(name: str, description: str, entries: Iterable[Entry], claims: str, rights: str = "") -> str:
    """Return llms.txt, as https://llmstxt.org has it: title, summary, notes, and lists of pages.

    Args:
        name: Of the site.
        description: In a sentence; may be empty.
        entries: All pages in their order; those of figures are in the section "Optional".
        claims: Address of claims.json.
        rights: What one may do with it; may be empty.
    """
    notes = (
        "Every page is also there as Markdown: its address, or that of its index.html, with .md behind it. "
        "At its end a copy names the claim of each measured number that it has. "
        f"[All claims]({claims}) are one JSON file: text, what was measured, what it must be, and whether "
        "it holds."
    )
    parts = [f"# {name}", f"> {description}" if description else "", notes, rights]
    sections: dict[str, list[str]] = {}
    for section, title, address, said in entries:
        line = f"- [{title}]({address})" + (f": {' '.join(said.split())}" if said else "")
        sections.setdefault(section or "Pages", []).append(line)
    optional = sections.pop("Optional", [])
    sections |= {"Optional": optional} if optional else {}
    parts += [f"## {section}\n\n" + "\n".join(lines) for section, lines in sections.items()]
    return "\n\n".join(filter(None, parts)) + "\n"


def claims(
    about: Mapping[str, str],
    infos: Mapping[str, Info],
    numbers: Mapping[str, Iterable[Shown]],
    pages: Mapping[str, tuple[str, str]],
    addresses: Mapping[str, str],
) -> str:
    """Return claims.json.

    Args:
        about: Name and address of the site.
        infos: What is known of each figure.
        numbers: Those of each page, by its address below the site's.
        pages: Title and whole address of each page, by its address below the site's.
        addresses: Whole address of each figure's own page.
    """
    used: dict[str, dict[str, list[str]]] = {}
    for page, shown in numbers.items():
        for name, text in shown:
            identity = ".".join(name.split(".")[:2])
            used.setdefault(identity, {}).setdefault(page, []).append(text)
    found, verdicts = [], []
    for slug, info in sorted(infos.items()):
        of_figure = {"figure": slug, "page": addresses.get(slug, "")}

        def chapters(identity: str) -> dict[str, Any]:
            there = used.get(identity, {})
            return {
                "chapters": [
                    {"title": pages[p][0], "page": pages[p][1], "shown": list(dict.fromkeys(texts))}
                    for p, texts in there.items()
                ]
            }

        settings = {"settings": dict(info.parameters), "seed": info.seed}
        for claim in info.claims:
            identity = f"{slug}.{claim.id}"
            said = asdict(claim) | {"id": identity} | of_figure | settings | chapters(identity)
            found.append({name: _finite(value) for name, value in said.items()})
        for identity, verdict in _verdicts(info).items():
            whole = f"{slug}.{identity}"
            verdicts.append({"id": whole} | verdict | of_figure | chapters(whole))
    parts = [f'"{name}": {_json(value)}' for name, value in {"schema": SCHEMA, **about}.items()]
    for name, rows in {"claims": found, "verdicts": verdicts}.items():
        lines = ",\n".join(map(_json, rows))  # one in a line, for who searches by line
        parts.append(f'"{name}": [\n{lines}\n]')
    return "{" + ",\n".join(parts) + "}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _verdicts(info: Info) -> dict[str, dict[str, Any]]:
    """Return a figure's comparisons by name, each with its word at every setting."""
    made: dict[str, dict[str, Any]] = {}
    for setting in info.varied:
        for found in setting["verdicts"]:
            one = made.setdefault(found["verdict"], {"text": found["text"], "at": []})
            numbers = {part: _finite(found[part]) for part in ("word", "mean", "low", "high")}
            one["at"].append({"setting": setting["setting"]} | numbers)
    return made


def _finite(value: Any) -> Any:
    """Return what JSON can hold: it has no infinity."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
