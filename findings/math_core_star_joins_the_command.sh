#!/usr/bin/env bash
# math-core 0.9.0: a product such as \beta*v is refused, because the star is read as a part of the command's name.
#
# In LaTeX a name ends before the star, and only commands that look for a star take it. One would expect a Greek letter
# times v. Instead the command "\beta*" is looked up, and is not known. A space or braces before the star help.
#
# Seen:
#     \beta*v: unknown command \beta*
#     \sin*x: unknown command \sin*
#     \beta *v: converted
#     {\beta}*v: converted
#     x*v: converted
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check math-core==0.9.0

cat > "$folder/try.py" <<'END'
import re

import math_core

converter = math_core.LatexToMathML()
for latex in r"\beta*v", r"\sin*x", r"\beta *v", r"{\beta}*v", "x*v":
    try:
        converter.convert_with_local_state(latex, displaystyle=False)
        print(f"{latex}: converted")
    except math_core.LatexError as error:
        name = re.search(r'Unknown command "(.*?)"', str(error))
        print(f"{latex}: unknown command {name[1]}" if name else f"{latex}: {error}")
END
found=$("$folder/venv/bin/python" "$folder/try.py")
echo "$found"
expected='\beta*v: unknown command \beta*
\sin*x: unknown command \sin*
\beta *v: converted
{\beta}*v: converted
x*v: converted'
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
