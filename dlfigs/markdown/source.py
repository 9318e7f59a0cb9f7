"""Where in the sources something stands, for messages like "docs/dropout.md:12: ..."."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from markdown import Markdown
from markdown.preprocessors import Preprocessor


class Source(Preprocessor):
    """Remembers the text that is being converted, and finds file and line when there is an error.

    Python-Markdown knows neither: the file is the one in the folder that contains the text.
    """

    def __init__(self, md: Markdown, docs: Path, error: type[Exception]) -> None:
        super().__init__(md)
        self.docs, self.error, self.text = docs, error, ""
        md.preprocessors.register(self, "dlfigs-source", 1000)  # before anything changes the text

    def run(self, lines: list[str]) -> list[str]:
        """Keep the text; change nothing."""
        self.text = "\n".join(lines)
        return lines

    def fail(self, snippet: str, message: str) -> NoReturn:
        """Raise an error that names the place where `snippet` stands in the sources."""
        raise self.error(f"{self.place(snippet)}: {message}") from None

    def place(self, snippet: str) -> str:
        """Return "file:line" of the first occurrence of a piece of text."""
        at = max(self.text.find(snippet), 0)
        line = self.text.count("\n", 0, at) + 1
        body = self.text.strip()
        for path in sorted(self.docs.rglob("*.md")):
            whole = path.read_text(encoding="utf-8").replace("\r\n", "\n")
            start = whole.find(body) if body else -1
            if start >= 0:  # front matter, which the generator has cut off, counts as lines
                skipped = self.text.count("\n", 0, self.text.find(body))
                return f"{path}:{whole.count(chr(10), 0, start) - skipped + line}"
        return f"line {line}"
