"""Blocks that a page asks for by one word, such as {{ gallery }}; predictions; and its button "Cite"."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor

from dlfigs.markdown import panels, teaching
from dlfigs.markdown.gallery import Gallery
from dlfigs.markdown.page import Page
from dlfigs.markdown.together import SECTIONS
from dlfigs.markdown.verdicts import Verdicts

BLOCK = re.compile(r"\{\{\s*(gallery|verdicts|cite|exercises|practice|slides)\s*\}\}")


class Blocks(BlockProcessor):
    """Makes the blocks.

    Args:
        md: The Markdown instance.
        page: The page that is read.
    """

    def __init__(self, md: Markdown, page: Page) -> None:
        super().__init__(md.parser)
        self.md, self.page, self.gallery = md, page, Gallery(md, page)
        self.verdicts = Verdicts(md, page)
        md.parser.blockprocessors.register(self, "dlfigs-blocks", 95)
        panels.CitePage(md, page)
        teaching.register(md, page)

    def test(self, parent: ET.Element, block: str) -> bool:
        """Whether the block is one of the words, and nothing else."""
        return bool(BLOCK.fullmatch(block.strip()))

    def run(self, parent: ET.Element, blocks: list[str]) -> None:
        """Replace the word."""
        block = blocks.pop(0)
        word = BLOCK.fullmatch(block.strip())[1]
        if word == "gallery":
            self.gallery.fill(parent)
        elif word == "verdicts":
            self.verdicts.fill(parent)
        elif word in SECTIONS:
            ET.SubElement(parent, "section", SECTIONS[word])
        else:
            panels.cite_course(self.md, self.page, parent, block)
