#!/usr/bin/env bash
# mkdocs-material 9.8.1: with `content.tabs.link`, choosing a tab does not switch the same tabs in boxes that are folded.
#
# Linked tabs are told by their labels, and a choice is to hold for all of them on a page. The labels are compared by the
# text that is rendered, and what is in a closed <details> is not: such tabs stay as they were. When the box is opened,
# it shows the other language. Needs Chromium.
#
# Seen:
#     open: Two
#     folded: One
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chromium=$(command -v chromium || command -v google-chrome)
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  mkdocs==1.6.1 mkdocs-material==9.8.1 pymdown-extensions==13.1 playwright==1.65.2
mkdir "$folder/docs"
cat > "$folder/mkdocs.yml" <<'END'
site_name: Tabs
theme: {name: material, font: false, features: [content.tabs.link]}
plugins: []
markdown_extensions: [pymdownx.details, pymdownx.superfences, {pymdownx.tabbed: {alternate_style: true}}]
END
cat > "$folder/docs/index.md" <<'END'
# Tabs

=== "One"

    first

=== "Two"

    second

??? note "Folded"

    === "One"

        third

    === "Two"

        fourth
END
NO_MKDOCS_2_WARNING=1 "$folder/venv/bin/mkdocs" build --quiet --config-file "$folder/mkdocs.yml"
"$folder/venv/bin/python" -m http.server --bind 127.0.0.1 --directory "$folder/site" 8765 >/dev/null 2>&1 &
server=$!
trap 'kill $server; rm -rf "$folder"' EXIT

cat > "$folder/try.py" <<'END'
import sys

from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=sys.argv[1], args=["--no-sandbox"])
    page = browser.new_page()
    for _ in range(50):  # until the server answers
        try:
            page.goto("http://127.0.0.1:8765/")
            break
        except Exception:
            page.wait_for_timeout(100)
    page.wait_for_timeout(1000)
    page.locator(".tabbed-set").first.locator(".tabbed-labels label", has_text="Two").click()
    page.wait_for_timeout(1000)
    for name, tabs in zip(("open", "folded"), page.locator(".tabbed-set").all(), strict=True):
        chosen = tabs.locator(":scope > input").evaluate_all("all => all.findIndex(one => one.checked)")
        print(f"{name}: {('One', 'Two')[chosen]}")
END
found=$("$folder/venv/bin/python" "$folder/try.py" "$chromium")
echo "$found"
expected="open: Two
folded: One"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
