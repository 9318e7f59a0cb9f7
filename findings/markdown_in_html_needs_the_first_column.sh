#!/usr/bin/env bash
# Markdown 3.11.3 with md_in_html: one space before "<div markdown>", and its content is no longer read as Markdown.
#
# Up to three spaces before a block change nothing elsewhere in Markdown, for raw HTML included, and the page about the
# extension names no column. One would expect the same result, or the attribute as it was written. Instead the text
# stays raw, no warning appears, and the attribute stays in the page, with a value that nobody gave it.
#
# Seen:
#     no space: '<div>\n<p><em>word</em></p>\n</div>'
#     one space: '<div markdown="block">\n*word*\n</div>'
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check markdown==3.11.3

cat > "$folder/try.py" <<'END'
import markdown

for what, indent in ("no space", ""), ("one space", " "):
    page = markdown.markdown(f"{indent}<div markdown>\n*word*\n</div>", extensions=["md_in_html"])
    print(f"{what}: {page!r}")
END
found=$("$folder/venv/bin/python" "$folder/try.py")
echo "$found"
expected="no space: '<div>\n<p><em>word</em></p>\n</div>'
one space: '<div markdown=\"block\">\n*word*\n</div>'"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
