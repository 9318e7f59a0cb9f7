"""What this site does at build beyond its plugins: one style sheet, dark too, and fewer elements."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files

FOLDER = "assets/stylesheets"
# Material sets an attribute of the page at its start, for this rule, which is about all of its elements:
# the browser styles everything once more. Without it colors fade when a reader changes the scheme.
SWITCHING = re.compile(r"\[data-md-color-switching\][^{}]*\{[^{}]*\}")
# Rules for dark pages. Material's script says which scheme a page has: without scripts, the system does
DARK = '[data-md-color-scheme="slate"]'
RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
# Names, punctuation, operators and spaces look like other code: half of the elements of many pages
PLAIN = re.compile(r'<span class="(?:n|p|o|w)">([^<]*)</span>')


@event_priority(-200)  # when dlfigs has added its own
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Merge the theme's style sheets and ours; a browser waits for each before it shows anything."""
    theme = [path for folder in config.theme.dirs for path in Path(folder, FOLDER).glob("*.min.css")]
    # In the order in which Material's templates ask for them
    sheets = [next(path for path in theme if path.name.startswith(name)) for name in ("main.", "palette.")]
    texts = [path.read_text(encoding="utf-8") for path in sheets]
    # Of the course's own: mkdocstrings asks for one too, with no rule that the pages of the API need
    ours = [files.get_file_from_path(str(path)) for path in config.extra_css]
    texts += [file.content_string for file in ours if file]
    text = "\n".join(texts)
    text = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", text)
    text = SWITCHING.sub("", text)
    text += dark_without_scripts(text)
    name = f"{FOLDER}/site.{hashlib.sha256(text.encode()).hexdigest()[:8]}.css"
    files.append(File.generated(config, name, content=text))
    config.extra["stylesheet"] = name
    config.extra_css = []  # the template would ask for each of them too
    return files


def dark_without_scripts(css: str) -> str:
    """Return the rules for dark pages once more, for dark systems whose browsers run no scripts."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL).replace("[data-md-color-scheme=slate]", DARK)
    found = []
    for selectors, style in RULE.findall(css):
        for selector in re.split(r",(?![^(]*\))", selectors):
            if DARK in selector:  # without scripts, the scheme of every page is the first one
                found.append(
                    f"{selector.replace(DARK, '[data-md-color-scheme]').strip()}{{{style.strip()}}}"
                )
    return "\n@media screen and (scripting:none) and (prefers-color-scheme:dark){" + "".join(found) + "}\n"


def on_page_content(html: str, **_: Any) -> str:
    """Leave plain code plain."""
    return PLAIN.sub(r"\1", html)
