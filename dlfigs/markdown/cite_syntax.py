"""How a text cites, in Pandoc's syntax: [see @key, p. 3; -@other], @key in a sentence, @{any key}."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from dlfigs.errors import UserError

# Where a citation may begin: not in mail addresses, nor in addresses like example.org/@name
# (an _ before it may begin an emphasis)
AT = re.compile(r"(?<![^\W_])(?<!\w_)(?<![@/])(-?)@(?=[\w{])")
BEGINS = re.compile(r"(?i)\s*(?:(?:see|cf|compare|e\.g|i\.e)\b[.,]*\s+(?:also\s+|e\.g\.,?\s+)?)?-?@")
WORD = re.compile(r"[^\s,;\[\](){}\"<>|\x02\x03]+")
# Pandoc: letters, digits and _, with single signs between them
PANDOC = re.compile(r"\w+(?:[:.#$%&+?~/-]\w+)*")
# What may follow a known key without a space: punctuation, 's, a dash, the end of emphasis, -based
AFTER = re.compile(r"_*(?:\W*|['’]\w+\W*|(?:--|[–—]).*|&.*|-(?:based|like|style|type|inspired)\W*)")
LOCATOR = re.compile(r"[§¶\d]|[a-z]{1,5}\.|(?:chapter|section|page|pages|figure|equation|appendix|table)\b")
# Names of people on other sites and of decorators are words; keys have a year, or parts
KEYLIKE = re.compile(r"(?i)(?=.*[a-z]).*(?:\D\d\d(?:\d\d)?[a-z]{0,3}\b|[a-z]\d\d(?:\d\d)?[a-z]|_|\w:\w)")
CROSS_REFERENCE = re.compile(r"(?:fig|tbl|tab|eq|sec|lst|thm|lem|cor|prp|def|exm)[-:]\w")


@dataclass(frozen=True)
class Cite:
    """One work in a citation.

    Args:
        key: Of the work.
        prefix: What stands before it, such as "see".
        suffix: What stands after it, such as ", p. 3".
        suppressed: Whether only the year is wanted.
    """

    key: str
    prefix: str = ""
    suffix: str = ""
    suppressed: bool = False


def key_at(text: str, at: int, known: Collection[str]) -> tuple[str, int]:
    """Return the key after an @, and where it ends.

    A key of the bibliography is one whatever its form; other keys end as Pandoc says.

    Args:
        text: Some text.
        at: Where the key begins, after the @.
        known: Keys of the bibliography.
    """
    if text.startswith("{", at):
        depth = 0
        for sign in re.finditer(r"[{}]", text[at:]):
            depth += 1 if sign[0] == "{" else -1
            if depth == 0:
                return text[at + 1 : at + sign.start()], at + sign.end()
        return "", at
    word = WORD.match(text, at)
    if not word:
        return "", at
    for end in range(len(word[0]), 0, -1):
        if word[0][:end] in known and AFTER.fullmatch(word[0][end:]):
            return word[0][:end], at + end
    found = PANDOC.match(text, at)
    return (found[0].rstrip("_"), at + len(found[0].rstrip("_"))) if found else ("", at)


def closing(text: str, at: int) -> int:
    """Return where the bracket that opens at `at` closes; -1 if it does not."""
    depth = 0
    for sign in re.finditer(r"[\[\]]", text[at:]):
        depth += 1 if sign[0] == "[" else -1
        if depth == 0:
            return at + sign.start()
    return -1


def group(content: str, known: Collection[str]) -> list[Cite]:
    """Return the works in a pair of brackets; none if it is no citation.

    Args:
        content: What stands between the brackets.
        known: Keys of the bibliography.

    Raises:
        UserError: If it begins like a citation and is none.
    """
    begins = BEGINS.match(content)
    cites = []
    for part in re.split(r";(?![^{]*\})", content):
        signs = list(AT.finditer(part))
        found = [key_at(part, sign.end(), known) for sign in signs]
        if not begins and not any(key in known or likely(key, known) for key, _ in found):
            return []  # a text in brackets, with or without a handle
        if not signs or not found[0][0]:
            raise UserError("each part needs a key")
        if len(signs) > 1:
            raise UserError("between two works stands a semicolon")
        suffix = part[found[0][1] :].rstrip()
        if suffix == ",":
            raise UserError("something is to follow the comma")
        prefix = part[: signs[0].start()].strip()
        cites.append(Cite(found[0][0], prefix, _suffix(suffix), bool(signs[0][1])))
    return cites


def _suffix(text: str) -> str:
    # Braces say where a locator ends; empty ones, that what follows is none
    text = re.sub(r"^,?\s*\{([^{}]*)\}", lambda found: f", {found[1]}" if found[1].strip() else "", text)
    if text.startswith(","):
        return ", " + text[1:].strip()
    inner = text.strip()
    return f", {inner}" if text.startswith(" ") and LOCATOR.match(inner) else text


def likely(key: str, known: Collection[str]) -> bool:
    """Whether an unknown @word is more likely a mistake in a key than something else.

    It has a year or parts (he2015, keras_dense, DBLP:x), or it is a known key but for capitals and signs.
    """

    def letters(key: str) -> str:
        return re.sub(r"[\W_]", "", key).casefold()

    return bool(KEYLIKE.match(key)) or letters(key) in {letters(other) for other in known}
