"""Files that recipes read, packages in work and versions: what a figure depends on beside its recipe."""

import importlib.machinery
import importlib.util
import json
import sys

import numpy as np
import pytest
from conftest import write_recipe

from dlfigs.make import digests, distributions, drawing, reads, stale, worker
from dlfigs.make.disk import Disk

HERE = "from pathlib import Path; here = Path(__file__).parent; "


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def course(tmp_path):
    """A course with files of several kinds."""
    import matplotlib.image

    path = write_recipe(tmp_path / "figures")
    folder = path.parent
    (folder / "data.csv").write_text("3\n4\n")
    np.savez(folder / "numbers.npz", slope=2.0)
    matplotlib.image.imsave(folder / "image.png", np.zeros((2, 2, 3)))
    (folder / "runs").mkdir()
    for name in "ab":
        (folder / f"runs/{name}.csv").write_text("1\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/settings.json").write_text("{}")
    (tmp_path.parent / "shared.txt").write_text("1")
    yield path
    (tmp_path.parent / "shared.txt").unlink()


def fresh(path):
    return stale.finished("line", path, path.parents[1] / ".cache") is not None


def make(path):
    """Make the figure as in a process of its own, whose search path nobody else has."""
    before = list(sys.path)
    try:
        return worker.make(path, path.parents[1] / ".cache", {})
    finally:
        sys.path[:] = before
        sys.modules.pop("elsewhere_of_line", None)
        importlib.invalidate_caches()


def say(place, text="5\n6\n"):
    return lambda folder: (folder / place).write_text(text)


KINDS = {
    "a table": ("slope = np.loadtxt(here / 'data.csv')[0]", say("data.csv")),
    "pandas": ("import pandas; pandas.read_csv(here / 'data.csv')", say("data.csv")),
    "an archive": (
        "slope = np.load(here / 'numbers.npz')['slope']",
        lambda folder: np.savez(folder / "numbers.npz", slope=3.0),
    ),
    "an image": (
        "import matplotlib.image as m; m.imread(here / 'image.png')",
        lambda folder: __import__("matplotlib.image").image.imsave(
            folder / "image.png", np.ones((2, 2, 3))
        ),
    ),
    "a name put together": ("(here / 'runs' / f'{chr(97)}.csv').read_text()", say("runs/a.csv")),
    "all of a folder": ("[p.read_text() for p in (here / 'runs').glob('*.csv')]", say("runs/b.csv")),
    "one more in a folder": ("sorted((here / 'runs').iterdir())", say("runs/c.csv")),
    "one less in a folder": (
        "import os; os.listdir(here / 'runs')",
        lambda folder: (folder / "runs/a.csv").unlink(),
    ),
    "a file that vanishes": (
        "p = here / 'data.csv'; slope = len(p.read_text()) if p.exists() else 1.0",
        lambda folder: (folder / "data.csv").unlink(),
    ),
    "a file that appears": ("slope = 3.0 if (here / 'late.csv').exists() else 2.0", say("late.csv")),
    "a file that is tried": (
        "import contextlib as c\n    with c.suppress(OSError): slope = len((here / chr(97)).read_text())",
        say("a"),
    ),
    "the project's folder": (
        "(here.parent / 'data' / 'settings.json').read_text()",
        say("../data/settings.json"),
    ),
    "beside the project": (
        "(here.resolve().parent.parent / 'shared.txt').read_text()",
        say("../../shared.txt"),
    ),
    "a database": (
        "import sqlite3; sqlite3.connect(here / 'base.db').close()",
        say("base.db", "other bytes"),
    ),
    "the code of a module elsewhere": (
        "import sys; sys.path.insert(0, str(here.parent / 'library')); import elsewhere_of_line",
        say("../library/elsewhere_of_line.py", "X = 2\n"),
    ),
}


