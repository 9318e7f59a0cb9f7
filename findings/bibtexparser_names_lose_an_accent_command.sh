#!/usr/bin/env bash
# bibtexparser 2.1.0: split_multiple_persons_names drops an accent command that starts a name after "and".
#
# One would expect the text between two "and" to be kept as it is. But the backslash and the letter right after
# "and " are lost, so "\c{C}elik" becomes "{C}elik" and "\v{S}mid" becomes "{S}mid". The same name in the first place,
# or with braces around the command, is kept. No block is reported as failed.
#
# Seen:
#     ['Adams, A', '{C}elik, S']
#     ['Adams, A', '{S}mid, A']
#     ['\\c{C}elik, S', 'Adams, A']
#     ['Adams, A', '{\\c{C}}elik, S']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check bibtexparser==2.1.0

cat > "$folder/try.py" <<'END'
from bibtexparser.middlewares.names import split_multiple_persons_names

print(split_multiple_persons_names(r"Adams, A and \c{C}elik, S"))
print(split_multiple_persons_names(r"Adams, A and \v{S}mid, A"))
print(split_multiple_persons_names(r"\c{C}elik, S and Adams, A"))
print(split_multiple_persons_names(r"Adams, A and {\c{C}}elik, S"))
END
found=$("$folder/venv/bin/python" "$folder/try.py")
echo "$found"
expected="['Adams, A', '{C}elik, S']
['Adams, A', '{S}mid, A']
['\\\\c{C}elik, S', 'Adams, A']
['Adams, A', '{\\\\c{C}}elik, S']"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
