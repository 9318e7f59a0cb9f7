"""Names of people and of groups, as BibTeX and biblatex write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bibtexparser.middlewares.names import parse_single_name_into_parts

from dlfigs.markdown.bibliography import tex

EXTENDED = re.compile(r"\s*\"?(?:family|given|prefix|suffix|useprefix|id)(?:-i)?\s*=", re.IGNORECASE)


@dataclass(frozen=True)
class Person:
    """A person, or a group that has only a last name; the words of each part are HTML.

    Args:
        first: ("Donald", "E.").
        von: ("van",), what stands before the last name and does not begin with a capital.
        last: ("Knuth",).
        jr: What follows the name, such as ("Jr.",).
    """

    first: tuple[str, ...]
    von: tuple[str, ...]
    last: tuple[str, ...]
    jr: tuple[str, ...]

    @property
    def full(self) -> str:
        """The name as it is spoken, with spaces that do not break where BibTeX ties."""
        gap = "\u00a0" if len(self.first) == 1 and len(self.first[0]) < 3 else " "
        last = " ".join(filter(None, [" ".join(self.von), _tied(self.last)]))
        name = gap.join(filter(None, [_tied(self.first), last]))
        return ", ".join(filter(None, [name, " ".join(self.jr)]))

    @property
    def family(self) -> str:
        """The name as a text names it."""
        return " ".join([*self.von, *self.last] or self.first)


def _tied(words: tuple[str, ...]) -> str:
    """Tie an initial to what follows, and the last word to what is before."""
    text = list(words)
    if len(text) > 1 and len(text[0]) < 3:
        text[:2] = ["\u00a0".join(text[:2])]
    if len(text) > 1:
        text[-2:] = ["\u00a0".join(text[-2:])]
    return " ".join(text)


def people(field: str) -> tuple[list[Person], bool]:
    """Return the people in a field, and whether there are others.

    Args:
        field: TeX, such as `Byron, Ada and {The Group} and others`.

    Raises:
        ValueError: If a name cannot be read; `tex.TexError` is one.
    """
    names = [name.strip(" ,") for name in _split(re.sub(r"^\s*and\s|\sand\s*$", "", field))]
    if len(names) == 1 and ";" in re.sub(r"\{.*?\}|&\w+;", "", field):
        names = [name.strip(" ,") for name in field.split(";")]  # as Scopus exports them
    # DBLP numbers people of the same name
    names = [re.sub(r"\s+\d{4}$", "", name) for name in names if name and name.lower() != "and"]
    more = bool(names) and names[-1].lower().rstrip(".") in ("others", "et al")
    return [_person(name) for name in (names[:-1] if more else names)], more


def _split(field: str) -> list[str]:
    """Cut at each `and` outside of braces; bibtexparser 2.1 loses a command that follows one."""
    found, depth, start = [], 0, 0
    for sign in re.finditer(r"\\.|[{}]|\s+and(?=\s)", field, re.IGNORECASE):
        depth += {"{": 1, "}": -1}.get(sign[0], 0)
        if depth == 0 and sign[0][0].isspace():
            found.append(field[start : sign.start()])
            start = sign.end()
    return [*found, field[start:]]


def _person(name: str) -> Person:
    if EXTENDED.match(name):
        return _extended(name)
    if re.sub(r"\{.*?\}", "", name).count(",") > 2:
        raise ValueError(f"{name[:60]!r} has too many commas for one name; write `and` between names")
    parts = parse_single_name_into_parts(name, strict=True)
    return Person(*(_words(part) for part in (parts.first, parts.von, parts.last, parts.jr)))


def _extended(name: str) -> Person:
    """Read biblatex's extended form: family=Beethoven, given=Ludwig, prefix=van, useprefix=true."""
    pair = r"\"?\s*([A-Za-z]+(?:-i)?)\s*=\s*((?:\{[^{}]*\}|[^,{}\"])*)\"?(?:,|$)"
    parts = {key.lower(): value.strip() for key, value in re.findall(pair, name)}
    if not {"family", "given"} & parts.keys():
        raise ValueError(f"{name[:60]!r} has neither family nor given")
    order = ("given", "prefix", "family", "suffix")
    return Person(*(_words(parts.get(part, "").split()) for part in order))


def _words(part: list[str]) -> tuple[str, ...]:
    return tuple(word for word in map(tex.html, part) if word)
