"""What looks like a number, a formula, a citation or a figure, and was not read as one.

Python-Markdown shows such text as it is; a reader would see "{{ he.rate }" where a number should be.
These patterns come after all others, and so never see code, which stands for itself. In HTML nothing is
read, and all of it is left over.
"""

from __future__ import annotations

import re
from typing import NoReturn

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor

from dlfigs.markdown.source import Source

AS_CODE = "or write it as code, between backticks"
LEFTOVERS = {
    r"\{\{[^\n{}]*\}{0,2}|\}\}": "a number is written {{ figure.claim }} or {{ figure.claim:.2f }}",
    r"\$\$|\$(?=[A-Za-z\\])[^\n$]*": "a formula is written $x$ or $$x$$; a dollar is \\$",
    r"(?<![\w:\\./])\\[A-Za-z]{2,}\*?\{[^{}\n]*\}?": "LaTeX is for formulas, as $x$; text is Markdown",
    r"\[\s*-?@(?:[^\]\n]*\](?!\()|[^\]\n]*$)": "a citation is written [@key] or [see @key, sec. 2; @other]",
    r"!\[[^\]\n]*\]?\s?[(\[]\S*": "a figure is written ![](slug)",
}

IN_TAG = r"<[A-Za-z][^<>{}]*(\{\{[^<>{}]*\}{0,2})[^<>]*>"
CODE = re.compile(r"<!--.*?-->|<(pre|code|script|style)\b.*?</\1>", re.DOTALL | re.IGNORECASE)


def register(md: Markdown, source: Source) -> None:
    """Register a pattern for each kind."""
    for number, (pattern, right) in enumerate(LEFTOVERS.items()):
        leftover = _Leftover(pattern, md, source, right)
        md.inlinePatterns.register(leftover, f"dlfigs-left-{number}", 5 - number / 10)
    in_tag = "numbers do not go into HTML's attributes"
    # Before numbers, whose place in the tag would be lost
    md.inlinePatterns.register(_Leftover(IN_TAG, md, source, in_tag), "dlfigs-left-tag", 177)
    md.preprocessors.register(_InHtml(md, source), "dlfigs-left-html", 15)  # when HTML has been set aside


class _InHtml(Preprocessor):
    def __init__(self, md: Markdown, source: Source) -> None:
        super().__init__(md)
        self.source = source

    def run(self, lines: list[str]) -> list[str]:
        for block in self.md.htmlStash.rawHtmlBlocks:
            text = CODE.sub("", block) if isinstance(block, str) else ""
            for pattern in LEFTOVERS:
                if found := re.search(pattern, text):
                    words = "nothing is read; write Markdown, or give the element the attribute markdown"
                    snippet = found[0].partition("<")[0].rstrip()
                    self.source.fail(snippet, f"{snippet!r} in HTML, where {words}")
        return lines


class _Leftover(InlineProcessor):
    def __init__(self, pattern: str, md: Markdown, source: Source, right: str) -> None:
        super().__init__(pattern, md)
        self.source, self.right = source, right

    def handleMatch(self, m: re.Match[str], data: str) -> NoReturn:  # noqa: N802
        text = (m[1] if m.re.groups else m[0]).rstrip()
        self.source.fail(text, f"{text!r} is not understood: {self.right}, {AS_CODE}")
