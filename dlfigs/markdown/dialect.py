r"""LaTeX as math-core reads it: what it does not know is said in what it knows.

Compared on the 484 formulas of tests/formulas.txt, which have the commands that public lecture notes use:
CONTRIBUTING.md has the numbers. Most of what math-core lacks is a macro, in preamble.tex; here is the rest:
environments, formulas within `\text`, limits of any operator, and rows.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path

from dlfigs.errors import UserError
from dlfigs.markdown.tex import Macros, Reader, text

# Other names of environments. Those of the second set take a number of columns, which says nothing
RENAMED = {"split": "aligned", "flalign": "align", "flalign*": "align*", "darray": "array"}
COUNTED = {"alignat": "align", "alignat*": "align*", "alignedat": "aligned", "xalignat": "align"}
PLAIN = ("math", "displaymath")
DELIMITERS = {"p": ("(", ")"), "b": ("[", "]"), "B": (r"\{", r"\}"), "v": ("|", "|"), "V": (r"\|", r"\|")}
DELIMITERS |= {"": (".", ".")}
REFERENCE = "\ue014"  # before one character, which says which; `equations` fills it
TEXTS = {rf"\text{kind}" for kind in ("", "rm", "bf", "it", "tt", "sf", "sc")} | {r"\emph"}
ESCAPED = {"_": r"\_", "#": r"\#", "&": r"\&", "^": r"\textasciicircum{}"}
SIZES = {rf"\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")}
FENCED = {r"\left", r"\right", r"\middle"} | SIZES
LETTERS = re.compile(r"(?:\\(?:mathrm|text|rm|operatorname|textrm|mathit)\b|\\[,;:! ]|[A-Za-z{}\s-])+")
HINTS = {
    r"\cline": r"a rule through all columns is \hline",
    r"\multicolumn": "leave cells empty in its place",
    r"\rule": r"a dash is \text{—}",
    r"\colorbox": r"colored letters are \textcolor{red}{x}",
    r"\SI": r"write 3\,\mathrm{m}",
    r"\si": r"write \mathrm{kg}",
    r"\ce": r"write \mathrm{H_2O}",
    r"\href": "a link is Markdown, outside of the formula",
    r"\sout": r"struck out is \cancel{x}",
    "numcases": r"number it as a whole: \begin{equation} with \begin{cases} in it",
    "tabular": r"a table is Markdown; in a formula write \begin{array}",
    "theorem": "write it as Markdown",
}


@functools.cache
def preamble() -> Macros:
    """Return the macros that every page has."""
    return Macros.read(Path(__file__).with_name("preamble.tex").read_text(encoding="utf-8"))


def rewrite(given: list[str], *, display: bool = False) -> list[str]:
    """Return a formula's words, without macros, as math-core reads them.

    Args:
        given: The words.
        display: Whether operators' limits stand above and below.

    Raises:
        UserError: If an argument or an end is missing.
    """
    reader, out = Reader(given), []
    while reader:
        word = reader.next()
        if word == r"\begin":
            name = text(reader.argument(word)).strip()
            out += _environment(name, reader.environment(name), display)
        elif word in TEXTS:
            out += _text(word, reader.argument(word))
        elif word in (r"\mathop", r"\operatorname", r"\operatornamewithlimits"):
            out += _operator(word, reader, display)
        elif word in FENCED:
            out.append(word)
            reader.skip()
            if reader and reader.rest[-1] in "<>":
                out.append(r"\langle" if reader.next() == "<" else r"\rangle")
        elif word == r"\buildrel":
            over = _until(reader, r"\over")
            out += [r"\overset", "{", *rewrite(over), "}", "{", *rewrite(reader.argument(word)), "}"]
        elif word in (r"\raise", r"\lower"):
            _until(reader, "{")
            reader.put("{")
        elif word == r"\hspace":
            reader.take("*")
            out.append(word)
        elif word == "^" and reader and reader.rest[-1] == "'":
            pass  # a prime is one without it
        elif word.startswith(REFERENCE):
            out += [r"\text", "{", word, "}"]
        elif word == r"\raisebox":
            reader.argument(word)
            out += ["{", *_text(r"\text", reader.argument(word)), "}"]
        else:
            out.append(word)
    return out


def rows(body: list[str]) -> list[list[str]]:
    r"""Return the rows of an environment; an empty one after the last `\\` is none."""
    found: list[list[str]] = [[]]
    depth = 0
    reader = Reader(body)
    while reader:
        word = reader.next()
        depth += (word in ("{", r"\begin", r"\left")) - (word in ("}", r"\end", r"\right"))
        if word == r"\\" and not depth:
            reader.take("*")
            found.append([])
        else:
            found[-1].append(word)
    if len(found) > 1 and re.fullmatch(r"\s*(\[[^\]]*\]\s*)?", text(found[-1])):
        found.pop()
    return found


def joined(found: list[list[str]]) -> list[str]:
    r"""Return rows as one, with `\\` between them."""
    return [word for row in found for word in (r"\\", *row)][1:]


def _environment(name: str, body: list[str], display: bool) -> list[str]:
    if name in PLAIN:
        return rewrite(body, display=display)
    if name in COUNTED:
        reader = Reader(body)
        reader.argument(rf"\begin{{{name}}}")
        name, body = COUNTED[name], reader.rest[::-1]
    name = RENAMED.get(name, name)
    before: list[str] = []
    if name in ("array", "subarray"):
        reader = Reader(body)
        reader.option(name)
        before = ["{", *_columns(reader.argument(rf"\begin{{{name}}}")), "}"]
        body = reader.rest[::-1]
    elif name in ("aligned", "gathered"):  # [t] and [b] say where it hangs in a line
        reader = Reader(body)
        reader.option(name)
        body = reader.rest[::-1]
    made = [rewrite(row, display=display) for row in rows(body)]
    if name.rstrip("*") == "eqnarray":  # the relation has a column of its own there
        name, made = name.replace("eqnarray", "align"), [_without_second(row) for row in made]
    if special := re.fullmatch(r"([pbBvV]?)(small)?matrix(\*?)", name):
        kind, small, star = special.groups()
        if small or star:
            return _matrix(kind, bool(small), bool(star), made)
    return [r"\begin", "{", name, "}", *before, *joined(made), r"\end", "{", name, "}"]


def _matrix(kind: str, small: bool, star: bool, made: list[list[str]]) -> list[str]:
    """Return a small matrix, or one whose columns have sides, as an array between delimiters."""
    side = "c"
    if star:
        reader = Reader(joined(made))
        side = text(reader.option("matrix*") or ["c"])
        made = rows(reader.rest[::-1])
    columns = side * (1 + max(row.count("&") for row in made))
    left, right = DELIMITERS[kind]
    name = "subarray" if small else "array"
    array = [r"\begin", "{", name, "}", "{", columns, "}", *joined(made), r"\end", "{", name, "}"]
    return [r"\left", left, *array, r"\right", right] if kind else array


def _without_second(row: list[str]) -> list[str]:
    places = [place for place, word in enumerate(row) if word == "&"]
    return [word for place, word in enumerate(row) if place not in places[1:2]]


def _columns(given: list[str]) -> list[str]:
    """Return the columns of an array without what says how far apart or how wide they are."""
    reader, found = Reader(given), []
    while reader:
        word = reader.next()
        if word in ("@", "!", ">", "<"):
            reader.argument(word)
        elif word in ("p", "m", "b"):
            reader.argument(word)
            found.append("l")
        elif word == "*":
            count = text(reader.argument(word)).strip()
            if not count.isdigit() or int(count) > 100:
                raise UserError(f"*{{{count}}} in an array's columns is not a number")
            reader.put(reader.argument(word) * int(count))
        elif not word.isspace():
            found.append(word)
    return found


def _text(command: str, argument: list[str]) -> list[str]:
    r"""Return text with its formulas beside it, as `\text{if }x\text{ is}`."""
    parts: list[list[str]] = [[]]
    reader = Reader(argument)
    while reader:
        word = reader.next()
        if word in ("$", r"\(", r"\)"):
            parts.append([])
        else:
            parts[-1].append(word)
    if len(parts) % 2 == 0:
        raise UserError(f"a dollar in {command}{{{text(argument)}}} has no partner")
    made: list[str] = []
    for number, part in enumerate(parts):
        if number % 2:
            made += ["{", *rewrite(part), "}"]
        elif part or len(parts) == 1:
            nested = _nested(part)
            made += [command, "{", *nested, "}"]
    return ["{", *made, "}"] if len(parts) > 1 else made


def _nested(part: list[str]) -> list[str]:
    """Return the words of a text, with signs that mean something elsewhere as signs."""
    return [ESCAPED.get(word, word) for word in part]


def _operator(command: str, reader: Reader, display: bool) -> list[str]:
    """Return an operator whose limits stand where LaTeX puts them."""
    star = command == r"\operatornamewithlimits" or (command == r"\operatorname" and reader.take("*"))
    body = reader.argument(command)
    reader.skip()
    limits = reader.take(r"\limits")
    plain = bool(LETTERS.fullmatch(said := text(body)))
    nowhere = reader.take(r"\nolimits")
    under = limits or ((star or command == r"\mathop") and not nowhere)
    if plain and re.search(r"[A-Za-z]", said) and not limits:
        name = re.sub(r"\\(?:mathrm|text|rm|operatorname|textrm|mathit)\b|[{}]", "", said).strip()
        return [r"\operatorname*" if under else r"\operatorname", "{", name, "}"]
    made = [r"\mathop", "{", *rewrite(body), "}"]
    scripts = _scripts(reader) if under and (display or limits) else {}
    for sign, place in (("_", r"\underset"), ("^", r"\overset")):
        if sign in scripts:
            made = [place, "{", *rewrite(scripts[sign]), "}", "{", *made, "}"]
    return [r"\mathop", "{", *made, "}"] if scripts else made


def _scripts(reader: Reader) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    while (sign := next((s for s in "_^" if s not in found and reader.take(s)), "")) != "":
        script = reader.argument(sign)
        # A command takes its own argument along: x_\text{a}
        if len(script) == 1 and script[0].startswith("\\") and reader and reader.rest[-1] == "{":
            script += ["{", *reader.argument(script[0]), "}"]
        found[sign] = script
    return found


def _until(reader: Reader, end: str) -> list[str]:
    taken: list[str] = []
    while reader and (word := reader.next()) != end:
        taken.append(word)
    return taken


def hint(message: str) -> str:
    """Return what to do about something that math-core does not know."""
    named = re.search(r'Unknown (command|environment) "(.+?)"', message)
    if not named:
        return ""
    if instead := HINTS.get(named[2], HINTS.get(named[2].rstrip("*"), "")):
        return f"; {instead}"
    if named[1] == "environment":
        return "; environments are those of amsmath: align, cases, bmatrix, array ..."
    return r"; define it before, with \newcommand in a formula or in the option `macros`"


def page_macros(given: Mapping[str, str]) -> Macros:
    r"""Return the macros that a page begins with: those of LaTeX that are left to us, and an option's.

    Raises:
        UserError: If the option is not TeX by name.
    """
    try:
        return preamble().with_those_of(Macros.named(given))
    except UserError as error:
        raise UserError(
            f"the option 'macros' must be TeX by name, {{R: '\\mathbb{{R}}'}}: {error}", "macros"
        ) from None
