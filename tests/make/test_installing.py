"""The first cell of a notebook, which installs what it needs where dlfigs is missing."""

import importlib.metadata

import pytest

from dlfigs.make import installing

REPOSITORY = "dlfigs @ git+https://github.com/deep-networks-measured/course"


def asked_for(code, monkeypatch, there):
    """Run the cell and return what it asks pip for."""
    asked = []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object() if there else None)
    monkeypatch.setattr("subprocess.run", lambda command, check: asked.append(command))
    exec(code, {})
    return asked


def test_what_dlfigs_does_not_need_itself_is_installed_too(monkeypatch):
    code = installing.code(["dlfigs", "jax", "jaxlib", "keras", "scikit_learn", "h5py", "flax"])
    (command,) = asked_for(code, monkeypatch, there=False)
    assert command[1:4] == ["-m", "pip", "install"]
    assert command[5:] == [REPOSITORY, "flax", "keras"]


def test_where_dlfigs_is_nothing_is_installed(monkeypatch):
    assert asked_for(installing.code(["dlfigs", "keras"]), monkeypatch, there=True) == []


@pytest.mark.parametrize("urls", [[], ["Documentation, https://example.org"]])
def test_a_package_that_names_no_repository_is_asked_for_by_its_name(monkeypatch, urls):
    class Metadata(dict):
        def get_all(self, name):
            return urls

    monkeypatch.setattr(importlib.metadata, "metadata", lambda name: Metadata())
    assert installing.source() == "dlfigs"
