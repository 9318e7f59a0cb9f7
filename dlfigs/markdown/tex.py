"""TeX as words: reading a formula's words with their arguments, and its macros."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dlfigs.errors import UserError

WORD = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
NAME = re.compile(r"\\(?:[A-Za-z]+|[^A-Za-z\s])")
COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*(?:\n\s*|$)")
AS_IT_WAS = "\ue012"  # before a command that \let has kept, which may have another meaning since
EXPANSIONS = 1000  # as many as math-core allows


def words(tex: str) -> list[str]:
    r"""Return a formula's words: commands, spaces and single characters; comments are left out.

    Raises:
        UserError: If a formula in a line has a comment, which is a percent sign that lacks its backslash.
    """
    if "\n" not in tex and COMMENT.search(tex):
        raise UserError("% begins a comment, and what follows is lost: a percent sign is \\%")
    return WORD.findall(COMMENT.sub(r"\1", tex))


def text(words: Iterable[str]) -> str:
    r"""Return words as one text; `\beta` and `*` or `x` stay apart, as math-core reads them otherwise."""
    parts: list[str] = []
    for word in words:
        if parts and (word[0].isalpha() or word[0] == "*") and re.fullmatch(r"\\[A-Za-z]+", parts[-1]):
            parts.append(" ")
        parts.append(word)
    return "".join(parts)


class Reader:
    """Reads words one by one, with their arguments."""

    def __init__(self, words: Iterable[str]) -> None:
        self.rest = list(words)[::-1]

    def __bool__(self) -> bool:
        return bool(self.rest)

    def next(self) -> str:
        """Take the next word."""
        return self.rest.pop()

    def put(self, words: Iterable[str]) -> None:
        """Put words in front, to be read next."""
        self.rest.extend(list(words)[::-1])

    def skip(self) -> None:
        """Pass over spaces."""
        while self.rest and self.rest[-1].isspace():
            self.rest.pop()

    def take(self, word: str) -> bool:
        """Take the next word if it is this one."""
        spaces = len(self.rest)
        self.skip()
        if self.rest and self.rest[-1] == word:
            self.rest.pop()
            return True
        self.rest.extend([" "] * bool(spaces - len(self.rest)))
        return False

    def argument(self, of: str) -> list[str]:
        """Take an argument: a group, without its braces, or one word.

        Args:
            of: The command, for the message.

        Raises:
            UserError: If there is none, or if a brace is not closed.
        """
        self.skip()
        if not self.rest or self.rest[-1] == "}":
            raise UserError(f"{of} lacks an argument")
        if (word := self.next()) != "{":
            return [word]
        return self._until("{", "}", of)

    def option(self, of: str) -> list[str] | None:
        """Take an argument in square brackets, if there is one."""
        return self._until("[", "]", of) if self.take("[") else None

    def environment(self, name: str) -> list[str]:
        r"""Take what stands before `\end{name}`, and that.

        Raises:
            UserError: If there is no such end.
        """
        taken: list[str] = []
        depth = 1
        while self.rest:
            word = self.next()
            if word in (r"\begin", r"\end"):
                named = self.argument(word)
                depth += (1 if word == r"\begin" else -1) * (text(named) == name)
                if not depth:
                    return taken
                taken += [word, "{", *named, "}"]
            else:
                taken.append(word)
        raise UserError(rf"\begin{{{name}}} has no \end{{{name}}}")

    def _until(self, begin: str, end: str, of: str) -> list[str]:
        taken: list[str] = []
        depth, braces = 1, 0
        while self.rest:
            word = self.next()
            depth += (word == begin and not (braces and begin == "[")) - (word == end and not braces)
            if begin == "[":  # brackets within braces are text
                braces += (word == "{") - (word == "}")
            if not depth:
                return taken
            taken.append(word)
        raise UserError(f"the {begin} after {of} is not closed")


@dataclass(frozen=True)
class Macro:
    """What a command stands for.

    Args:
        body: Its words, with #1 to #9 for the arguments.
        arguments: How many it takes.
        default: The first argument where it is left out; None if it cannot be.
    """

    body: tuple[str, ...]
    arguments: int = 0
    default: tuple[str, ...] | None = None

    def filled(self, given: list[list[str]]) -> list[str]:
        """Return the body with its arguments."""
        filled: list[str] = []
        body = iter(self.body)
        for word in body:
            number = next(body, "") if word == "#" else ""
            if number and (number not in "123456789" or int(number) > len(given)):
                raise UserError(f"#{number} has no argument: the macro takes {len(given)}")
            filled += given[int(number) - 1] if number else [word]
        return filled


@dataclass
class Macros:
    r"""Commands by name, as `\newcommand` and its like define them, from where they are defined on."""

    known: dict[str, Macro] = field(default_factory=dict)

    @classmethod
    def read(cls, tex: str) -> Macros:
        """Return what a text defines."""
        macros = cls()
        macros.expand(words(tex))
        return macros

    @classmethod
    def named(cls, given: Mapping[str, str]) -> Macros:
        r"""Return macros by name, without the backslash; the highest #n says how many arguments each takes.

        Raises:
            UserError: About a name that is none.
        """
        macros = cls()
        for name, body in given.items():
            if not isinstance(name, str) or not isinstance(body, str) or not NAME.fullmatch(f"\\{name}"):
                raise UserError(f"{name!r}: {body!r} is not a name of letters with its TeX")
            numbers = re.findall(r"(?<!\\)#([1-9])", body)
            macros.known[f"\\{name}"] = Macro(tuple(words(body)), int(max(numbers, default="0")))
        return macros

    def with_those_of(self, other: Macros) -> Macros:
        """Return these macros and others, which come first."""
        return Macros(self.known | other.known)

    def expand(self, given: list[str]) -> list[str]:
        """Return words with all macros replaced; definitions are noted, and leave nothing.

        Raises:
            UserError: If a definition or an argument is not as it should be, or if macros never end.
        """
        reader, expanded, count = Reader(given), [], 0
        while reader:
            word = reader.next()
            if define := DEFINITIONS.get(word):
                define(self, reader, word)
            elif macro := self.known.get(word):
                count += 1
                if count > EXPANSIONS:
                    raise UserError(f"{word} stands for itself")
                if word[1:].isalpha() and not macro.arguments:
                    reader.skip()
                reader.put(macro.filled(self._arguments(macro, reader, word)))
            else:
                expanded.append(word.removeprefix(AS_IT_WAS))
        return expanded

    @staticmethod
    def _arguments(macro: Macro, reader: Reader, word: str) -> list[list[str]]:
        given: list[list[str]] = []
        if macro.default is not None:
            option = reader.option(word)
            given.append(list(macro.default) if option is None else option)
        return given + [reader.argument(word) for _ in range(macro.arguments - len(given))]

    def _newcommand(self, reader: Reader, word: str) -> None:
        reader.take("*")
        name = _name(reader, word)
        count = text(reader.option(word) or ["0"])
        default = reader.option(word)
        if count not in set("0123456789"):
            raise UserError(f"{word}{{{name}}} takes a number of arguments in brackets, not [{count}]")
        body = tuple(reader.argument(f"{word}{{{name}}}"))
        if word != r"\providecommand" or name not in self.known:
            self._note(name, Macro(body, int(count), None if default is None else tuple(default)))

    def _def(self, reader: Reader, word: str) -> None:
        name, pattern = _name(reader, word), ""
        while reader and reader.rest[-1] != "{":
            pattern += reader.next()
        if re.sub(r"\s", "", pattern) != "".join(f"#{n}" for n in range(1, pattern.count("#") + 1)):
            raise UserError(
                f"{word}{name}{pattern} is not understood: write \\newcommand{{{name}}}[1]{{...}}"
            )
        self._note(name, Macro(tuple(reader.argument(word + name)), pattern.count("#")))

    def _let(self, reader: Reader, word: str) -> None:
        name = _name(reader, word)
        reader.take("=")
        reader.skip()
        meaning = reader.next() if reader else ""
        self._note(name, self.known.get(meaning, Macro((AS_IT_WAS + meaning,))))

    def _operator(self, reader: Reader, word: str) -> None:
        star = "*" * reader.take("*")
        name = _name(reader, word)
        body = reader.argument(f"{word}{{{name}}}")
        self._note(name, Macro((r"\operatorname", *star, "{", *body, "}")))

    def _note(self, name: str, macro: Macro) -> None:
        for number in re.findall(r"#(.)", "".join(macro.body)):
            if number not in "123456789" or int(number) > macro.arguments:
                raise UserError(f"{name} is defined with {macro.arguments} arguments, but uses #{number}")
        self.known[name] = macro


def _name(reader: Reader, word: str) -> str:
    name = text(reader.argument(word)).strip()
    if not NAME.fullmatch(name):
        raise UserError(f"{word} defines a command, not {name!r}: write {word}{{\\name}}")
    return name


DEFINITIONS = {
    r"\newcommand": Macros._newcommand,
    r"\renewcommand": Macros._newcommand,
    r"\providecommand": Macros._newcommand,
    r"\def": Macros._def,
    r"\gdef": Macros._def,
    r"\let": Macros._let,
    r"\DeclareMathOperator": Macros._operator,
}
