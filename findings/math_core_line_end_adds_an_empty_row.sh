#!/usr/bin/env bash
# math-core 0.9.0: \\ after the last row of cases or array adds an empty row to the table.
#
# In these two LaTeX ignores \\ right before \end, and many authors end every row with it; before a closing \hline it
# is even needed. One would expect two rows in all four lines below. With \\ at the end there are three, so that the
# brace of cases is too long and the closing line is drawn above an empty row.
#
# Seen (the rows in MathML):
#     \begin{cases} 1 & x \\ 2 & y \end{cases}: 2
#     \begin{cases} 1 & x \\ 2 & y \\ \end{cases}: 3
#     \begin{array}{c} 1 \\ 2 \end{array}: 2
#     \begin{array}{c} 1 \\ 2 \\ \hline \end{array}: 3
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check math-core==0.9.0

cat > "$folder/try.py" <<'END'
import math_core

converter = math_core.LatexToMathML()
for latex in (
    r"\begin{cases} 1 & x \\ 2 & y \end{cases}",
    r"\begin{cases} 1 & x \\ 2 & y \\ \end{cases}",
    r"\begin{array}{c} 1 \\ 2 \end{array}",
    r"\begin{array}{c} 1 \\ 2 \\ \hline \end{array}",
):
    print(f"{latex}: {converter.convert_with_local_state(latex, displaystyle=True).count('<mtr')}")
END
found=$("$folder/venv/bin/python" "$folder/try.py")
echo "$found"
expected='\begin{cases} 1 & x \\ 2 & y \end{cases}: 2
\begin{cases} 1 & x \\ 2 & y \\ \end{cases}: 3
\begin{array}{c} 1 \\ 2 \end{array}: 2
\begin{array}{c} 1 \\ 2 \\ \hline \end{array}: 3'
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
