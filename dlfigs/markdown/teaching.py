"""What a course teaches with, beside its text: predictions before figures, and plans of lectures."""

from __future__ import annotations

from markdown import Markdown

from dlfigs.markdown.lectures import Lectures
from dlfigs.markdown.page import Page
from dlfigs.markdown.predictions import Predictions


def register(md: Markdown, page: Page) -> None:
    """Register what reads them."""
    Predictions(md, page)
    Lectures(md, page)
