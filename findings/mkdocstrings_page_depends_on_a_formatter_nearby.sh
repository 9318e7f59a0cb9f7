#!/usr/bin/env bash
# mkdocstrings-python 2.0.11 (mkdocs 1.6.1, mkdocstrings 1.0.8): a page of docstrings has another text when ruff is installed.
#
# A site's pages are expected to follow from its sources and its configuration. With `separate_signature: true` each
# signature is sent through a formatter, Black or Ruff, if one happens to be installed in the environment: in a
# process of its own for each signature. Without one it stays as it is. So the site that is built where the tests
# are installed differs from the one that is built where only the site is, in line breaks and in quotes. A strict
# build accepts both.
#
# Seen:
#     without ruff: f(title='a long text as a default', other='a second long text', third=None)
#     with ruff: f(
#         title="a long text as a default",
#         other="a second long text",
#         third=None,
#     )
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
install() { "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }
install mkdocs==1.6.1 mkdocstrings==1.0.8 mkdocstrings-python==2.0.11 griffelib==2.4.1 mkdocs-autorefs==1.4.5

mkdir "$folder/docs"
cat > "$folder/mkdocs.yml" <<'END'
site_name: A library
plugins:
  - mkdocstrings:
      handlers:
        python:
          options: {separate_signature: true, show_source: false}
END
echo "::: library" > "$folder/docs/index.md"
cat > "$folder/library.py" <<'END'
"""A module."""


def f(title='a long text as a default', other='a second long text', third=None):
    """Do nothing."""
END
signature() {
  (cd "$folder" && "$folder/venv/bin/mkdocs" build --quiet --strict --clean)
  "$folder/venv/bin/python" - "$folder/site/index.html" <<'END'
import html
import re
import sys

page = open(sys.argv[1], encoding="utf-8").read()
shown = [html.unescape(re.sub(r"<[^>]+>", "", code)) for code in re.findall(r"<code[^>]*>(.*?)</code>", page, re.DOTALL)]
print(next(text.strip() for text in shown if text.startswith("f(")))
END
}
found="without ruff: $(signature)"
install ruff==0.14.6
found="$found
with ruff: $(signature)"
echo "$found"
expected="without ruff: f(title='a long text as a default', other='a second long text', third=None)
with ruff: f(
    title=\"a long text as a default\",
    other=\"a second long text\",
    third=None,
)"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
