"""The works that can be cited: how a text names each, and its line in a list of references."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property, lru_cache
from html import unescape
from pathlib import Path

from dlfigs.errors import UserError, nearest
from dlfigs.markdown.bibliography import style
from dlfigs.markdown.bibliography.reading import Record, read
from dlfigs.markdown.bibliography.works import Work, fields_of


class Library:
    """The works that can be cited.

    Args:
        path: BibTeX file; empty for a library without works.
        formula: Returns HTML for the TeX of a formula in a title; without it formulas become plain text.
    """

    def __init__(self, path: str | Path, formula: Callable[[str], str] | None = None) -> None:
        self.path, self.formula = path, formula

    @property
    def entries(self) -> dict[str, Record]:
        """All works by key."""
        return self._works.records if self.path else {}

    def entry(self, key: str) -> Record:
        """Return one work.

        Raises:
            UserError: If the key is unknown.
        """
        entries = self.entries
        if not self.path:
            raise UserError(f"no reference {key!r}: the option `bibliography` names a BibTeX file")
        if key not in entries:
            raise UserError(f"no reference {key!r} in {self.path}; {nearest(key, entries)}")
        return entries[key]

    def label(self, key: str) -> tuple[str, str]:
        """Return authors and year as a text names them: "He et al." and "2015"; "" for no year.

        Where the same authors have several works in a year, letters tell them apart: 2016a is the first one
        in the file, on every page.

        Raises:
            UserError: If the key is unknown, or if nothing names the work.
        """
        record = self.entry(key)
        authors, year = self._works.label(record)
        return authors, year and year + self._works.suffixes.get(record.key, "")

    def line(self, key: str) -> str:
        """Return the work's line in a list of references, with its links, as HTML.

        Raises:
            UserError: If the key is unknown, or if its entry cannot be put into words.
        """
        return self._works.line(self.entry(key).key, self.formula)

    @property
    def _works(self) -> _Works:
        path = Path(self.path)
        if not path.is_file():
            raise UserError(f"no bibliography at {path}")
        return _works(path, path.stat().st_mtime_ns)


class _Works:
    """One state of a file, and what has been made of it."""

    def __init__(self, path: Path) -> None:
        self.own = read(path)
        self.records = dict(self.own)
        for record in self.own.values():
            for other in _keys(record, "ids"):
                self.records.setdefault(other, record)
        self.lines: dict[object, str] = {}
        self.labels: dict[str, tuple[str, str]] = {}

    def label(self, record: Record) -> tuple[str, str]:
        if record.key not in self.labels:
            named = self.members(record)[0] if record.kind == "set" else record
            self.labels[record.key] = _label(Work(named, fields_of(self.records, named)))
        return self.labels[record.key]

    @cached_property
    def suffixes(self) -> dict[str, str]:
        """Letters of the works that share authors and year, in the order of the file."""
        same: dict[tuple[str, str], list[str]] = {}
        for record in self.own.values():
            try:
                authors, year = self.label(record)
            except UserError:  # said when it is cited
                continue
            if re.search(r"\d$", year):
                same.setdefault((authors, year), []).append(record.key)
        several = [keys for keys in same.values() if len(keys) > 1]
        return {key: _letters(number) for keys in several for number, key in enumerate(keys)}

    def members(self, record: Record) -> list[Record]:
        """Return the works of a set."""
        keys = _keys(record, "entryset") or record.fail("a set needs the keys of its works", "entryset")
        if strange := [key for key in keys if key not in self.records or self.records[key].kind == "set"]:
            record.fail(f"there is no entry {strange[0]!r}", "entryset")
        return [self.records[key] for key in keys]

    def line(self, key: str, formula: Callable[[str], str] | None) -> str:
        if (key, formula) not in self.lines:
            record = self.records[key]
            if record.kind == "set":
                text = "\n".join(self.line(member.key, formula) for member in self.members(record))
            else:
                work = Work(record, fields_of(self.records, record), formula)
                text = style.reference(work, self.suffixes.get(key, ""))
            self.lines[key, formula] = text
        return self.lines[key, formula]


@lru_cache(maxsize=8)
def _works(path: Path, _changed: int) -> _Works:
    return _Works(path)


def _keys(record: Record, field: str) -> list[str]:
    return [key for key in re.split(r"\s*,\s*", record.fields.get(field, "").strip()) if key]


def _letters(number: int) -> str:
    return (_letters(number // 26 - 1) if number > 25 else "") + chr(ord("a") + number % 26)


def _label(work: Work) -> tuple[str, str]:
    for role in ("shortauthor", "author", "shorteditor", "editor"):
        people, more = work.people(role)
        if people:
            families = [_text(person.family) for person in people]
            alone = len(families) < 3 and not more
            return " and ".join(families) if alone else f"{families[0]} et al.", work.year
    if group := work.raw("label", "organization", "institution", "holder"):
        return _text(work.html("label", "organization", "institution", "holder")) or group, work.year
    title = _text(work.html("shorttitle", "title", "booktitle", "journaltitle", sentence=True))
    words = title.split()
    return f"“{' '.join(words[:6])}{'…' * (len(words) > 6)}”" if words else work.record.key, work.year


def _text(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))
