#!/usr/bin/env bash
# xarray 2026.9.0, scipy 1.17.1: a merged coordinate of floats is written as integers, because one file had integers.
#
# A dataset read from a file has the coordinate 0, 1, stored as int32. It is merged with one made in memory that has
# 0, 0.5, 1. The result in memory is right, and its dtype is float64, so one would expect the same numbers in the file.
# But the coordinate has kept "dtype" in .encoding from the first file, and writing rounds to that without a warning.
#
# Seen, with every warning turned into an error:
#     merged: float64 [0.0, 0.5, 1.0]
#     written and read: int32 [0, 0, 1]
#     the same with drop_encoding() before writing: float64 [0.0, 0.5, 1.0]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  xarray==2026.9.0 scipy==1.17.1 numpy==2.4.6 pandas==3.1.1

cat > "$folder/try.py" <<'END'
import sys
import warnings

import numpy as np
import xarray as xr

warnings.simplefilter("error")


def through_a_file(data, name):
    data.to_netcdf(f"{sys.argv[1]}/{name}.nc", engine="scipy")
    with xr.open_dataset(f"{sys.argv[1]}/{name}.nc", engine="scipy") as opened:
        return opened.load()


def tell(what, data):
    print(f"{what}: {data.x.dtype} {data.x.values.tolist()}")


coarse = xr.Dataset({"a": ("x", [1.0, 2.0])}, {"x": np.array([0, 1], "int32")})
fine = xr.Dataset({"b": ("x", [3.0, 4.0, 5.0])}, {"x": [0.0, 0.5, 1.0]})
merged = xr.merge([through_a_file(coarse, "coarse"), fine], join="outer", compat="no_conflicts")
tell("merged", merged)
tell("written and read", through_a_file(merged, "merged"))
tell("the same with drop_encoding() before writing", through_a_file(merged.drop_encoding(), "dropped"))
END
found=$("$folder/venv/bin/python" "$folder/try.py" "$folder")
echo "$found"
expected="merged: float64 [0.0, 0.5, 1.0]
written and read: int32 [0, 0, 1]
the same with drop_encoding() before writing: float64 [0.0, 0.5, 1.0]"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
