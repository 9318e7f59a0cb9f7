"""MathML from math-core, with what browsers do not draw said in styles that they do."""

from __future__ import annotations

import functools
import re
from html import unescape

from math_core import LatexError, LatexToMathML

from dlfigs.errors import UserError
from dlfigs.markdown import dialect, tex

# Chromium and Safari do not know <menclose>; lines and backgrounds of <mrow> are drawn everywhere
DIAGONAL = (
    "linear-gradient(to {} right,transparent calc(50% - .04em),"
    "currentcolor calc(50% - .03em) calc(50% + .03em),transparent calc(50% + .04em))"
)
ENCLOSED = {
    "box": "border:.05em solid;padding:.25em",
    "actuarial": "border-top:.06em solid;border-right:.06em solid;padding:.05em .1em 0 0",
    "phasorangle": "border-bottom:.06em solid;border-left:.06em solid;padding:0 .1em .05em .25em",
    "updiagonalstrike": f"background:{DIAGONAL.format('bottom')}",
    "downdiagonalstrike": f"background:{DIAGONAL.format('top')}",
}
ENCLOSED["updiagonalstrike downdiagonalstrike"] = ",".join(
    [ENCLOSED["updiagonalstrike"], DIAGONAL.format("top")]
)
# Lines over and under are characters to math-core, whose length and place browsers and fonts disagree on
TICK = "linear-gradient(currentcolor,currentcolor) {} {}/{} no-repeat"
TICKS = [TICK.format(side, "{0}", ".05em .25em") for side in ("left", "right")]
BRACKET = "background:" + ",".join([TICK.format("left", "{0}", "100% .05em"), *TICKS]) + ";padding-{0}:.3em"
LINES = {
    "mover": {"\u0332": "border-top:.05em solid;padding-top:.1em", "⎴": BRACKET.format("top")},
    "munder": {"\u0332": "border-bottom:.05em solid;padding-bottom:.15em", "⎵": BRACKET.format("bottom")},
}
MENCLOSE = re.compile(r'<menclose notation="([^"]+)">')
MARKS = re.compile(r'<mrow class="menclose-\w+"></mrow>')
# A rule below the last row is a row without content, as high as any other
LAST_RULE = re.compile(r'<mtr>(?:<mtd style="border-top: ([^;]+);[^"]*"></mtd>)+</mtr></mtable>')
# Primes are high in fonts already, and higher as exponents: they would float above their letter
SIGN = r"(<(m[ion])(?: [^>]*)?>[^<]*</\2>)"
PRIMES = re.compile(rf"<msup>{SIGN}<mo>([′″‴⁗])</mo></msup>")
PRIMES_AND_MORE = re.compile(rf"<msup>{SIGN}<mrow><mo>([′″‴⁗])</mo>((?:(?!</?mrow).)*)</mrow></msup>")
PRIMED = r'<mrow>\1<mo lspace="0em" rspace="0em">\3</mo></mrow>'


@functools.cache
def converter() -> LatexToMathML:
    """Return what converts formulas; one converts all, as it keeps nothing."""
    return LatexToMathML(fancy_error=False, allow_unreliable_rendering=True)


def convert(formula: str | list[str], *, display: bool) -> str:
    """Return a formula as MathML.

    Args:
        formula: Its TeX, or its words without macros.
        display: Whether it stands on a line of its own.

    Raises:
        UserError: If it is not understood.
    """
    words = tex.words(formula) if isinstance(formula, str) else formula
    words = dialect.rewrite(words, display=display)
    if display and len(rows := dialect.rows(words)) > 1:  # a new line, as MathJax has it
        words = [r"\begin{gathered}", *dialect.joined(rows), r"\end{gathered}"]
    else:
        words = rows[0] if display else words
    try:
        mathml = converter().convert_with_local_state(tex.text(words), displaystyle=display)
    except LatexError as error:
        message = re.sub(r"^\d+: ", "", str(error)).rstrip(".")
        raise UserError(message + dialect.hint(message)) from None
    return drawn(mathml)


def drawn(mathml: str) -> str:
    """Return MathML as all browsers draw it."""
    mathml = MENCLOSE.sub(lambda found: f'<mrow style="{ENCLOSED[found[1]]}">', MARKS.sub("", mathml))
    mathml = _ruled(mathml.replace("</menclose>", "</mrow>"))
    mathml = PRIMES.sub(PRIMED, mathml)
    mathml = PRIMES_AND_MORE.sub(rf"<msup>{PRIMED}<mrow>\4</mrow></msup>", mathml)
    while rule := LAST_RULE.search(mathml):
        begin = mathml.rfind("<mtable", 0, rule.start())
        depth_style = mathml[begin : rule.start()]
        style = f"border-bottom: {rule[1]};"
        if 'style="' in depth_style.partition(">")[0]:
            depth_style = depth_style.replace('style="', f'style="{style}', 1)
        else:
            depth_style = depth_style.replace("<mtable", f'<mtable style="{style}"', 1)
        mathml = mathml[:begin] + depth_style + "</mtable>" + mathml[rule.end() :]
    return mathml


def _ruled(mathml: str) -> str:
    """Return MathML with lines over and under as borders."""
    for tag, lines in LINES.items():
        for sign, style in lines.items():
            end = re.compile(rf"<mo(?: [^>]*)?>{sign}</mo></{tag}>")
            while found := end.search(mathml):
                depth, begin = 1, found.start()
                while depth:  # back to where it begins
                    begin = max(mathml.rfind(f"<{tag} ", 0, begin), mathml.rfind(f"</{tag}>", 0, begin))
                    depth += 1 if mathml[begin + 1] == "/" else -1
                inner = mathml[mathml.index(">", begin) + 1 : found.start()]
                mathml = f'{mathml[:begin]}<mrow style="{style}">{inner}</mrow>{mathml[found.end() :]}'
    return mathml


def plain(formula: str | list[str]) -> str:
    """Return a formula as characters, for what is read aloud.

    Args:
        formula: Its TeX, or its words without macros.

    Raises:
        UserError: If it is not understood, or is more than letters, signs and exponents in a row.
    """
    text = convert(formula, display=False)
    for tag, sign in (("msub", "_"), ("msup", "^")):
        text = re.sub(
            rf"<{tag}>(<(m\w+)[^>]*>[^<]*</\2>)(<(m\w+)[^>]*>[^<]*</\4>)</{tag}>", rf"\1{sign}\3", text
        )
    if strange := set(re.findall(r"<(m\w+)", text)) - {"math", "mi", "mo", "mn", "mtext", "mrow", "mspace"}:
        raise UserError(f"a formula with <{min(strange)}> cannot be read aloud: say it in words")
    return unescape(re.sub(r"<[^>]+>", "", text)).replace("\u2061", " ").strip()
