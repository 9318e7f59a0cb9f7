"""Where in the sources something stands, for messages like "docs/dropout.md:12: ..."."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NoReturn

from markdown import Markdown
from markdown.preprocessors import Preprocessor


class Source(Preprocessor):
    """Remembers the text that is being converted, and finds file and line when there is an error.

    Python-Markdown knows neither: the file is the one in the folder that contains the text. If something is
    `wrong` with the extension itself, no text is converted.
    """

    def __init__(self, md: Markdown, docs: Path, error: type[Exception], wrong: str = "") -> None:
        super().__init__(md)
        self.docs, self.error, self.wrong, self.text = docs, error, wrong, ""
        md.preprocessors.register(self, "dlfigs-source", 1000)  # before anything changes the text

    def run(self, lines: list[str]) -> list[str]:
        """Keep the text; change nothing."""
        if self.wrong:
            raise self.error(self.wrong)
        self.text = "\n".join(lines)
        return lines

    def fail(self, snippet: str, message: str) -> NoReturn:
        """Raise an error that names the place where `snippet` stands in the sources."""
        raise self.error(f"{self.place(snippet)}: {message}") from None

    def place(self, snippet: str) -> str:
        """Return "file:line" of the first occurrence of a piece of text.

        What the page does not have itself it has taken from another one.
        """
        wanted = re.compile(re.escape(snippet) + r"(?![\w}])" if snippet else "^")
        texts = {path: _read(path) for path in sorted(self.docs.rglob("*.md"))}
        body = self.text.strip()
        own = [path for path, text in texts.items() if body and body in text]
        found = wanted.search(self.text)
        if found and own:  # front matter, which the generator has cut off, counts as lines
            whole = texts[own[0]]
            return f"{own[0]}:{_line(whole, whole.find(body) + found.start() - self.text.find(body))}"
        for path, text in texts.items():
            if not found and (there := wanted.search(text)):
                return f"{path}:{_line(text, there.start())}"
        return str(own[0]) if own else f"line {_line(self.text, found.start() if found else 0)}"


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace("\r\n", "\n")
