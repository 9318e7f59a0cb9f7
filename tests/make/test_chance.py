"""Random numbers that come from neither the key nor a seed: somebody is told, or they are given a seed."""

import json

import pytest
from conftest import write_recipe

from dlfigs.make import remarks, worker
from dlfigs.recipe import dependencies

IGNORES = [
    ("slope = 3.0", True),
    ("key = None", True),
    ("f = lambda: key", False),
    ("f = lambda key: 1", True),
    ("slope += hash(key)", False),
    ("f = locals()", False),
]


@pytest.mark.parametrize(("body", "ignores"), IGNORES)
def test_whether_a_key_is_used_stands_in_the_text(tmp_path, body, ignores):
    tree = dependencies.parse(write_recipe(tmp_path, compute=body))
    assert dependencies.ignores_key(tree) == ignores


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("rng = np.random.default_rng()", [1]),
        ("from numpy.random import default_rng\n\nrng = default_rng()", [3]),
        ("random.Random().random()", [1]),
        ("np.random.Generator(np.random.PCG64())", [1]),
        ("np.random.default_rng(0)", []),
        ("np.random.default_rng(seed=key)", []),
    ],
)
def test_generators_that_begin_anywhere_are_found(code, lines):
    assert dependencies.generators_without_seed(dependencies.ast.parse(code)) == lines


def test_they_are_told_when_the_figure_is_made(tmp_path):
    path = write_recipe(tmp_path / "figures", compute="slope += np.random.default_rng().uniform()")
    (remark,) = remarks.of(worker.make(path, tmp_path / "cache", {}))
    assert remark.words(path).startswith(f"{path}:16: this generator begins anywhere")
    assert "generator(key)" in remark.text


@pytest.mark.parametrize("draw", ["np.random.normal()", "__import__('random').random()"])
def test_generators_that_everybody_shares_begin_at_the_seed(tmp_path, draw):
    path = write_recipe(tmp_path / "figures", compute=f"slope += {draw}")
    measured = [
        json.loads((worker.make(path, tmp_path / cache, given) / "line.json").read_text())["claims"][0][
            "measured"
        ]
        for cache, given in (("one", {}), ("two", {}), ("three", {"seed": 1}))
    ]
    assert measured[0] == measured[1] != measured[2]
