#!/usr/bin/env bash
# jax 0.10.2, jaxlib 0.10.2: the slope of jax.nn.gelu is exactly 0 at -5 in float32, so that such a unit can die too.
#
# GELU is often recommended over ReLU because its slope does not vanish for negative inputs. One would expect a small
# slope at -5, about -2e-06, and float32 has room for it. But by default gelu is the formula with tanh, tanh is rounded
# to -1 there, and 1 + tanh(...) is 0. approximate=False keeps a slope, and so does float64. The slope of elu is taken
# from exp(z) - 1 by adding 1 again, so it is lost at -18.
#
# Seen on a CPU (is the slope exactly 0?):
#     gelu, float32, -4: False
#     gelu, float32, -5: True
#     gelu, float64, -5: False
#     gelu with approximate=False, float32, -5: False
#     elu, float32, -18: True
#     elu, float64, -18: False
#     swish, float32, -18: False
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check jax==0.10.2 jaxlib==0.10.2

cat > "$folder/try.py" <<'END'
import functools

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)
exact = functools.partial(jax.nn.gelu, approximate=False)
for name, unit, dtype, z in (
    ("gelu", jax.nn.gelu, "float32", -4),
    ("gelu", jax.nn.gelu, "float32", -5),
    ("gelu", jax.nn.gelu, "float64", -5),
    ("gelu with approximate=False", exact, "float32", -5),
    ("elu", jax.nn.elu, "float32", -18),
    ("elu", jax.nn.elu, "float64", -18),
    ("swish", jax.nn.swish, "float32", -18),
):
    slope = jax.grad(unit)(jnp.asarray(z, dtype))
    assert slope.dtype == dtype
    print(f"{name}, {dtype}, {z}: {float(slope) == 0}")
END
found=$(JAX_PLATFORMS=cpu "$folder/venv/bin/python" "$folder/try.py")
echo "$found"
expected="gelu, float32, -4: False
gelu, float32, -5: True
gelu, float64, -5: False
gelu with approximate=False, float32, -5: False
elu, float32, -18: True
elu, float64, -18: False
swish, float32, -18: False"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
