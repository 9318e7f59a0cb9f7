"""Builds: the same bytes, whole folders, errors that leave the last good figure alone."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT, dlfigs, processes_in, run, write_recipe
from matplotlib.layout_engine import ConstrainedLayoutEngine

from dlfigs.make import computing, pool, store, worker
from dlfigs.plot import render
from dlfigs.recipe import loading

FORMATS = {"svg", "dark.svg", "png", "pdf", "wide.svg", "wide.dark.svg", "wide.png"}
FORMATS |= {"csv", "nc", "json", "ipynb", "sha256"}


def files(cache, slug="line"):
    """Bytes of every finished version of a figure."""
    folder = cache / "figures" / slug
    return {
        version.name: {file.name.partition(".")[2]: file.read_bytes() for file in version.iterdir()}
        for version in folder.glob("[!.]*")
    }


def test_a_figure_with_other_words_has_the_same_pictures_and_is_not_drawn(tmp_path, monkeypatch):
    recipe, cache, drawn = write_recipe(tmp_path / "figures"), tmp_path / "cache", []
    pictures = render.pictures
    monkeypatch.setattr(render, "pictures", lambda *a, **k: (drawn.append(1), pictures(*a, **k))[1])

    def make(caption, **options):
        """Return the pictures, and how often they were drawn."""
        write_recipe(recipe.parent, caption=caption)
        folder = worker.make(recipe, cache, {}, **options)
        assert caption in (folder / "line.json").read_text()
        assert caption in (folder / "line.ipynb").read_text()
        before, drawn[:] = len(drawn), []
        return {suffix: (folder / f"line.{suffix}").read_bytes() for suffix in store.PICTURES}, before

    first, times = make("One.")
    assert times == 1
    assert make("Two.") == (first, 0)
    assert make("Three.", force=True) == (first, 1)
    for picture in cache.glob("figures/line/*/line.png"):
        picture.write_bytes(b"damaged")
    assert make("Four.") == (first, 1)


def test_a_drawing_that_is_edited_while_the_data_are_computed_is_drawn_next(tmp_path, monkeypatch):
    recipe, cache, compute = write_recipe(tmp_path / "figures"), tmp_path / "cache", computing.compute

    def edited_meanwhile(*args):
        write_recipe(recipe.parent, draw="ax.set_title('new')")
        return compute(*args)

    monkeypatch.setattr(computing, "compute", edited_meanwhile)
    old = worker.make(recipe, cache, {})
    new = worker.make(recipe, cache, {})
    for name in ("line.svg", "line.ipynb"):
        assert ["new" in (folder / name).read_text() for folder in (old, new)] == [False, True]


def test_figures_are_the_same_bytes_in_two_processes_and_folders(figures, tmp_path):
    """The first build is the cached one; the second has another folder, hash seed, locale and order.

    Only the ten that are quickest to compute; .ci/run compares all, with a second clone's.
    """
    env = {"PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo", "HOME": str(tmp_path)}
    quick = sorted(figures, key=lambda slug: figures[slug].run.get("seconds", 99))[:10]
    made = dlfigs("build", *quick, "--force", "--jobs", "1", "--cache", str(tmp_path / "cache"), **env)
    assert made.returncode == 0, made.stderr
    for slug in quick:
        built, other = figures[slug], files(tmp_path / "cache", slug)
        assert other.keys() == {built.folder.name}
        for file in built.folder.iterdir():
            same = other[built.folder.name][file.name.partition(".")[2]] == file.read_bytes()
            assert same, f"{file.name} differs between two builds"
        assert other[built.folder.name].keys() - {"moves.json"} == FORMATS


@pytest.fixture
def project(tmp_path):
    write_recipe(tmp_path / "figures")
    return tmp_path


def make(project, *arguments):
    return dlfigs("build", *arguments, cwd=project)


def test_a_second_build_makes_nothing(project):
    assert make(project).returncode == 0
    (folder,) = (project / ".cache/dlfigs/figures/line").iterdir()
    stamps = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert {file.name.partition(".")[2] for file in stamps} == FORMATS
    assert make(project).returncode == 0
    assert stamps == {file: file.stat().st_mtime_ns for file in folder.iterdir()}


def test_all_formats_have_one_layout(monkeypatch):
    layouts, engine = [], ConstrainedLayoutEngine.execute

    def draw(fig, drawn):
        fig.subplots(1, 2)[0].set_ylabel("a label")

    monkeypatch.setattr(ConstrainedLayoutEngine, "execute", lambda *a: (layouts.append(a), engine(*a))[1])
    files = render.pictures(draw, None, height=3.0, name="two")
    assert len(layouts) == 1
    assert files.keys() == {"svg", "png", "pdf"}


def test_a_new_caption_is_drawn_from_the_stored_data(project):
    make(project)
    (data,) = (project / ".cache/dlfigs/data/line").iterdir()
    before = data.stat().st_mtime_ns
    write_recipe(project / "figures", caption="A new caption.", compute="pass")
    assert make(project).returncode == 0
    assert [p.stat().st_mtime_ns for p in data.parent.iterdir()] == [before]
    captions = [json.loads(f["json"])["caption"] for f in files(project / ".cache/dlfigs").values()]
    assert "A new caption. The slope is 2.0 over 5 points." in captions
    # Pictures are kept from the earlier version, and yet the figure is what a build from nothing gives
    kept = {name: f["sha256"] for name, f in files(project / ".cache/dlfigs").items()}
    shutil.rmtree(project / ".cache/dlfigs/figures")
    assert make(project).returncode == 0
    for name, made in files(project / ".cache/dlfigs").items():
        assert made["sha256"] == kept[name]


def test_a_recipe_that_raises_shows_its_own_traceback_and_harms_nobody(project):
    make(project)
    good = files(project / ".cache/dlfigs")
    write_recipe(project / "figures", compute="raise ZeroDivisionError('no slope today')")
    write_recipe(project / "figures", slug="other")
    result = make(project)
    assert result.returncode == 1
    assert "figures/line.py" in result.stderr
    assert "no slope today" in result.stderr
    assert "in compute" in result.stderr
    assert "worker.py" not in result.stderr, "frames of the tool are of no use to the author"
    assert files(project / ".cache/dlfigs") == good
    assert files(project / ".cache/dlfigs", "other"), "the other figure is built all the same"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"compute": "import sys; sys.exit('enough')"}, "SystemExit: enough"),
        ({"compute": "return 5"}, "compute must return an xarray.Dataset, not int"),
        ({"compute": "import xarray as xr; return xr.Dataset({'y': 1.0})"}, "long_name and units"),
        ({"compute": "slope = float('nan')"}, "variable 'y' has values that are not finite"),
        ({"caption": "Too many {{{{ numbers }}}}."}, "no number 'numbers'"),
        ({"draw": "ax.plot(data.z)"}, "has no attribute 'z'"),
    ],
)
def test_what_can_go_wrong_in_a_recipe_is_said_with_its_file(tmp_path, capfd, parts, said):
    path = write_recipe(tmp_path / "figures", **parts)
    assert pool.run(path, tmp_path / "cache", {}, force=False) == 1
    output = capfd.readouterr().out
    assert output.startswith(str(path))
    assert said in output
    assert not files(tmp_path / "cache")


def test_a_number_that_other_settings_do_not_have_is_said_to_be_missing(tmp_path, capfd):
    path = write_recipe(tmp_path / "figures", caption="At five points {{ at_five }}.")
    assert pool.run(path, tmp_path / "cache", {"points": 7}, force=False) == 0, capfd.readouterr().out
    (built,) = files(tmp_path / "cache").values()
    assert "At five points (no number at these settings)." in json.loads(built["json"])["caption"]
    # With the defaults, for which texts are written, it is a mistake
    assert pool.run(path, tmp_path / "cache", {}, force=False) == 1


def test_a_recipe_that_ends_the_process_is_named(project):
    write_recipe(project / "figures", compute="import os; os._exit(3)")
    result = make(project)
    assert result.returncode == 1
    assert "figures/line.py: its process ended with code 3" in result.stderr


def test_a_recipe_that_is_not_python_harms_nobody(project):
    write_recipe(project / "figures", slug="other").write_text("x = (\n")
    result = make(project)
    assert result.returncode == 1
    assert "other: not built\nfigures/other.py:1: '(' was never closed" in result.stderr
    assert result.stdout == "1 of 2 figures up to date\n"


def test_what_a_recipe_prints_disturbs_nothing(project):
    write_recipe(project / "figures", compute="print('hello', flush=True)")
    result = make(project)
    assert (result.returncode, result.stdout) == (0, "1 of 1 figures up to date\n")


def test_a_claim_that_fails_fails_the_build_but_not_with_other_parameters(project):
    write_recipe(project / "figures", low="1.5")
    assert make(project).returncode == 0
    result = make(project, "line", "--set", "slope=1", "--to", "out")
    assert result.returncode == 0
    assert "line: does not hold: Slope of the line: 1, required at least 1.5" in result.stderr
    assert not json.loads((project / "out/line.json").read_text())["claims"][0]["holds"]
    write_recipe(project / "figures", low="3")
    assert make(project).returncode == 1


def test_export_has_six_files_with_data_that_a_person_understands(project):
    assert make(project, "--to", "out").returncode == 0
    assert {p.name for p in (project / "out").iterdir()} == {f"line.{s}" for s in store.EXPORTED}
    header, first, *_ = (project / "out/line.csv").read_text().splitlines()
    assert header == "x,y_median,y_low,y_high"
    assert first == "0,1,0.05,1.95"
    info = json.loads((project / "out/line.json").read_text())
    assert info["columns"]["y_median"] == {"description": "height, median over seeds", "units": "m"}
    assert info["parameters"] == {"points": 5, "slope": 2.0, "kind": "straight"}
    assert info["seed"] == 0
    assert info["versions"].keys() >= {"jax", "numpy", "matplotlib", "dlfigs"}
    import xarray as xr

    with xr.open_dataset(project / "out/line.nc", engine="h5netcdf") as data:
        assert data.y.dims == ("seed", "x")
        assert data.y.units == "m"
        assert "y_median" in data


def test_force_repairs_a_damaged_folder(project):
    make(project)
    good = files(project / ".cache/dlfigs")
    (folder,) = (project / ".cache/dlfigs/figures/line").iterdir()
    (folder / "line.svg").write_text("damaged")
    assert make(project, "--force").returncode == 0
    assert files(project / ".cache/dlfigs") == good


def test_workers_killed_at_random_moments_leave_whole_figures(project):
    result = run([str(ROOT / "tests" / "kill_builds.py"), str(project), "12"])
    assert result.returncode == 0, result.stdout + result.stderr
    nothing, whole = (int(word) for word in result.stdout.split() if word.isdigit())
    assert nothing + whole == 12
    assert min(nothing, whole) > 0, "kills should come both before and after the figure is complete"


def test_a_build_killed_with_all_its_processes_can_be_repeated(project):
    write_recipe(project / "figures", compute="import pathlib; pathlib.Path('begun').touch()")
    begun, data = project / "begun", project / ".cache/dlfigs/data/line"
    moments = {
        "with a pool": lambda: len(processes_in(project)) > 1,
        "while it computes": begun.exists,
        "when it draws": lambda: list(data.glob("*.nc")),
    }
    for moment in moments.values():
        begun.unlink(missing_ok=True)
        shutil.rmtree(data, ignore_errors=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "dlfigs", "build"], cwd=project, stderr=subprocess.DEVNULL
        )
        while not moment():
            assert process.poll() is None
            time.sleep(0.01)
        for victim in {process.pid, *processes_in(project)}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        process.wait()
        for version in files(project / ".cache/dlfigs").values():
            assert version.keys() == FORMATS
    assert make(project).returncode == 0


def test_old_versions_are_forgotten(project):
    make(project)
    folder = project / ".cache/dlfigs/figures/line"
    for number in range(15):
        (folder / f"{number:016x}").mkdir()
        os.utime(folder / f"{number:016x}", (number, number))
    write_recipe(project / "figures", caption="Another caption.")
    make(project)
    left = {p.name for p in folder.iterdir()}
    assert len(left) == 12
    assert "0" * 16 not in left


def test_the_project_has_no_half_built_folders(figures):
    leftovers = list((ROOT / store.CACHE).glob("*/*/.making-*"))
    assert leftovers == []
    assert loading.find(ROOT / "figures").keys() == figures.keys()
