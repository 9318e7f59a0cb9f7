#!/usr/bin/env bash
# bibtexparser 2.1.0: an entry whose type only starts with "comment" or "preamble" is not read as an entry.
#
# Entry types are free: styles of one's own may define @commentary or @preambles, and @review or @report are read as
# entries. One would expect the whole word to decide. Only its start does, so these entries turn into a comment and
# a preamble, their keys are missing from .entries_dict, and no block is reported as failed.
#
# Seen:
#     review: ['Entry'] 0 failed
#     commentary: ['ExplicitComment'] 0 failed
#     preambles: ['Preamble'] 0 failed
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check bibtexparser==2.1.0

cat > "$folder/try.py" <<'END'
import bibtexparser

for kind in "review", "commentary", "preambles":
    library = bibtexparser.parse_string(f"@{kind}{{key, title = {{A title}}}}")
    print(f"{kind}: {[type(block).__name__ for block in library.blocks]} {len(library.failed_blocks)} failed")
END
found=$("$folder/venv/bin/python" "$folder/try.py")
echo "$found"
expected="review: ['Entry'] 0 failed
commentary: ['ExplicitComment'] 0 failed
preambles: ['Preamble'] 0 failed"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
