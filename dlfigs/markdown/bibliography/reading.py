r"""Entries of a BibTeX or biblatex file, each field still TeX.

bibtexparser splits the file and knows the lines; what it lets through silently is refused here. Strings,
`#` and comments are as in BibTeX; a line that begins with % is a comment, as in biber.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import bibtexparser
from bibtexparser.model import DuplicateBlockKeyBlock, DuplicateFieldKeyBlock, Entry, ImplicitComment

from dlfigs.errors import UserError

MONTHS = ["January", "February", "March", "April", "May", "June"]
MONTHS += ["July", "August", "September", "October", "November", "December"]
COMMENT = re.compile(r"^[ \t]*%.*$", re.MULTILINE)
BARE = re.compile(r"[^\s#{}\"=,%()']+")
ADDRESS = re.compile(r"^\s*@\w+\s*[{(]\s*[^\s,{}=\"]*[:/][^\s,{}\"]*=[^\s,{}\"]*,", re.MULTILINE)
EQUALS = "\ue000"  # for an = in a key
TRAILING = re.compile(r"(.*,\s*)%.*")
FIELD = re.compile(r"\W*[A-Za-z]+\s*=\s*[{\"\d]")
UNOPENED = re.compile(r"@(?!comment\b)\w+\s*[^\s{(]", re.IGNORECASE)
# What it warns of is an error here, with its line
logging.getLogger("bibtexparser").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Record:
    """One entry as it stands in the file.

    Args:
        path: The file.
        line: Where the entry begins.
        kind: Type of the entry, in small letters.
        key: As it is cited.
        fields: TeX by name, in small letters; empty ones are left out.
        lines: Where each field stands.
    """

    path: Path
    line: int
    kind: str
    key: str
    fields: Mapping[str, str]
    lines: Mapping[str, int]

    def fail(self, problem: str, field: str = "") -> NoReturn:
        """Raise an error that names file, line, key and field."""
        place = f"{self.path}:{self.lines.get(field, self.line)}: {self.key}"
        raise UserError(f"{place}{f', {field}' * bool(field)}: {problem}") from None


def read(path: Path) -> dict[str, Record]:
    """Return all entries by key.

    Raises:
        UserError: About the first place that cannot be read, with its line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: {error}; a bibliography is to be saved as UTF-8") from None
    blocks = bibtexparser.parse_string(_prepared(text), parse_stack=[]).blocks
    strings = {name[:3].lower(): name for name in MONTHS}
    records: dict[str, Record] = {}
    for block in blocks:
        line = block.start_line + 1
        if isinstance(block, (DuplicateFieldKeyBlock, DuplicateBlockKeyBlock)):
            block = block.ignore_error_block  # of a field given twice the first counts, as in BibTeX
        if isinstance(block, bibtexparser.model.String):
            strings[block.key.lower()] = _value(block.value, strings, f"{path}:{line}: @string {block.key}")
        elif isinstance(block, Entry):
            record = _record(path, block, strings)
            before = records.setdefault(record.key, record)
            if (before.kind, before.fields) != (record.kind, record.fields):
                words = f"repeated bibliography entry: {record.key}"
                raise UserError(f"{path}:{line}: {words}, another one is in line {before.line}")
        elif isinstance(block, bibtexparser.model.ParsingFailedBlock):
            raise UserError(f"{path}:{line}: {_broken(block)}")
        elif isinstance(block, ImplicitComment) and FIELD.match(block.comment):
            words = "a field outside of any entry: the entry before it has a closing brace too many"
            raise UserError(f"{path}:{line}: {words}")
        elif isinstance(block, ImplicitComment) and UNOPENED.match(block.comment):
            raise UserError(f"{path}:{line}: an entry without a brace: @article{{key, ...")
    records.pop("", None)  # JabRef keeps entries that have no key yet; nobody can cite them
    return records


