"""A work: what BibTeX and biblatex say of it under different names, and what it inherits from others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NoReturn

from dlfigs.markdown.bibliography import names, tex
from dlfigs.markdown.bibliography.names import Person
from dlfigs.markdown.bibliography.reading import MONTHS, Record

# BibTeX's names of fields, and those of others, by biblatex's
RENAMED = {"address": "location", "archiveprefix": "eprinttype", "journal": "journaltitle"}
RENAMED |= {"primaryclass": "eprintclass", "school": "institution", "article-number": "eid"}
RENAMED |= {"shortjournal": "journaltitle", "journalabbr": "journaltitle", "pmid": "pubmed"}
KINDS = {"conference": "inproceedings", "electronic": "online", "www": "online", "techreport": "report"}
# Parts of a book, for which the book's title is `booktitle`
PARTS = {"inbook", "bookinbook", "suppbook", "incollection", "suppcollection", "inproceedings"}
PARTS |= {"inreference"}
# What belongs to one entry alone, as in biber
OWN = {"ids", "crossref", "xref", "xdata", "entryset", "options", "label", "shortauthor", "shorteditor"}
OWN |= {"shorttitle", "sortkey"}
OWN |= {"sortname", "sorttitle", "sortyear", "presort", "related", "relatedtype", "relatedstring"}
OWN |= {"keywords", "abstract", "file"}
ENGLISH = re.compile(r"(?i)(?:us|uk)?english|american|british|canadian|australian|newzealand|en\b")
DATE = re.compile(r"\s*(\d{4})(?:-(\d\d))?(?:-\d\d)?(?:T\S*)?\s*[~?%]?\s*")


class Work:
    """One work, with what it inherits.

    Args:
        record: The entry.
        fields: TeX by biblatex's names, inherited ones too.
        formula: Returns HTML for the TeX of a formula; None for plain text.
    """

    def __init__(
        self, record: Record, fields: Mapping[str, str], formula: Callable[[str], str] | None = None
    ) -> None:
        self.record, self.fields, self.formula = record, fields, formula
        self.kind = KINDS.get(record.kind, record.kind)

    def fail(self, problem: str, field: str = "") -> NoReturn:
        """Raise an error that names file, line, key and field."""
        self.record.fail(problem, field)

    def raw(self, *fields: str) -> str:
        """Return the first of some fields that is there, as TeX; else nothing."""
        return next((self.fields[field] for field in fields if field in self.fields), "")

    def html(self, *fields: str, sentence: bool = False) -> str:
        """Return the first of some fields that is there as HTML; with `sentence` in small letters."""
        for field in fields:
            if field in self.fields:
                try:
                    return tex.html(self.fields[field], self.formula, sentence=sentence and self._english)
                except tex.TexError as error:
                    self.fail(str(error), field)
        return ""

    def people(self, role: str) -> tuple[list[Person], bool]:
        """Return the people in a role, such as "editor", and whether there are others."""
        try:
            return names.people(self.fields.get(role, ""))
        except ValueError as error:
            self.fail(str(error), role)

    @cached_property
    def year(self) -> str:
        """The year or years, as plain text; empty if there is none."""
        return tex.plain(self.html("year"))

    @property
    def month(self) -> str:
        """The month in words."""
        month = self.html("month")
        if month.strip("0").isdigit():
            return MONTHS[int(month) - 1] if 0 < int(month) <= 12 else ""
        whole = next((name for name in MONTHS if name.lower().startswith(month.lower().rstrip("."))), "")
        return whole if len(month.rstrip(".")) >= 3 and whole else month

    @property
    def _english(self) -> bool:
        language = self.raw("langid", "language", "hyphenation")
        return not language or bool(ENGLISH.match(language))


def fields_of(records: Mapping[str, Record], record: Record, seen: tuple[str, ...] = ()) -> dict[str, str]:
    """Return a record's fields under biblatex's names, with those that it inherits.

    Raises:
        UserError: If what it inherits from is not there, or inherits from it.
    """
    own: dict[str, str] = {}
    for name, value in record.fields.items():
        own.setdefault(RENAMED.get(name, name), value)
    for name in ("journaltitle", "location", "institution"):
        own[name] = record.fields.get(name) or own.get(name, "")
    own = {name: value for name, value in own.items() if value}
    own |= _date(own.pop("date", ""))
    for field, inherit in (("xdata", _same), ("crossref", _of_part)):
        for key in filter(None, re.split(r"\s*,\s*", own.get(field, "").strip())):
            if key not in records:
                record.fail(f"there is no entry {key!r} to inherit from; export it too", field)
            if key in (*seen, record.key):
                record.fail(f"inherits from {key!r}, which inherits from it", field)
            parent = fields_of(records, records[key], (*seen, record.key))
            inherited = inherit(record, own, parent, records[key].kind)
            own = {name: value for name, value in inherited.items() if name not in OWN} | own
    return own


def _same(record: Record, own: Mapping[str, str], parent: dict[str, str], kind: str) -> dict[str, str]:
    return parent


def _of_part(record: Record, own: Mapping[str, str], parent: dict[str, str], kind: str) -> dict[str, str]:
    """Return what a part inherits: the title of the whole is not its own, nor is the whole's author."""
    child = KINDS.get(record.kind, record.kind)
    if "year" in own:
        parent.pop("month", None)
    if child in PARTS:
        for name in ("title", "subtitle", "titleaddon"):
            if value := parent.pop(name, ""):
                parent.setdefault(f"book{name}" if not kind.startswith("mv") else f"main{name}", value)
        if "author" in own and (author := parent.pop("author", "")):
            parent["bookauthor"] = author
    elif child == "article":
        if title := parent.pop("title", ""):
            parent.setdefault("journaltitle", title)
    elif kind.startswith("mv") and (title := parent.pop("title", "")):
        parent.setdefault("maintitle", title)
    return parent


def _date(date: str) -> dict[str, str]:
    """Return year and month of a biblatex date: 2020, 2020-05-01, 2019/2021."""
    ends = [DATE.fullmatch(end) for end in date.split("/")]
    if not date or not ends[0]:
        return {"year": date} if date else {}
    years = list(dict.fromkeys(end[1] for end in ends if end))
    month = ends[0][2] if len(ends) == 1 else ""
    return {"year": "–".join(years)} | ({"month": month} if month else {})
