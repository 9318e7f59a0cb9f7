"""What pages need for what dlfigs writes into them: a style sheet, a script, the font of the formulas."""

from __future__ import annotations

import re
from pathlib import Path

from dlfigs.markdown.uses import relative
from dlfigs.plot import palette

THEME = Path(__file__).with_name("theme")
SHEET, SCRIPT = "assets/dlfigs/dlfigs.css", "assets/dlfigs/dlfigs.js"
# The second reads what is asked before the third says what has been answered
SCRIPTS = ("dlfigs.js", "practice.js", "predict.js", "move.js")
FONT = "assets/fonts/stix-two-math.woff2"
# Style sheets of the generator's theme, after which ours comes: a course's own come last
OF_THEME = re.compile(r'<link\b[^>]*\bhref="?[^"\s>]*assets/stylesheets/[^"\s>]*"?[^>]*>')


def files() -> dict[str, str]:
    """Return the text of the style sheet and of the script, by address below the site's."""
    sheet = (THEME / "dlfigs.css").read_text(encoding="utf-8")
    scripts = [(THEME / name).read_text(encoding="utf-8") for name in SCRIPTS]
    return {SHEET: palette.stylesheet() + sheet, SCRIPT: "".join(scripts)}


def with_font(html: str, address: str) -> str:
    """Return a page that asks for the font of its formulas, if it has some.

    A font that comes late sets every formula again and moves the text. This one is there before the first
    paint, or else (`optional`: after 100 ms) stays for the next page, which has it at once.

    Args:
        html: The whole page.
        address: Of the page, below the site's.
    """
    if "<math" not in html or "</head>" not in html or FONT in html:
        return html
    font = relative(FONT, address)
    face = f'font-family:"STIX Two Math";src:url("{font}") format("woff2");font-display:optional'
    preload = f'<link rel="preload" as="font" type="font/woff2" crossorigin href="{font}">'
    return html.replace("</head>", f"{preload}<style>@font-face{{{face}}}</style></head>", 1)


def with_files(html: str, address: str) -> str:
    """Return a page that asks for the style sheet and the script, if it does not yet.

    Args:
        html: The whole page.
        address: Of the page, below the site's.
    """
    if SHEET in html:
        return html
    link = f'<link rel="stylesheet" href="{relative(SHEET, address)}">'
    script = f'<script src="{relative(SCRIPT, address)}" defer></script>'
    sheets = list(OF_THEME.finditer(html))
    at = sheets[-1].end() if sheets else html.find("</head>")
    return f"{html[:at]}{link}{html[at:]}".replace("</head>", f"{script}</head>", 1) if at >= 0 else html
