#!/usr/bin/env bash
# seaborn 0.13.2, matplotlib 3.11.2: after set_theme() "k" is a dark gray for the whole process, whatever is reset.
#
# A theme is a set of rcParams, so one would expect it to end with rc_context, with rcdefaults(), or with seaborn's
# own reset_orig(). The rcParams do end. But set_theme() also writes new colors for letters such as "b" and "k" into
# matplotlib's table of names, which none of the three restores: later figures that ask for black do not get it.
#
# Seen:
#     at first: k #000000, b #0000ff, axes.facecolor white
#     within rc_context: k #1a1a1a, b #4c72b0, axes.facecolor #EAEAF2
#     after rc_context: k #1a1a1a, b #4c72b0, axes.facecolor white
#     after rcdefaults: k #1a1a1a, b #4c72b0, axes.facecolor white
#     after reset_orig: k #1a1a1a, b #4c72b0, axes.facecolor white
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  seaborn==0.13.2 matplotlib==3.11.2 numpy==2.4.6 pandas==3.1.1

cat > "$folder/try.py" <<'END'
import matplotlib
import seaborn
from matplotlib.colors import to_hex


def tell(when):
    print(f"{when}: k {to_hex('k')}, b {to_hex('b')}, axes.facecolor {matplotlib.rcParams['axes.facecolor']}")


tell("at first")
with matplotlib.rc_context():
    seaborn.set_theme()
    tell("within rc_context")
tell("after rc_context")
matplotlib.rcdefaults()
tell("after rcdefaults")
seaborn.reset_orig()
tell("after reset_orig")
END
found=$(MPLBACKEND=agg MPLCONFIGDIR="$folder" "$folder/venv/bin/python" "$folder/try.py")
echo "$found"
expected="at first: k #000000, b #0000ff, axes.facecolor white
within rc_context: k #1a1a1a, b #4c72b0, axes.facecolor #EAEAF2
after rc_context: k #1a1a1a, b #4c72b0, axes.facecolor white
after rcdefaults: k #1a1a1a, b #4c72b0, axes.facecolor white
after reset_orig: k #1a1a1a, b #4c72b0, axes.facecolor white"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
