"""A page's HTML as Markdown: headings, lists, tables, code, boxes, tabs, figures and formulas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from dlfigs.site.copies.elements import Element
from dlfigs.site.copies.inline import CODE, FOOTNOTE, Words, unseen

HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = {"p", "div", "ul", "ol", "dl", "pre", "table", "blockquote", "hr", "details", "figure"}
BLOCKS |= {
    "figcaption",
    "section",
    "article",
    "aside",
    "main",
    "header",
    "footer",
    "center",
    "summary",
    *HEADINGS,
}
BOXES = {"admonition", "details"}
FORMULA = re.compile(r"(?<!\\)\$[^$]+\$")
LANGUAGE = re.compile(r"^(?:language|lang)-([\w+-]+)$")


def markdown(page: Element, lead: Callable[[str], str], figure: Callable[[str], tuple[str, str]]) -> str:
    """Return a page as Markdown.

    Args:
        page: Its tree.
        lead: Gives the address that a link or an image of the page has in the copy; "" for a link that is
            only words there.
        figure: Gives addresses of a figure's picture and of its page, by slug; may be empty.
    """
    return "\n\n".join(_Blocks(lead, figure).of(page)) + "\n"


class _Blocks:
    def __init__(self, lead: Callable[[str], str], figure: Callable[[str], tuple[str, str]]) -> None:
        self.words, self.figure = Words(lead), figure

    def of(self, element: Element) -> list[str]:
        """Return what is in an element, block by block."""
        made: list[str] = []
        line: list[Element | str] = []
        for child in [*element.children, None]:
            if child is not None and not _is_block(child):
                line.append(child)
                continue
            if text := self.words.line(line):
                made.append(text)
            line = []
            if child is not None and not unseen(child):
                made += [block for block in self._block(child) if block]
        return made

    def _block(self, element: Element) -> list[str]:
        tag, classes = element.tag, set(element.classes)
        lists = {"ul": self._list, "ol": self._list, "dl": self._definitions, "table": self._table}
        writers = (
            (tag in HEADINGS, self._heading),
            ("data-tex" in element.attributes, self._formula),
            (tag in ("details", "blockquote") or BOXES & classes, self._box),
            ("tabbed-set" in classes, self._tabs),
            ("footnote" in classes, self._footnotes),
            ("data-figure" in element.attributes, self._figure),
            (tag in lists, lists.get(tag)),
            (tag == "pre" or "highlight" in classes, self._code),
            (tag == "hr", lambda _: ["---"]),
        )
        return next((write for fits, write in writers if fits), self.of)(element)

    def _heading(self, element: Element) -> list[str]:
        text = self.words.heading(element.children)
        return [f"{'#' * HEADINGS[element.tag]} {text}"] if text else []

    def _formula(self, element: Element) -> list[str]:
        tex = element.attributes["data-tex"].strip()
        after = self.words.line(child for child in element.children if isinstance(child, str))
        return [f"$$\n{tex}\n$$" if tex else "", after]

    def _box(self, element: Element) -> list[str]:
        """Return a quotation, or a box as one, with its title in bold."""
        titles = [e for e in element.elements() if e.tag == "summary" or "admonition-title" in e.classes]
        others = [child for child in element.children if child not in titles]
        named = [f"**{self.words.line(title.children).replace('**', '')}**" for title in titles]
        return [_quoted(named + self.of(Element("div", {}, others)))]

    def _tabs(self, element: Element) -> list[str]:
        labels = [self.words.line(e.children) for e in element.all() if e.tag == "label"]
        blocks = [e for e in element.all() if {"tabbed-block", "tabbed-content"} & set(e.classes)]
        blocks = [e for e in blocks if not any("tabbed-block" in inner.classes for inner in e.elements())]
        made = []
        for label, block in zip(labels, blocks, strict=False):
            made += [f"**{label}:**", *self.of(block)]
        return made

    def _footnotes(self, element: Element) -> list[str]:
        return [self._footnote(item) for item in element.all() if item.tag == "li"]

    def _footnote(self, item: Element) -> str:
        number = FOOTNOTE.match(item.attributes.get("id", ""))
        text = _indented("\n\n".join(self.of(item)), "    ")
        return f"[^{number[1]}]: {text}" if number else text

    def _figure(self, element: Element) -> list[str]:
        """Return picture, caption and where the figure's data are."""
        drawing = element.first("svg", "img")
        slug = element.attributes["data-figure"]
        picture, page = self.figure(slug)
        alt = self.words.line([drawing.attributes.get("alt", "")]) if drawing else ""
        made = [f"![{alt}]({picture})" if picture else alt]
        for caption in (e for e in element.all() if e.tag == "figcaption"):
            made += self.of(caption)
        return [*made, f"[Figure `{slug}`: claims, data, recipe]({page})" if page else ""]

    def _list(self, element: Element) -> list[str]:
        items, number = [], int(element.attributes.get("start", "1") or 1)
        for child in element.elements():
            if child.tag != "li" or unseen(child):
                continue
            marker = f"{number}. " if element.tag == "ol" else "- "
            number += 1
            blocks = self.of(child)
            tight = len(blocks) <= 1 or (len(blocks) == 2 and _is_list(blocks[1]))
            text = ("\n" if tight else "\n\n").join(blocks)
            items.append((tight, marker + _indented(text, " " * len(marker))))
        return [("\n" if all(tight for tight, _ in items) else "\n\n").join(text for _, text in items)]

    def _definitions(self, element: Element) -> list[str]:
        items: list[str] = []
        for child in (e for e in element.all() if e.tag in ("dt", "dd")):
            if child.tag == "dt":
                items.append(f"- **{self.words.line(child.children).replace('**', '')}**")
            elif text := "\n\n".join(self.of(child)):
                items += [] if items else ["-"]
                items[-1] += f": {_indented(text, '  ')}"
        return ["\n".join(items)]

    def _table(self, element: Element) -> list[str]:
        if "highlighttable" in element.classes:  # code with numbers of lines
            return [block for pre in _pres(element) for block in self._code(pre)][-1:]
        rows = [
            [self._cell(cell) for cell in row.elements() if cell.tag in ("td", "th")]
            for row in element.all()
            if row.tag == "tr"
        ]
        rows = [row for row in rows if row]
        if not rows:
            return []
        width = max(map(len, rows))
        lines = [f"| {' | '.join([*row, *[''] * (width - len(row))])} |" for row in rows]
        caption = element.first("caption")
        return [
            self.words.line(caption.children) if caption else "",
            "\n".join([lines[0], f"|{' --- |' * width}", *lines[1:]]),
        ]

    def _cell(self, cell: Element) -> str:
        """Return a cell as one line: what is in blocks follows with a space."""
        text = " ".join(self.of(cell)).replace("\\\n", " ").replace("\n", " ")
        text = FORMULA.sub(lambda tex: tex[0].replace(r"\|", r"\Vert ").replace("|", r"\vert "), text)
        return re.sub(r"(?<!\\)\|", r"\\|", text)

    def _code(self, element: Element) -> list[str]:
        pre = element if element.tag == "pre" else element.first("pre")
        if pre is None:
            return self.of(Element("div", {}, element.children))
        names = [name for e in (*element.all(), pre) for name in e.classes]
        language = next((found[1] for name in names if (found := LANGUAGE.match(name))), "")
        title = next((e for e in element.all() if "filename" in e.classes), None)
        text = pre.text().strip("\n")
        fence = "`" * max(3, *(len(ticks) + 1 for ticks in re.findall("`{3,}", text)), 3)
        shown = f"{fence}{language}\n{text}\n{fence}"
        return [f"**{self.words.line(title.children)}**" if title else "", shown]


def _is_block(child: Element | str) -> bool:
    if isinstance(child, str):
        return False
    if child.tag in BLOCKS:
        return True
    return child.tag not in CODE and any(inner.tag in BLOCKS for inner in child.elements())


def _is_list(block: str) -> bool:
    return bool(re.match(r"(?:-|\d+\.) ", block))


def _pres(element: Element) -> Iterator[Element]:
    return (e for e in element.all() if e.tag == "pre")


def _quoted(blocks: Sequence[str]) -> str:
    return "\n".join(f"> {line}".rstrip() for line in "\n\n".join(blocks).split("\n")) if blocks else ""


def _indented(text: str, by: str) -> str:
    first, *rest = text.split("\n")
    return "\n".join([first, *(by + line if line else "" for line in rest)])
