#!/usr/bin/env bash
# MkDocs 1.6.1: "mkdocs build --strict --quiet" succeeds on a dead link on which "--strict" alone fails.
#
# One would expect --quiet to change what is printed, and --strict to decide the exit status. But --quiet raises the
# level of the logger, and --strict counts the warnings that this logger lets through, so that nothing is counted.
#
# Seen (the exit status of the build):
#     --strict: 1
#     --strict --quiet: 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  mkdocs==1.6.1 markdown==3.11.3 click==8.5.1

mkdir -p "$folder/docs"
echo "site_name: Example" > "$folder/mkdocs.yml"
echo "[There is no such page](nowhere.md)" > "$folder/docs/index.md"
build() { # the options; the exit status
  local status=0
  "$folder/venv/bin/python" -m mkdocs build --config-file "$folder/mkdocs.yml" "$@" >/dev/null 2>&1 || status=$?
  echo "$status"
}

found="--strict: $(build --strict)
--strict --quiet: $(build --strict --quiet)"
echo "$found"
expected="--strict: 1
--strict --quiet: 0"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
