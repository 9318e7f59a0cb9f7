"""What the parts of the extension know of the page that is being read."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markdown import Markdown

from dlfigs.markdown import place
from dlfigs.markdown.citing import Course
from dlfigs.markdown.finished import Finished
from dlfigs.markdown.source import Source


class Page:
    """One Markdown instance, which reads one page after the other.

    Args:
        md: The instance.
        options: The extension's.
        wrong: What is wrong with the options; said when there is a page.

    Attributes:
        options: With paths that lead there from anywhere.
        source: Names file and line in errors.
        finished: The figures.
        place: Where the page stands in its site.
    """

    def __init__(self, md: Markdown, options: Mapping[str, Any], wrong: str) -> None:
        self.options = given = place.from_root(options, md)
        figures = given["figures"]
        places = figures if isinstance(figures, Mapping) else Path(figures)
        self.source = Source(md, Path(given["docs"]), given["error"], wrong, given["recipes"])
        self.finished = Finished(places, given["waiting"])
        self.place = place.Place(md, self.source, given)

    @functools.cached_property
    def course(self) -> Course | None:
        """What to cite, read when it is needed: only then is the path one that leads there.

        Raises:
            UserError: If nothing can be cited from that file.
        """
        return Course.read(Path(self.options["citation"])) if self.options["citation"] else None
