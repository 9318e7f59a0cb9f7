#!/usr/bin/env bash
# xarray 2026.9.0, scipy 1.17.1: an int64 variable written with engine="scipy" comes back as int32, without a warning.
#
# That engine writes the older NetCDF format, which has no integers of 64 bits. One would expect an error, or that the
# type is noted in the file and restored. Instead the numbers are narrowed because they happen to fit (an error comes
# only if one does not), and arithmetic that was right before the file overflows after it.
#
# Seen, with every warning turned into an error:
#     before: int64 2500000000
#     after: int32 -1794967296
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
steps = xr.Dataset({"steps": ("run", np.array([50000], "int64"))})
steps.to_netcdf(sys.argv[1], engine="scipy")
with xr.open_dataset(sys.argv[1], engine="scipy") as opened:
    again = opened.load()
for word, data in ("before", steps.steps), ("after", again.steps):
    print(f"{word}: {data.dtype} {(data * data).item()}")
END
found=$("$folder/venv/bin/python" "$folder/try.py" "$folder/steps.nc")
echo "$found"
expected="before: int64 2500000000
after: int32 -1794967296"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