AGAIN = {"a table", "one more in a folder", "a file that appears"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_compute_reads_is_part_of_its_digest(course, kind):
    read, change = KINDS[kind]
    (course.parent / "base.db").write_bytes(b"")
    (course.parents[1] / "library").mkdir()
    (course.parents[1] / "library/elsewhere_of_line.py").write_text("X = 1\n")
    edit(course, "    pass\n", f"    {HERE}{read}\n")
    before = make(course)
    assert fresh(course)
    change(course.parent)
    assert not fresh(course), "it is noticed"
    if kind not in AGAIN:
        return
    after = make(course)
    assert fresh(course), "and once is enough"
    digests_of = [
        json.loads((folder / "line.json").read_text())["digest"]["data"] for folder in (before, after)
    ]
    assert digests_of[0] != digests_of[1]


def test_a_file_that_is_put_back_needs_no_work(course):
    edit(course, "    pass\n", f"    {HERE}slope = np.loadtxt(here / 'data.csv')[0]\n")
    before = make(course)
    (course.parent / "data.csv").write_text("5\n4\n")
    assert make(course) != before
    (course.parent / "data.csv").write_text("3\n4\n")
    assert fresh(course)


@pytest.mark.parametrize("function", ["def draw(fig, data):\n", "def claims(data):\n"])
def test_a_file_for_the_drawing_or_a_claim_recomputes_nothing(course, function):
    edit(course, function, f"{function}    {HERE}(here / f'{{chr(100)}}ata.csv').read_text()\n")
    make(course)
    assert fresh(course)
    (data,) = (course.parents[1] / ".cache/data/line").iterdir()
    before = data.stat().st_mtime_ns
    (course.parent / "data.csv").write_text("5\n")
    assert not fresh(course)
    make(course)
    assert fresh(course)
    assert [file.stat().st_mtime_ns for file in data.parent.iterdir()] == [before]


def test_an_edited_caption_keeps_the_pictures_of_a_drawing_that_reads_files(course, monkeypatch):
    edit(
        course,
        "def draw(fig, data):\n",
        f"def draw(fig, data):\n    {HERE}(here / f'{{chr(100)}}ata.csv').read_text()\n",
    )
    make(course)
    edit(course, "A line for tests.", "Other words.")
    monkeypatch.setattr(drawing.render, "pictures", None)  # it would fail
    make(course)
    assert fresh(course)
    (course.parent / "data.csv").write_text("5\n")
    assert not fresh(course)


@pytest.mark.parametrize("place", ["top", "helper"])
def test_files_that_are_read_when_the_recipe_is_loaded_count(course, place):
    read = f"{HERE}FIRST = np.loadtxt(here / f'{{chr(100)}}ata.csv')[0]\n"
    if place == "helper":
        (course.parent / "_first.py").write_text(f"import numpy as np\n{read}")
        read = "from _first import FIRST\n"
    edit(course, "import numpy as np\n", f"import numpy as np\n{read}")
    edit(course, "    pass\n", "    slope = FIRST\n")
    sys.modules.pop("_first", None)
    make(course)
    assert fresh(course)
    (course.parent / "data.csv").write_text("5\n4\n")
    assert not fresh(course)
    sys.modules.pop("_first", None)


def test_what_a_recipe_writes_itself_is_no_input(course):
    body = "q = here / 'own.txt'; q.exists() or q.write_text(str(np.random.random())); q.read_text()"
    edit(course, "    pass\n", f"    {HERE}{body}\n")
    make(course)
    (course.parent / "own.txt").unlink()
    first = make(course)
    assert fresh(course) or make(course) != first  # it named the file; then it counts


def test_two_courses_with_the_same_files_have_the_same_digests(course, tmp_path_factory):
    edit(course, "    pass\n", f"    {HERE}slope = np.loadtxt(here / f'{{chr(100)}}ata.csv')[0]\n")
    other = write_recipe(tmp_path_factory.mktemp("other") / "figures")
    other.write_text(course.read_text())
    (other.parent / "data.csv").write_text((course.parent / "data.csv").read_text())
    assert make(course).name == make(other).name


@pytest.mark.parametrize("place", ["compute", "top"])
def test_a_recipe_that_missed_a_file_is_another_when_it_is_there(course, place):
    """Or a server would not try it again before the recipe is saved."""
    read = "(here / ('la' + 'te.csv')).read_text()"
    old = {"compute": "    pass\n", "top": "import numpy as np\n"}[place]
    edit(
        course, old, f"{old.replace('pass', HERE + read)}" if place == "compute" else f"{old}{HERE}{read}\n"
    )
    with pytest.raises(FileNotFoundError):
        make(course)
    cache = course.parents[1] / ".cache"
    before = digests.digest(course, None, Disk(cache))
    (course.parent / "late.csv").write_text("1")
    assert digests.digest(course, None, Disk(cache)) != before


def test_nothing_is_kept_of_a_recipe_that_reads_nothing(course):
    make(course)
    assert not (course.parents[1] / ".cache/reads").exists()


def test_large_files_are_read_once(course, monkeypatch):
    cache = course.parents[1] / ".cache"
    edit(course, "    pass\n", f"    {HERE}slope = np.loadtxt(here / 'data.csv')[0]\n")
    import os

    os.utime(course.parent / "data.csv", (1, 1))
    make(course)
    disk = Disk(cache)
    expected = digests.digest(course, None, disk)
    disk.keep()
    monkeypatch.setattr(reads, "fingerprint", lambda place: "read again")
    assert digests.digest(course, None, Disk(cache)) == expected
    (course.parent / "data.csv").write_text("7\n")
    assert digests.digest(course, None, Disk(cache)) != expected


def test_a_server_hears_where_these_files_are(course):
    edit(course, "    pass\n", f"    {HERE}(here.parent / 'data' / 'settings.json').read_text()\n")
    make(course)
    looked = stale.look({"line": course}, course.parents[1] / ".cache")
    assert course.parents[1] / "data" in looked.folders


class Hook(importlib.machinery.PathFinder):
    """Finds a package where it is worked on, as an editable install by an import hook does."""

    def __init__(self, folder):
        self.folder = folder

    def find_spec(self, name, path=None, target=None):
        """Return where the package is."""
        place = self.folder / "in_work_by_hook" / "__init__.py"
        if name != "in_work_by_hook":
            return None
        return importlib.util.spec_from_file_location(
            name, place, submodule_search_locations=[str(place.parent)]
        )


@pytest.mark.parametrize("way", ["path", "hook"])
def test_a_package_that_is_installed_for_editing_is_followed(tmp_path, monkeypatch, way):
    line = write_recipe(tmp_path / "figures")
    name = f"in_work_by_{way}"
    package = tmp_path / "src" / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from .part import POWER\n")
    (package / "part.py").write_text("POWER = 1\n")
    if way == "path":
        monkeypatch.syspath_prepend(tmp_path / "src")
    else:
        monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Hook(tmp_path / "src")])
    edit(line, "import numpy as np\n", f"import numpy as np\nfrom {name} import POWER\n")
    edit(line, "y = slope * x", "y = slope * x**POWER")
    before = digests.digest(line).data
    (package / "part.py").write_text("POWER = 2\n")
    assert digests.digest(line).data != before


@pytest.mark.parametrize(
    ("module", "distribution"),
    [("optax", "optax"), ("sklearn.datasets", "scikit-learn"), ("yaml", "PyYAML")],
)
def test_the_version_of_what_a_recipe_imports_counts_and_is_named(
    tmp_path, monkeypatch, module, distribution
):
    from importlib.metadata import version

    line = write_recipe(tmp_path / "figures", compute=f"import {module}")
    assert digests.used(line, Disk())[distribution] == version(distribution)
    before = digests.digest(line).data
    number = distributions.version
    monkeypatch.setattr(
        distributions, "version", lambda name: "9" if name == distribution else number(name)
    )
    assert digests.digest(line).data != before


def test_a_recipe_that_does_not_import_a_package_does_not_depend_on_it(tmp_path):
    line = write_recipe(tmp_path / "figures")
    assert "optax" not in digests.used(line, Disk())
