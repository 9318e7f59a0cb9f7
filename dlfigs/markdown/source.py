"""Where in the sources something stands, for messages like "docs/dropout.md:12: ..."."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from markdown import Markdown
from markdown.preprocessors import Preprocessor
from markdown.util import Registry

# Of MkDocs, which makes links relative; of Zensical
RELATIVE, CONTEXT = "relpath", "rendering_context"
PAGES = (".md", ".markdown", ".mdown", ".mkdn", ".mkd")
# Of pymdownx.snippets: in a line, or a block of names; and of plugins, {% include "x" %}
TAKEN = re.compile(
    r"^[ >]*(?:--8<--|-{1,}8<-{1,})(?: [^\n]*|.*?^[ >]*-+8<-+$)|\{%.*?%\}", re.DOTALL | re.MULTILINE
)
FILE = re.compile(r"[\w./-]+\.\w+")


class Source(Preprocessor):
    """Remembers the text that is being converted, and finds file and line when there is an error.

    Python-Markdown knows neither: the file is the one that the generator names, or the one in the folder
    that contains the text. If something is `wrong` with the extension itself, no text is converted.
    """

    def __init__(
        self,
        md: Markdown,
        docs: Path,
        error: type[Exception],
        wrong: str = "",
        recipes: Mapping[str, Path] | None = None,
    ) -> None:
        super().__init__(md)
        self.docs, self.error, self.wrong, self.text = docs, error, wrong, ""
        self.recipes = recipes or {}  # by the page that is made of it
        md.preprocessors.register(self, "dlfigs-source", 1000)  # before anything changes the text

    def run(self, lines: list[str]) -> list[str]:
        """Keep the text; change nothing."""
        if self.wrong:
            raise self.error(self.wrong)
        self.text = "\n".join(lines)
        return lines

    @property
    def page(self) -> str:
        """The page below the folder of sources, as the generator says or the text tells; or ""."""
        if known := told(self.md):
            return known
        body = self.text.strip()
        own = [path for path in pages(self.docs) if body and body in _read(path)]
        return own[0].relative_to(self.docs).as_posix() if own else ""

    def fail(self, snippet: str, message: str, *, nth: int = 0, down: int = 0) -> NoReturn:
        """Raise an error that names the place where `snippet` stands in the sources.

        Args:
            snippet: A piece of the page's text.
            message: What is wrong there.
            nth: Which of its occurrences it is.
            down: How many lines below its beginning.
        """
        if registered(self.md.preprocessors, CONTEXT):
            sys.tracebacklimit = 0  # Zensical shows every error with its way through our code
        raise self.error(f"{self.place(snippet, nth=nth, down=down)}: {message}") from None

    def place(self, snippet: str, *, nth: int = 0, down: int = 0) -> str:
        """Return "file:line" of an occurrence of a piece of text, or of the first if there are fewer.

        What the page does not have itself it has taken from another one.
        """
        # Spaces may have changed, and lines of a quotation begin with their sign
        spaced = r"\s+(?:>\s*)*".join(re.escape(part) for part in re.split(r"\s+(?:>\s*)*", snippet))
        whole_word = r"(?![\w}])" if snippet[-1:].isalnum() else ""
        wanted = re.compile(spaced + whole_word if snippet else "^")
        texts = {path: _read(path) for path in pages(self.docs)}
        body = self.text.strip()
        own = [path for path, text in texts.items() if body and body in text]
        if (known := told(self.md)) and (self.docs / known) in own:  # two pages can have the same text
            own = [self.docs / known]
        every = list(wanted.finditer(self.text))
        found = every[nth if nth < len(every) else 0] if every else None
        if known in self.recipes and (there := wanted.search(_read(self.recipes[known]))):
            return f"{self.recipes[known]}:{_line(_read(self.recipes[known]), there.start()) + down}"
        if found and own:  # front matter, which the generator has cut off, counts as lines
            whole = texts[own[0]]
            at = whole.find(body) + found.start() - self.text.find(body)
            return f"{own[0]}:{_line(whole, at) + down}"
        named = _named(self.text, self.docs)
        for path, text in (named or texts).items():
            if not found and (there := wanted.search(text)):
                return f"{path}:{_line(text, there.start()) + down}"
        if known in self.recipes:
            return str(self.recipes[known])
        return str(own[0]) if own else f"line {_line(self.text, found.start()) + down if found else 1}"


def told(md: Markdown) -> str:
    """Return which page a generator converts, below the folder of its sources; "" if it does not say."""
    if relative := registered(md.treeprocessors, RELATIVE):
        return relative.file.src_uri
    context = registered(md.preprocessors, CONTEXT)
    return context.page.path if context else ""


def registered(registry: Registry, name: str) -> Any:
    """Return what is registered under a name, or None."""
    if name in registry:
        return registry[name]
    return None


def pages(docs: Path) -> list[Path]:
    """Return all pages of Markdown, with the endings that MkDocs knows."""
    return sorted(path for path in docs.rglob("*.m*") if path.suffix in PAGES)


def _named(text: str, docs: Path) -> dict[Path, str]:
    """Return the files that a page takes in, as `--8<-- "week/notes.md"`, in or beside its folder."""
    names = {name for marked in TAKEN.findall(text) for name in FILE.findall(marked)}
    places = [docs, docs.parent, *(path for path in docs.parent.iterdir() if path.is_dir())]
    files = dict.fromkeys(place / name for name in sorted(names) for place in places)
    return {path: _read(path) for path in files if path.is_file()}


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace("\r\n", "\n")
