"""A figure's caption: its title, the recipe's words or the page's own, and its sources."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from dlfigs.markdown import moving
from dlfigs.markdown.citations import Cited
from dlfigs.markdown.embedding import Embedding
from dlfigs.markdown.formulas import Finder
from dlfigs.recipe.info import Info


class Captions:
    """Writes the captions of one page.

    Args:
        cited: What the page cites; sources of figures are added.
        formulas: Marks the formulas of captions.
    """

    def __init__(self, cited: Cited, formulas: Finder) -> None:
        self.cited, self.formulas = cited, formulas

    def write(self, figure: ET.Element, info: Info, found: Embedding, snippet: str) -> None:
        """Add the caption to a figure.

        Args:
            figure: Its element.
            info: What is known of it.
            found: How the page names it, perhaps with a caption of its own.
            snippet: What stands in the page for it, to name the line.
        """
        caption = ET.SubElement(figure, "figcaption")
        title = ET.Element("strong")
        title.text, after = f"{info.title}.", " After " * bool(info.sources)
        if found.caption is None:
            caption.append(title)
            if own := found.image.get("title"):
                title.tail = f" {own}{after}"
            else:
                title.tail = " "
                moving.write(caption, info, self.formulas.mark)
                caption[-1].tail = f"{caption[-1].tail}{after}"
        else:
            caption.text = found.caption.text
            caption.extend(found.caption)
            first = caption[0] if len(caption) and caption[0].tag == "p" else caption
            title.tail = f" {(first.text or '').lstrip()}"
            first.text = None
            first.insert(0, title)
            caption = caption[-1] if caption[-1].tag == "p" else caption  # where the sources go
            if len(caption):
                caption[-1].tail = f"{(caption[-1].tail or '').rstrip()}{after}"
            else:
                caption.text = f"{(caption.text or '').rstrip()}{after}"
        for number, key in enumerate(info.sources):
            link = self.cited.link(key, snippet=snippet, sentence=True)
            link.tail = "." if number == len(info.sources) - 1 else ", "
            caption.append(link)