def _without_comments(text: str) -> str:
    """Empty the lines of comment, but not those within a value, where a percent sign is one."""

    def change(line: str) -> int:
        return len(re.findall(r"(?<!\\){", line)) - len(re.findall(r"(?<!\\)}", line))

    depth, lines = 0, text.splitlines()
    for number, line in enumerate(lines):
        trailing = TRAILING.fullmatch(line)
        if depth <= 1 and COMMENT.match(line):
            line = ""
        elif trailing and depth + change(trailing[1]) <= 1 and trailing[1].count('"') % 2 == 0:
            line = trailing[1]
        lines[number] = line
        depth = max(0, depth + change(line))
    return "\n".join(lines)


def _prepared(text: str) -> str:
    """Work round bibtexparser 2.1: @commentary is no @comment, and an address can be a key, = and all."""
    text = re.sub(r"(?im)^(\s*)@commentary\b", r"\1@misc", _without_comments(text))
    return ADDRESS.sub(lambda head: head[0].replace("=", EQUALS), text)


def _broken(block: bibtexparser.model.ParsingFailedBlock) -> str:
    head = re.match(r"@\s*(\w*)\s*[{(]\s*([^\s,={}\"]*)", block.raw)
    name = f"the entry {head[2]!r}" if head and head[2] else "the entry"
    if "after entry key, but" in str(block.error.abort_reason) and "=" in block.raw.partition(",")[0]:
        return f"{name} has no key: @{head[1] if head else 'article'}{{key, ..."
    words = "a brace, a quote or a comma is missing"
    return f"{name} cannot be read to its end: {words} ({block.error.abort_reason.strip().rstrip('.')})"


def _record(path: Path, entry: Entry, strings: Mapping[str, str]) -> Record:
    fields: dict[str, str] = {}
    lines: dict[str, int] = {}
    key = entry.key.replace(EQUALS, "=")
    for field in entry.fields:
        name, line = " ".join(field.key.split()).lower(), field.start_line + 1
        place = f"{path}:{line}: {key}, {name}"
        if not re.fullmatch(r"[^\s{}\"#,=]+", name):
            raise UserError(f"{place}: not the name of a field; a comma or a brace is missing before it")
        value = _value(field.value, strings, place) if field.value else ""
        if re.sub(r"[{}\s~]", "", value) and name not in fields:
            fields[name], lines[name] = value, line
    return Record(path, entry.start_line + 1, entry.entry_type.lower(), key, fields, lines)


def _value(raw: str, strings: Mapping[str, str], place: str) -> str:
    """Return what braces, quotes, numbers and names of strings, joined by #, come to."""
    parts, at = [], 0
    while True:
        at += len(raw[at:]) - len(raw[at:].lstrip())
        bare = BARE.match(raw, at)
        if raw[at : at + 1] in ("{", '"'):
            end = _end(raw, at)
            parts.append(raw[at + 1 : end])
            at = end + 1
        elif bare:
            parts.append(_string(bare[0], strings, place))
            at = bare.end()
        else:
            raise UserError(f"{place}: {raw[at:].strip()[:40]!r} is no value; write it in braces")
        rest = raw[at:].lstrip()
        if not rest:
            return " ".join("".join(parts).split())
        if not rest.startswith("#"):
            raise UserError(f"{place}: a comma is missing before {' '.join(rest.split())[:40]!r}")
        at = len(raw) - len(rest) + 1


def _end(raw: str, start: int) -> int:
    """Return where the brace or the quote that opens at `start` closes."""
    depth = 0
    for sign in re.finditer(r"(?<!\\)[{}]|\"", raw[start + 1 :]):
        if depth == 0 and sign[0] == ("}" if raw[start] == "{" else '"'):
            return start + 1 + sign.start()
        depth += {"{": 1, "}": -1}.get(sign[0], 0)
    return len(raw)


def _string(name: str, strings: Mapping[str, str], place: str) -> str:
    if name.isdigit():
        return name
    if name.lower() in strings:
        return strings[name.lower()]
    if month := strings.get(name[:3].lower()) if place.endswith(", month") else None:
        return month  # sept, june: not defined, but clear
    raise UserError(f"{place}: no @string {name!r}; if it is a text, write it in braces")
