"""How to cite a course, a chapter of it or a figure: one sentence and BibTeX, both from CITATION.cff."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import yaml

from dlfigs.errors import UserError

# What TeX would not print as it is; backslash and braces first become themselves
TEX = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
TEX |= {sign: f"\\{sign}" for sign in "&%$#_{}"}


@dataclass(frozen=True)
class Citation:
    """One thing that can be cited.

    Args:
        key: BibTeX key.
        title: Of the course, the chapter or the figure.
        kind: "figure", "chapter" or "course".
        authors: Full names, in order; the name of a group stands as it is.
        course: Title of the whole.
        version: Of the course.
        address: Permanent address.
        built: Day on which the page was built.
    """

    key: str
    title: str
    kind: str
    authors: tuple[str, ...]
    course: str
    version: str
    address: str
    built: date

    @property
    def sentence(self) -> str:
        """A plain sentence for a slide or a footnote."""
        whole = f"Version {self.version}."
        if self.kind != "course":
            whole = f"{self.kind.capitalize()} in: {self.course}, version {self.version}."
        day = f"{self.built.day} {self.built:%B %Y}"
        title = self.title if self.title.endswith(("?", "!")) else f"{self.title}."
        authors = names_in_words(self.authors)
        return f"{authors} ({self.built.year}). {title} {whole} {self.address} (built {day})."

    @property
    def bibtex(self) -> str:
        """An entry that both BibTeX and biblatex read."""
        where = "Website" if self.kind == "course" else f"{self.kind.capitalize()} in: {_tex(self.course)}"
        fields = {
            "author": " and ".join(f"{{{_tex(name)}}}" for name in self.authors),
            "title": f"{{{_tex(self.title)}}}",
            "howpublished": where,
            "version": self.version,
            "year": str(self.built.year),
            "url": self.address,
            "urldate": self.built.isoformat(),
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
        return "\n".join([f"@misc{{{self.key},", *lines, "}"])


@dataclass(frozen=True)
class Course:
    """What CITATION.cff says of a course.

    Args:
        title: Its name.
        authors: Full names or the name of a group.
        version: As released.
        address: Of its first page, with a slash at the end.
    """

    title: str
    authors: tuple[str, ...]
    version: str
    address: str

    @classmethod
    def read(cls, path: Path) -> Course:
        """Read a file in the Citation File Format.

        Raises:
            UserError: If the file cannot be read, is not YAML, or lacks what a citation needs.
        """
        try:
            said = yaml.safe_load(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise UserError(f"no citation file at {path}") from None
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f"{path}:{mark.line + 1}" if mark else path
            raise UserError(f"{place}: not valid YAML: {getattr(error, 'problem', error)}") from None
        said = said if isinstance(said, dict) else {}
        if missing := [name for name in ("title", "authors", "version", "url") if not said.get(name)]:
            raise UserError(f"{path}: {', '.join(missing)} must be there, to cite from")
        for name in ("title", "url"):
            if not isinstance(said[name], str):
                raise UserError(f"{path}: {name} must be a text, not {said[name]!r}")
        people = said["authors"] if isinstance(said["authors"], list) else []
        authors = tuple(_name(author) if isinstance(author, dict) else "" for author in people)
        if not authors or not all(authors):
            raise UserError(f"{path}: authors must be a list, each with name or family-names")
        return cls(said["title"], authors, str(said["version"]), said["url"].rstrip("/") + "/")

    def cite(self, kind: str, title: str = "", *, name: str = "", page: str = "") -> Citation:
        """Return the citation of a part, or with kind "course" of the whole.

        Args:
            kind: "figure", "chapter" or "course".
            title: Of the part.
            name: Ends the BibTeX key.
            page: Address of the part within the course.
        """
        course = re.sub(r"\W+", "_", self.title.lower()).strip("_")
        key, address = "_".join(filter(None, (course, name))), self.address + page
        return Citation(
            key, title or self.title, kind, self.authors, self.title, self.version, address, today()
        )


def today() -> date:
    """Day of the build, in UTC; SOURCE_DATE_EPOCH sets another, so that builds can be repeated."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return (datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)).date()
    except ValueError:
        raise UserError(f"SOURCE_DATE_EPOCH must be seconds since 1970, not {epoch!r}") from None


def commit_of(root: Path) -> str:
    """Return the course's commit, marked when files differ from it; empty without git."""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty= with local changes", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _name(author: dict[str, str]) -> str:
    parts = (author.get(part, "") for part in ("given-names", "name-particle", "family-names"))
    return author.get("name") or " ".join(filter(None, parts))


def names_in_words(names: tuple[str, ...]) -> str:
    """Return "A", "A and B" or "A, B and C"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _tex(text: str) -> str:
    return "".join(TEX.get(sign, sign) for sign in text)
