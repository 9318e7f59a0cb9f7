"""Commands that are forked do and say what they do and say in processes of their own."""

import shutil

import pytest
import zygote
from conftest import run, write_course, write_recipe

BUILD, CHECK, SITE = ["dlfigs", "build"], ["dlfigs", "check"], ["mkdocs", "build", "--strict"]


@pytest.mark.skipif(not zygote.CAN_FORK, reason="tests fork on Linux only")
def test_a_fork_does_and_says_what_a_new_process_does_and_says(tmp_path):
    course = write_course(tmp_path)
    write_recipe(course / "figures", low="3")
    run(["-m", *SITE], cwd=course)  # the first site says more than the next ones
    for command in (
        [*BUILD, "lien"],  # an exit code of click's, and one line
        [*CHECK, "--json"],  # what is printed, and the exit code of a broken claim
        SITE,  # a warning that ends a site
    ):
        said = []
        for new in (True, False):
            result = run(["-m", *command], cwd=course, new=new)
            said.append((result.returncode, result.stdout, result.stderr))
        assert said[0] == said[1]
        assert said[0][0] != 0


@pytest.mark.skipif(not zygote.CAN_FORK, reason="tests fork on Linux only")
def test_figures_of_forks_are_the_bytes_of_new_processes(tmp_path):
    figures, programs, cache = [], [], tmp_path / ".cache/dlfigs"
    for new in (True, False):
        write_recipe(tmp_path / "figures", compute="import jax; slope += float(jax.random.uniform(key))")
        assert run(["-m", *BUILD], cwd=tmp_path, new=new).returncode == 0
        figures.append({file.name: file.read_bytes() for file in cache.glob("figures/line/*/*")})
        # Named by what they are made of: the program, the versions, and the settings of JAX and XLA
        programs.append({file.name for file in cache.glob("compiled/*-cache")})
        shutil.rmtree(cache)
    assert [name for name in figures[0] if figures[0][name] != figures[1].get(name)] == []
    assert len(figures[0]) == len(figures[1]) == 12
    assert programs[0] == programs[1] != set()
