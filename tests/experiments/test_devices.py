"""Seeds over many devices and processes: the same numbers as on one, and every device at work."""

import hashlib
import json
import os
import socket
import subprocess
import sys

import jax
import numpy as np
import pytest
import xarray as xr
from conftest import ROOT, run
from jax import lax

from dlfigs.experiments import batch_propagation, dead_units, devices, propagation, rate_sweep
from dlfigs.experiments.propagation import gradient_norms

SEEDS = 15  # not a multiple of the eight devices
SETTINGS = {"activations": ("relu", "tanh"), "depth": 4, "width": 16, "seeds": SEEDS}
PROGRAM = f"""
import hashlib, json, sys
import jax
from jax import lax

address, processes, number = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if processes > 1:
    jax.distributed.initialize(address, processes, number)
from dlfigs.experiments.devices import over_seeds
from dlfigs.experiments.propagation import gradient_norms

data = gradient_norms(jax.random.key(0), **{SETTINGS})
where = jax.jit(lambda keys: over_seeds(lambda key: lax.axis_index("seed"), keys, bytes_each=8))
numbers = where(jax.random.split(jax.random.key(0), {SEEDS})).tolist()
digest = hashlib.sha256(data.gradient_norm.values.tobytes() + data.weight_gradient_norm.values.tobytes())
print(json.dumps([jax.local_device_count(), numbers, digest.hexdigest()]))
"""
# Seeds inside a loop over settings, a tree of arrays in the place of keys, and many nets to a seed
TRAINING = """
import sys
import jax
import xarray as xr
from dlfigs.experiments.batch_propagation import batch_gradient_norms
from dlfigs.experiments.dead_units import born_dead
from dlfigs.experiments.rate_sweep import sweep_rates
from dlfigs.experiments.training import Setup, train_digits

sizes = {"depth": 2, "width": 16, "seeds": 5}
loop = {"rates": (0.03, 0.3), "steps": 30, "batch": 16}
setups = {"relu": Setup("relu", "he_normal"), "tanh": Setup("tanh", "glorot_uniform")}
parts = {
    "digits": train_digits(jax.random.key(1), setups=setups, **sizes, **loop),
    "sweep": sweep_rates(jax.random.key(2), **sizes, **loop),
    "born": born_dead(jax.random.key(4), widths=(2, 3), depth=5, examples=4, nets=30, chunk=4),
    "batch": batch_gradient_norms(jax.random.key(3), activations=("relu", "elu"), batch=8, **sizes),
}
for name, data in parts.items():
    data.to_netcdf(f"{sys.argv[1]}/{name}.nc", engine="h5netcdf")
print(jax.device_count())
"""


@pytest.mark.parametrize("processes", [1, 2])
def test_eight_devices_give_the_bytes_of_one(processes):
    """The devices are virtual; with two processes, as on two machines, each has four of them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "JAX_NUM_CPU_DEVICES": str(8 // processes)}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, address, str(processes), str(number)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    try:
        said = [process.communicate(timeout=120) for process in running]
    finally:
        for process in running:
            process.kill()
    data = gradient_norms(jax.random.key(0), **SETTINGS)
    one = hashlib.sha256(data.gradient_norm.values.tobytes() + data.weight_gradient_norm.values.tobytes())
    for process, (out, errors) in zip(running, said, strict=True):
        assert process.returncode == 0, errors
        local, numbers, digest = json.loads(out.splitlines()[-1])
        assert local == 8 // processes
        assert numbers == [seed // 2 for seed in range(SEEDS)], "which device had which seed"
        assert digest == one.hexdigest()


def test_training_on_eight_devices_is_training_on_one(tmp_path):
    for devices_here in (1, 8):
        folder = tmp_path / str(devices_here)
        folder.mkdir()
        result = run(["-c", TRAINING, str(folder)], check=True, JAX_NUM_CPU_DEVICES=str(devices_here))
        assert result.stdout.strip() == str(devices_here)
    for name in ("digits", "sweep", "batch", "born"):
        one, eight = (xr.load_dataset(tmp_path / n / f"{name}.nc", engine="h5netcdf") for n in ("1", "8"))
        assert one.sizes.get("seed", 5) == 5
        xr.testing.assert_allclose(one, eight, rtol=1e-5, atol=1e-5)


def test_a_gpu_takes_as_many_seeds_at_once_as_fit(monkeypatch):
    keys = jax.random.split(jax.random.key(0), 7)

    def draw(key):
        return jax.random.normal(key, (4,))

    def over(at_once=None):  # a new function each time, because JAX keeps what it traced
        each = devices.TOGETHER // 3
        return lambda keys: devices.over_seeds(draw, keys, bytes_each=each, at_once=at_once)

    assert "length=7" in str(jax.make_jaxpr(over())(keys)), "a processor: one after another"
    assert "length=3" in str(jax.make_jaxpr(over(2))(keys)), "unless they are tiny"
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert "length=2" in str(jax.make_jaxpr(over())(keys)), "two times three, and one"
    many = jax.random.split(jax.random.key(1), 129)
    assert "length=2" in str(jax.make_jaxpr(lambda keys: devices.over_seeds(draw, keys))(many)), "of 64"
    np.testing.assert_allclose(jax.jit(over())(keys), lax.map(draw, keys), rtol=1e-6)


def test_what_a_seed_needs_in_memory_is_what_it_keeps(monkeypatch):
    """A GPU takes as many seeds at once as fit: weights and signals, by their shapes."""

    def needed(module, call, **sizes):
        found = []

        def note(f, keys, *, bytes_each, at_once=None):
            found.append(bytes_each)
            raise RuntimeError("noted")

        monkeypatch.setattr(module, "over_seeds", note)
        with pytest.raises(RuntimeError, match="noted"):
            call(jax.random.key(0), **sizes)
        return found[0]

    def size(*shape, dtype=np.float32):
        return np.empty(shape, dtype).nbytes

    names = {"activations": ("relu", "tanh", "elu"), "initializers": ("he_normal", "orthogonal")}
    sizes = {"depth": 3, "width": 13, "seeds": 2}  # sizes of no other test, or JAX would not trace again
    found = needed(propagation, propagation.gradient_norms, **names, **sizes)
    assert found == size(2, 3, 13, 13, dtype=np.float64)
    found = needed(batch_propagation, batch_propagation.batch_gradient_norms, **names, **sizes, batch=5)
    assert found == size(2, 3, 13, 13) + size(3, 5, 13 + 5)
    born = {"widths": (2, 13), "depth": 3, "examples": 5, "nets": 4}
    found = needed(dead_units, dead_units.born_dead, **born)
    assert found == size(3, 13, 13) + size(2, 5, 13)
    training = {"rates": (0.1, 0.2, 0.3), "steps": 1, "batch": 4}
    found = needed(rate_sweep, rate_sweep.sweep_rates, **sizes, **training)
    weights = size(64, 13) + size(2, 13, 13) + size(13, 10) + size(3, 13) + size(10)
    # Of each net its parameters, their gradients and what lies between; one normalization after another
    assert found == 8 * 3 * weights
