"""What this site does at build beyond its plugins.

For phones: one style sheet, and fewer elements. For everybody: a policy in each page, by which the browser
runs and fetches only what the site itself has.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

FOLDER = "assets/stylesheets"
# Material sets an attribute of the page at its start, for this rule, which is about all of its elements:
# the browser styles everything once more. Without it colors fade when a reader changes the scheme.
SWITCHING = re.compile(r"\[data-md-color-switching\][^{}]*\{[^{}]*\}")
# Names, punctuation, operators and spaces look like other code: half of the elements of many pages
PLAIN = re.compile(r'<span class="(?:n|p|o|w)">([^<]*)</span>')

# Scripts and style sheets that stand in the page; what has another type (JSON) is data, not a script
INLINE = re.compile(r"<(script|style)(?![^>]*\s(?:src|type)=)[^>]*>(.*?)</\1>", re.DOTALL)
CHARSET = '<meta charset="utf-8">'
serving = False


def on_startup(*, command: str, **_: Any) -> None:
    """Note whether this is a server: it puts a script of its own into each page that it sends."""
    global serving  # noqa: PLW0603  MkDocs keeps a hook's module between the builds of a server
    serving = command == "serve"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Merge the theme's style sheets and ours; a browser waits for each before it shows anything."""
    theme = [path for folder in config.theme.dirs for path in Path(folder, FOLDER).glob("*.min.css")]
    # In the order in which Material's templates ask for them
    sheets = [next(path for path in theme if path.name.startswith(name)) for name in ("main.", "palette.")]
    sheets += [Path(config.docs_dir, str(path)) for path in config.extra_css]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sheets)
    text = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", text)
    text = SWITCHING.sub("", text)
    name = f"{FOLDER}/site.{hashlib.sha256(text.encode()).hexdigest()[:8]}.css"
    files.append(File.generated(config, name, content=text))
    config.extra["stylesheet"] = name
    config.extra_css = []  # the template would ask for each of them too
    return files


def on_page_content(html: str, **_: Any) -> str:
    """Leave plain code plain."""
    return PLAIN.sub(r"\1", html)


def on_post_page(output: str, **_: Any) -> str:
    """Put the policy into a page."""
    return _guarded(output)


def on_post_template(output_content: str, template_name: str, **_: Any) -> str:
    """Put the policy into the page for lost readers; other templates are no pages."""
    return _guarded(output_content) if template_name.endswith(".html") else output_content


def _guarded(html: str) -> str:
    """Add a Content-Security-Policy before all that it rules: hosts of static files send no headers."""
    sources = {"script": ["'self'"], "style": ["'self'"]}
    for kind, text in INLINE.findall(html):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        sources[kind].append(f"'sha256-{digest}'")
    if serving:
        sources["script"] = ["'self'", "'unsafe-inline'"]
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
    if CHARSET not in html:
        raise PluginError(f"theme/hooks.py finds no {CHARSET} to put the page's policy after")
    return html.replace(CHARSET, f"{CHARSET}\n      {meta}", 1)
