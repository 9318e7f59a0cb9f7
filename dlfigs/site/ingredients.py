"""What a chapter is made of, as far as that can be told before it is rendered."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from dlfigs.make.files import checksum
from dlfigs.markdown import blocks, numbers
from dlfigs.markdown.citing import today
from dlfigs.markdown.source import PAGES, pages
from dlfigs.site import documented

# Lines that take text of other pages; its marks, [start:name], take none. Most take a section of one file
FROM_ELSEWHERE = re.compile(r"^.*-8<-++(?! *\[).*$", re.MULTILINE)
SECTION = re.compile(r'\s*-+8<-+ "([^":;]+)(?::([\w-]+))?"\s*')
# What may be a figure's name: in an image, its reference, or a number
USED = re.compile(r"(?:[(:]|\{\{)\s*<?(\w+)")
OF_ONE_BUILD = {"figures", "waiting", "recipes", "error"}  # options that say the same in other words


def _renderers() -> bytes:
    """Return the names of all packages, with versions, and what our own code is."""
    folders = [Path(place) for place in dict.fromkeys(sys.path) if Path(place).is_dir()]
    packages = sorted(entry.name for folder in folders for entry in folder.glob("*.dist-info"))
    ours = [checksum(path.read_bytes()) for path in sorted(Path(__file__).parents[1].rglob("*.py"))]
    return json.dumps([packages, ours]).encode()


# As this process has loaded them: a server goes on with the code that it began with
RENDERERS = _renderers()


def written(value: Any) -> str:
    """Return the same text for an object of a configuration in each build: its place in memory is none."""
    if callable(value) and hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    return re.sub(r" at 0x[0-9a-f]+", "", str(value))


class Ingredients:
    """What all chapters of one build depend on, when all files are known, and each by itself.

    Args:
        figures: What tells the versions of each figure apart, by slug.
        config: Of MkDocs.
        files: All.
    """

    def __init__(self, figures: Mapping[str, str], config: MkDocsConfig, files: Files) -> None:
        self.figures, self.config, self.docs = figures, config, Path(config.docs_dir)
        options = {
            name: {key: value for key, value in given.items() if key not in OF_ONE_BUILD}
            for name, given in config.mdx_configs.items()
        }
        ours = options["dlfigs.markdown"]
        read = [Path(value) for value in ours.values() if isinstance(value, str)]
        addresses = sorted((file.src_uri, file.url) for file in files)
        # A page of questions is a chapter, and of those that have text of others all texts count
        terms = Path(ours.get("glossary") or ".")
        all_read = [path for path in read if path.is_file() and (path.suffix not in PAGES or path == terms)]
        texts = [checksum(path.read_bytes()) for path in all_read]
        links = str(dict(config.validation.links))
        everything = [config.markdown_extensions, options, addresses, texts, links, str(today())]
        here = str(Path(config.config_file_path).parent)  # the same in a copy of the course
        self.everywhere = json.dumps(everything, default=written).replace(here, ".").encode()

    def of(self, page: Page) -> bytes | None:
        """Return what one chapter is made of, with what it takes from elsewhere; None if nobody knows."""
        text = "\0".join([page.markdown, *self._sections(page.markdown)])
        of_all = blocks.BLOCK.search(text) or numbers.COUNT.search(text)
        if (code := documented.code(text, self.config)) is None:
            return None
        used = set(USED.findall(text))
        named = {slug: name for slug, name in self.figures.items() if of_all or slug in used}
        said = [page.url, page.title, dict(page.meta), named, code]
        own = [text.encode(), json.dumps(said, default=str).encode()]
        return b"\0".join([RENDERERS, self.everywhere, *own])

    def _sections(self, text: str) -> list[str]:
        """Return the texts that a chapter takes from others; all of them if it cannot be told which."""
        found = []
        for line in FROM_ELSEWHERE.findall(text):
            asked = SECTION.fullmatch(line)
            file = self.docs / asked[1] if asked else self.docs
            whole = file.read_text(encoding="utf-8") if file.is_file() else ""
            mark = rf"\[start:{asked[2]}\](.*?)\n[^\n]*\[end:{asked[2]}\]" if whole and asked[2] else "(.+)"
            taken = re.search(mark, whole, re.DOTALL)
            if not taken or FROM_ELSEWHERE.search(taken[1]):
                return [path.read_text(encoding="utf-8") for path in pages(self.docs)]
            found.append(taken[1])
        return found
