"""What this site does at build beyond its plugins: one style sheet in place of several."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

FOLDER = "assets/stylesheets"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Merge the theme's style sheets and ours; a browser waits for each before it shows anything."""
    theme = [path for folder in config.theme.dirs for path in Path(folder, FOLDER).glob("*.min.css")]
    # In the order in which Material's templates ask for them
    sheets = [next(path for path in theme if path.name.startswith(name)) for name in ("main.", "palette.")]
    sheets += [Path(config.docs_dir, str(path)) for path in config.extra_css]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sheets)
    text = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", text)
    name = f"{FOLDER}/site.{hashlib.sha256(text.encode()).hexdigest()[:8]}.css"
    files.append(File.generated(config, name, content=text))
    config.extra["stylesheet"] = name
    config.extra_css = []  # the template would ask for each of them too
    return files
