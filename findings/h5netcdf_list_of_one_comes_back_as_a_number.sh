#!/usr/bin/env bash
# h5netcdf 1.8.2, h5py 3.16.0: an attribute that is a list of one number comes back as a number without a length.
#
# HDF5 keeps the two apart, and h5py reads a list of one from the same file. One would expect an array of one number,
# as one gets an array of two for two. Instead the list is unpacked on reading, so that code which loops over an
# attribute works until there is only one entry.
#
# Seen (the shape of what is read):
#     h5netcdf: one (), two (2,)
#     h5py, same file: one (1,), two (2,)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  h5netcdf==1.8.2 h5py==3.16.0 numpy==2.4.6

cat > "$folder/try.py" <<'END'
import sys

import h5netcdf
import h5py
import numpy as np

with h5netcdf.File(sys.argv[1], "w") as file:
    file.attrs["one"] = [5]
    file.attrs["two"] = [5, 6]
for what, kind in ("h5netcdf", h5netcdf.File), ("h5py, same file", h5py.File):
    with kind(sys.argv[1], "r") as file:
        print(f"{what}: one {np.shape(file.attrs['one'])}, two {np.shape(file.attrs['two'])}")
END
found=$("$folder/venv/bin/python" "$folder/try.py" "$folder/attributes.nc")
echo "$found"
expected="h5netcdf: one (), two (2,)
h5py, same file: one (1,), two (2,)"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
