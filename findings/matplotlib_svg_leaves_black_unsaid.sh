#!/usr/bin/env bash
# matplotlib 3.11.2: a black patch has no fill in the SVG, so that a rule of the page recolors data.
#
# One would expect each patch to carry its color, as all others do. Black is left out because it is what SVG fills
# with by default. But fill is inherited: in a page with "svg { fill: currentColor }", a usual rule for icons and dark
# themes, the black bars take the color of the text, and all others keep theirs. The text of a figure does the same.
#
# Seen (the style of one patch):
#     black: "stroke: #ff0000; stroke-linejoin: miter"
#     #000001: "fill: #000001; stroke: #ff0000; stroke-linejoin: miter"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check matplotlib==3.11.2 numpy==2.4.6

cat > "$folder/try.py" <<'END'
import io
import re

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

for color in "black", "#000001":
    figure = Figure(frameon=False)
    figure.add_artist(Rectangle((0.2, 0.2), 0.5, 0.5, facecolor=color, edgecolor="#ff0000"))
    svg = io.StringIO()
    figure.savefig(svg, format="svg")
    (style,) = re.findall(r'style="([^"]*#ff0000[^"]*)"', svg.getvalue())
    print(f'{color}: "{style}"')
END
found=$(MPLCONFIGDIR="$folder" "$folder/venv/bin/python" "$folder/try.py")
echo "$found"
expected='black: "stroke: #ff0000; stroke-linejoin: miter"
#000001: "fill: #000001; stroke: #ff0000; stroke-linejoin: miter"'
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
