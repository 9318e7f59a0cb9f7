"""What an author writes around a figure's image: attributes, a link, <figure markdown> and its caption."""

from __future__ import annotations

import functools
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markdown import Markdown
from markdown.extensions.footnotes import NBSP_PLACEHOLDER as SPACE
from markdown.preprocessors import Preprocessor
from markdown.util import HTML_PLACEHOLDER_RE

from dlfigs.errors import UserError

# What can hold a figure: a drawing with its caption is a block
HOLDERS = {"li", "td", "th", "dd", "div", "details", "blockquote", "section", "article", "aside", "main"}
# Of an image, what a drawing in the page has no use for
UNNEEDED = {"src", "alt", "title", "loading", "decoding", "fetchpriority", "markdown"}
LENGTH = re.compile(r"(\d+(?:\.\d+)?)(px|%|em|rem|ch|vw|vh|cm|mm|in|pt)?")
HTML_FIGURE = re.compile(r"<figure\b[^>]*\smarkdown\b[^>]*>.*?</figure>", re.DOTALL | re.IGNORECASE)
IMAGE = re.compile(r"!\[[^\]]*\](?:\(\s*<?[\w-]+>?\s*(?:[\"'][^)]*)?\)|\[[^\]]*\])")
CAPTION = re.compile(r"<figcaption(?![^>]*\smarkdown\b)", re.IGNORECASE)


@dataclass
class Embedding:
    """One image in the tree of a page, with what is around it.

    Args:
        image: The image.
        parent: The element whose child is to be replaced by the figure.
        target: That child: the image itself, or what holds nothing else.
        link: Around the image, if there is one.
        caption: The author's own, if there is one.
        rest: What follows the figure in its paragraph: the way back from a footnote.
        attributes: Of the image, its paragraph and its <figure>.
    """

    image: ET.Element
    parent: ET.Element
    target: ET.Element
    link: ET.Element | None = None
    caption: ET.Element | None = None
    rest: ET.Element | None = None
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def classes(self) -> str:
        """The author's classes."""
        return self.attributes.get("class", "")

    def style(self) -> dict[str, str]:
        """Return what the figure's attributes become.

        Raises:
            UserError: If one is not for figures.
        """
        own = {name: value for name, value in self.attributes.items() if name not in UNNEEDED}
        style = own.pop("style", "").strip().rstrip(";")
        styles = [style] if style else []
        if width := own.pop("width", ""):
            length = LENGTH.fullmatch(width.strip())
            if not length:
                raise UserError(f"the width {width!r} is no length: 300, 300px or 50%")
            styles.insert(0, f"width: {length[1]}{length[2] or 'px'}")
        kept = {name: own.pop(name) for name in list(own) if name.startswith(("data-", "aria-"))}
        kept |= {name: own.pop(name) for name in ("align", "lang", "dir") if name in own}
        kept |= {
            name: own.pop(name) for name in list(own) if name.startswith("__figure")
        }  # pymdownx counts
        own = {name: value for name, value in own.items() if name not in ("id", "class")}
        if "height" in own:
            raise UserError("a figure keeps its proportions: give it a width and no height")
        if own:
            words = "width, align, style, class, id and data-..."
            raise UserError(f"a figure takes {words}; not {', '.join(sorted(own))}")
        return kept | ({"style": "; ".join(styles)} if styles else {})


def find(
    image: ET.Element, parents: Mapping[ET.Element, ET.Element], stash: Sequence[str | ET.Element] = ()
) -> Embedding:
    """Return an image with its surroundings.

    Args:
        image: In the tree of a page.
        parents: Of all elements of the tree.
        stash: Pieces of HTML that Python-Markdown has set aside, some of them empty.

    Raises:
        UserError: If it stands where no figure can be.
    """
    alone = "must be a paragraph of its own"
    found = Embedding(image, parents[image], image)
    found.attributes = dict(image.attrib)
    beside = functools.partial(_beside, stash=stash)
    if found.parent.tag == "a":
        if beside(found.parent, found.target):
            raise UserError(f"{alone}, within its link too")
        found.link = found.target = found.parent
        found.parent = parents[found.target]
    if found.parent.tag == "p":
        back = [child for child in found.parent if child.get("class") == "footnote-backref"]
        if beside(found.parent, found.target, *back):
            raise UserError(alone)
        if back:
            found.rest = ET.Element("p")
            found.rest.extend(back)
        found.target, found.parent = found.parent, parents[found.parent]
        _add(found.attributes, found.target.attrib)
    if found.parent.tag == "figure":
        captions = [child for child in found.parent if child.tag == "figcaption"]
        if len(captions) > 1 or beside(found.parent, found.target, *captions):
            raise UserError("stands alone in its <figure>, beside at most one <figcaption>")
        found.caption = captions[0] if captions else None
        found.target, found.parent = found.parent, parents[found.parent]
        _add(found.attributes, found.target.attrib)
    if found.parent.tag not in HOLDERS:
        raise UserError(alone)
    return found


def _add(attributes: dict[str, str], others: Mapping[str, str]) -> None:
    for name, value in others.items():
        joint = {"class": " ", "style": "; "}.get(name)
        if joint and attributes.get(name):
            attributes[name] = f"{value.rstrip('; ')}{joint}{attributes[name]}"
        else:
            attributes.setdefault(name, value)


def _beside(parent: ET.Element, *children: ET.Element, stash: Sequence[str | ET.Element]) -> bool:
    """Whether an element has more than these children: text, or other elements than line breaks."""
    text = "".join(filter(None, [parent.text, *(child.tail for child in parent)])).replace(SPACE, "")
    text = HTML_PLACEHOLDER_RE.sub(lambda found: str(stash[int(found[1])]).strip(), text)
    return bool(text.strip() or {child for child in parent if child.tag != "br"} - set(children))


class Captions(Preprocessor):
    """Lets a figure's caption in <figure markdown> be read as Markdown, like all else in it."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        # When fenced code has been set aside, before HTML is
        md.preprocessors.register(self, "dlfigs-captions", 22)

    def run(self, lines: list[str]) -> list[str]:
        """Give it the attribute that the extension md_in_html asks for."""

        def read(found: re.Match[str]) -> str:
            ours = IMAGE.search(found[0])
            return CAPTION.sub('<figcaption markdown="span"', found[0]) if ours else found[0]

        return HTML_FIGURE.sub(read, "\n".join(lines)).split("\n")
