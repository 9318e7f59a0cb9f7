#!/usr/bin/env bash
# jupytext 1.19.6: a Python comment whose first word is a shell command loses its "#" on the way to a notebook.
#
# Jupytext writes magics into scripts as comments, and reads them back. One would expect that only "# %..." and
# "# !..." are meant. But "ls", "cp", "copy", "rm", "cat" and others count too, without a "%", so an ordinary sentence
# becomes a line of code: the notebook cell then fails, or runs the command. The script itself is valid Python.
#
# Seen (the first line of each cell):
#     copy of the usual example
#     ls is the length scale
#     rm below is the running mean
#     # the length scale is ls
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check jupytext==1.19.6

cat > "$folder/try.py" <<'END'
import jupytext

for comment in (
    "# copy of the usual example",
    "# ls is the length scale",
    "# rm below is the running mean",
    "# the length scale is ls",
):
    notebook = jupytext.reads(f"# %%\n{comment}\nx = 1\n", fmt="py:percent")
    print(notebook.cells[0].source.splitlines()[0])
END
found=$("$folder/venv/bin/python" "$folder/try.py")
echo "$found"
expected="copy of the usual example
ls is the length scale
rm below is the running mean
# the length scale is ls"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
