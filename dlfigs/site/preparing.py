"""What a build in MkDocs begins with: figures made, and the Markdown extension told of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError

from dlfigs.make.store import Store
from dlfigs.site import consistency, making, rendered
from dlfigs.site.completing import Completion
from dlfigs.site.figure_files import DOWNLOADS, PAGES


@dataclass(frozen=True)
class Prepared:
    """What the rest of the build needs.

    Args:
        recipes: Their folder.
        figures: By slug, as they are.
        memory: Pages of earlier builds.
        completion: Completes pages.
    """

    recipes: Path
    figures: Mapping[str, Any]
    memory: rendered.Memory
    completion: Completion


def prepare(
    config: MkDocsConfig,
    own: Any,
    log: logging.Logger,
    server: Callable[[Path, float], Any] | None,
) -> Prepared:
    """Have figures made before anything reads a page.

    Args:
        config: Of MkDocs; its options of `dlfigs.markdown` get the figures.
        own: The plugin's options.
        log: Hears of figures and errors.
        server: Gives a server that has figures made beside it, for a cache and minutes; None without one.

    Raises:
        UserError: If the course does not fit together, or if a figure could not be made.
    """
    if config.strict:  # or a quiet build would neither say what is wrong nor count it
        rendered.LOG.setLevel(min(rendered.LOG.level, logging.WARNING))
    root = consistency.root_of(config)
    folder, cache = root / own.recipes, root / own.cache
    options = consistency.options_of(config)
    begin = server(cache, own.minutes).begin if server else None
    recipes, figures = making.make(folder, cache, own.minutes, log, begin)
    keys = consistency.check_figures(options, {s: figure.info for s, figure in figures.items()}, recipes)
    of_pages = {f"{PAGES}/{slug}.md": recipe for slug, recipe in recipes.items()}
    options |= {
        "figures": {slug: figure.built.folder for slug, figure in figures.items() if figure.built},
        "waiting": {slug: figure.waiting for slug, figure in figures.items() if figure.words},
        "downloads": DOWNLOADS,
        "notebooks": PAGES,
        "recipes": of_pages,
        "docs": config.docs_dir,
        "named": own.copies,
        "error": PluginError,
    }
    names = {slug: figure.name for slug, figure in figures.items()}
    store = Store(cache)
    memory = rendered.Memory(store.pages, names, chapters=own.remember)
    completion = Completion(
        root,
        store.fonts,
        policy=own.policy,
        keys=keys,
        recipes=of_pages,
        copied={slug: figure.info for slug, figure in figures.items()} if own.copies else None,
        deck=own.deck,
        figures=figures if own.slides else None,
    )
    return Prepared(folder, figures, memory, completion)
