#!/usr/bin/env bash
# matplotlib 3.11.2: in SVG the hatch of a transparent bar is as transparent as the bar, twice.
#
# A bar with alpha=0.4 and a hatch has the hatch at 0.4 in a PNG. In SVG the lines of the pattern have
# stroke-opacity 0.4, and the bar that uses the pattern has opacity 0.4 as well: the browser shows 0.16, and a
# hatch that is plain in the PNG is hardly to be seen.
#
# Seen:
#     lines of the pattern: stroke-opacity: 0.4
#     the bar: opacity: 0.4
#     darkest line in the PNG over white, its green channel: 153 of 255
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check matplotlib==3.11.2

cat > "$folder/try.py" <<'END'
import io
import re

from matplotlib.figure import Figure
from matplotlib.image import imread

fig = Figure(figsize=(2, 2), dpi=200)
ax = fig.add_axes((0, 0, 1, 1))
ax.axis("off")
ax.bar([0], [1], width=1, hatch="x", color="white", edgecolor="red", alpha=0.4, linewidth=0)
files = {}
for kind in "svg", "png":
    files[kind] = io.BytesIO()
    fig.savefig(files[kind], format=kind)
svg = files["svg"].getvalue().decode()
pattern = re.search("<pattern.*?</pattern>", svg, re.DOTALL)[0]
bar = re.search(r'<path[^>]*style="fill: url[^"]*"', svg)[0]
print("lines of the pattern:", re.search("stroke-opacity: [0-9.]+", pattern)[0])
print("the bar:", re.search("(?<!-)opacity: [0-9.]+", bar)[0])
files["png"].seek(0)
green = imread(files["png"])[:, :, 1].min()
print("darkest line in the PNG over white, its green channel:", round(float(green) * 255), "of 255")
END
found=$("$folder/venv/bin/python" "$folder/try.py")
echo "$found"
expected="lines of the pattern: stroke-opacity: 0.4
the bar: opacity: 0.4
darkest line in the PNG over white, its green channel: 153 of 255"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
