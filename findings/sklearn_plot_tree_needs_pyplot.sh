#!/usr/bin/env bash
# scikit-learn 1.9.1, matplotlib 3.11.2: plot_tree fails on the axes of a figure that was made without pyplot.
#
# Matplotlib advises servers to make figures with matplotlib.figure.Figure, and drawing functions that take ax= work
# with it. One would expect the same here. But plot_tree asks the canvas for a renderer while the tree is drawn, and
# such a figure has a bare canvas, which gets one only when it is saved. An Agg canvas made beforehand helps.
#
# Seen:
#     Figure: AttributeError 'FigureCanvasBase' object has no attribute 'get_renderer'
#     Figure with FigureCanvasAgg: 3 nodes
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  scikit-learn==1.9.1 matplotlib==3.11.2 numpy==2.4.6 scipy==1.17.1

cat > "$folder/try.py" <<'END'
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.tree import DecisionTreeClassifier, plot_tree

tree = DecisionTreeClassifier(random_state=0).fit([[0], [1]], [0, 1])
plain, agg = Figure(), Figure()
FigureCanvasAgg(agg)
for what, figure in ("Figure", plain), ("Figure with FigureCanvasAgg", agg):
    try:
        drawn = plot_tree(tree, ax=figure.subplots())
        print(f"{what}: {sum('samples' in text.get_text() for text in drawn)} nodes")
    except AttributeError as error:
        print(f"{what}: AttributeError {error}")
END
found=$(MPLCONFIGDIR="$folder" "$folder/venv/bin/python" "$folder/try.py")
echo "$found"
expected="Figure: AttributeError 'FigureCanvasBase' object has no attribute 'get_renderer'
Figure with FigureCanvasAgg: 3 nodes"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
