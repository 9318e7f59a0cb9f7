"""A policy in a page, by which the browser runs and fetches only what the site itself has."""

from __future__ import annotations

import base64
import hashlib
import re

from dlfigs.errors import UserError

# Scripts and style sheets that stand in the page; what has another type (JSON) is data, not a script
INLINE = re.compile(r"<(script|style)(?![^>]*\s(?:src|type)=)[^>]*>(.*?)</\1>", re.DOTALL)
CHARSET = re.compile(r"""<meta charset=["']?utf-8["']?\s*/?>""", re.IGNORECASE)


def guarded(html: str, *, served: bool = False, styles: bool = False) -> str:
    """Add a Content-Security-Policy before all that it rules: hosts of static files send no headers.

    Args:
        html: The whole page.
        served: Whether a server puts a script of its own into the page when it sends it.
        styles: Whether the site's own script puts style sheets into the page.

    Raises:
        UserError: If the page does not say that it is UTF-8, after which the policy stands.
    """
    if 'http-equiv="Content-Security-Policy"' in html:  # it is complete
        return html
    sources = {"script": ["'self'"], "style": ["'self'"]}
    for kind, text in INLINE.findall(html):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        sources[kind].append(f"'sha256-{digest}'")
    # With a hash, browsers would ignore 'unsafe-inline'
    for kind in ["script"] * served + ["style"] * styles:
        sources[kind] = ["'self'", "'unsafe-inline'"]
    policy = {
        "default-src": ["'none'"],
        "script-src": sources["script"],
        "style-src": sources["style"],
        "style-src-attr": ["'unsafe-inline'"],  # colors in figures; an attribute can fetch from 'self' only
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],  # the search index
        "worker-src": ["'self'"],  # the search
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
    }
    content = "; ".join(" ".join([name, *dict.fromkeys(values)]) for name, values in policy.items())
    meta = f'<meta http-equiv="Content-Security-Policy" content="{content}">'
    if not CHARSET.search(html):
        raise UserError('a page has no <meta charset="utf-8">, after which its policy stands')
    return CHARSET.sub(lambda found: f"{found[0]}\n      {meta}", html, count=1)
