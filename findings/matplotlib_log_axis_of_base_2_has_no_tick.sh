#!/usr/bin/env bash
# matplotlib 3.11.2: a logarithmic axis of base 2 has no tick at all if no power of 2 lies within its limits.
#
# On an axis of base 10 from 1.3 to 1.9, which holds no power of 10 either, the steps between are marked and labeled.
# One would expect as much for base 2. There the axis has neither ticks nor labels, so that no value can be read off.
#
# Seen (the ticks within the limits, major and minor, and how many of them have a label):
#     base 10, 1.3 to 1.9: 7 ticks, 7 labels
#     base 2, 1.3 to 1.9: 0 ticks, 0 labels
#     base 2, 5 to 7: 0 ticks, 0 labels
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check matplotlib==3.11.2 numpy==2.4.6

cat > "$folder/try.py" <<'END'
from matplotlib.figure import Figure

for base, low, high in (10, 1.3, 1.9), (2, 1.3, 1.9), (2, 5, 7):
    figure = Figure()
    axes = figure.subplots()
    axes.set_xscale("log", base=base)
    axes.set_xlim(low, high)
    figure.draw_without_rendering()
    ticks = axes.xaxis.get_major_ticks() + axes.xaxis.get_minor_ticks()
    inside = [tick for tick in ticks if low - 1e-9 <= tick.get_loc() <= high + 1e-9]
    labels = [tick for tick in inside if tick.label1.get_text()]
    print(f"base {base}, {low} to {high}: {len(inside)} ticks, {len(labels)} labels")
END
found=$(MPLCONFIGDIR="$folder" "$folder/venv/bin/python" "$folder/try.py")
echo "$found"
expected="base 10, 1.3 to 1.9: 7 ticks, 7 labels
base 2, 1.3 to 1.9: 0 ticks, 0 labels
base 2, 5 to 7: 0 ticks, 0 labels"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
