#!/usr/bin/env bash
# mnist1d 0.0.2.post1, NumPy 2.4.6: making the data set starts the random numbers of the whole process over.
#
# `make_dataset(args)` takes its seed from `args.seed`, 42 by default, and one would expect a generator of its own, as
# scikit-learn's makers of data sets have. It seeds the global generators of NumPy and of Python instead: whatever a
# program had seeded before, all that it draws after making the data is the same in each run. A loop over seeds that
# makes its data inside repeats one and the same experiment; its spread is zero.
#
# Seen (what one draws from the global generators, under two seeds of one's own, before and after making the data):
#     before: seeds 1 and 2 differ
#     after: NumPy alike, Python alike
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  mnist1d==0.0.2.post1 numpy==2.4.6 scipy==1.17.1 matplotlib==3.11.2 requests==2.34.2

cat > "$folder/try.py" <<'END'
import random

import numpy as np
from mnist1d.data import get_dataset_args, make_dataset

options = get_dataset_args()
options.num_samples = 100
before, after = [], []
for seed in (1, 2):
    random.seed(seed)
    np.random.seed(seed)
    before.append((np.random.rand(), random.random()))
    make_dataset(options)
    after.append((np.random.rand(), random.random()))
print(f"before: seeds 1 and 2 {'alike' if before[0] == before[1] else 'differ'}")
words = ["alike" if one == other else "differ" for one, other in zip(*after)]
print(f"after: NumPy {words[0]}, Python {words[1]}")
END
found=$(MPLBACKEND=agg "$folder/venv/bin/python" "$folder/try.py")
echo "$found"
expected="before: seeds 1 and 2 differ
after: NumPy alike, Python alike"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
