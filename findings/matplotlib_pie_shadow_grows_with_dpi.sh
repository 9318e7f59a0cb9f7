#!/usr/bin/env bash
# matplotlib 3.11.2: the shadow of a pie lies further away the finer the picture is.
#
# Axes.pie(shadow=True) sets the shadow off by 0.02, in units of the data. But a Shadow takes its offset for
# points and multiplies it by the resolution, and this before the data's own transform: at 72 dpi, as in SVG and PDF, it is
# 0.02 of the pie's radius, at 288 dpi 0.08. The same pie in a PNG and in an SVG is two drawings.
#
# Seen:
#     72 dpi: shadow off by 0.020 of the radius
#     144 dpi: shadow off by 0.040 of the radius
#     288 dpi: shadow off by 0.080 of the radius
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check matplotlib==3.11.2

cat > "$folder/try.py" <<'END'
import io

from matplotlib.figure import Figure
from matplotlib.patches import Shadow

for dpi in 72, 144, 288:
    fig = Figure(figsize=(3, 3), dpi=dpi)
    ax = fig.subplots()
    wedges, _ = ax.pie([1], shadow=True)
    fig.savefig(io.BytesIO(), format="png", dpi=dpi)
    (shadow,) = (patch for patch in ax.patches if isinstance(patch, Shadow))
    to_data = ax.transData.inverted()
    where = [patch.get_transform() + to_data for patch in (shadow, wedges[0])]
    off = where[1].transform((0, 0))[0] - where[0].transform((0, 0))[0]
    print(f"{dpi} dpi: shadow off by {off:.3f} of the radius")
END
found=$("$folder/venv/bin/python" "$folder/try.py")
echo "$found"
expected="72 dpi: shadow off by 0.020 of the radius
144 dpi: shadow off by 0.040 of the radius
288 dpi: shadow off by 0.080 of the radius"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
