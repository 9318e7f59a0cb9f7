"""Bad surroundings: damaged caches, full disks, no rights, no network; a clear line, nothing lost."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from conftest import dlfigs, mkdocs, processes_in, run, write_recipe

from dlfigs.make import digests, pool, stale, store
from dlfigs.make.digests import digest
from dlfigs.make.files import checksum
from dlfigs.make.store import Store

CACHE = ".cache/dlfigs"
FORMATS = (*store.EXPORTED, "ipynb", "sha256")
DAMAGES = {
    "cut short": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "one bit flipped": lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
    "other bytes": lambda content: b"\x00\xff" * 100,
}


def contents(folder):
    """Bytes of all files by path."""
    return {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def course(made, tmp_path):
    """A copy of that course."""
    return shutil.copytree(made, tmp_path / "course")


@pytest.fixture(scope="module")
def made_remembering(made, tmp_path_factory):
    """That course, with a plugin that keeps pages."""
    folder = shutil.copytree(made, tmp_path_factory.mktemp("remembering") / "course")
    config = folder / "mkdocs.yml"
    config.write_text(config.read_text().replace("[dlfigs,", "[dlfigs: {remember: true},"))
    assert build_aloud(folder).returncode == 0
    return folder


def build_aloud(course):
    """Build a site as a person does: a quiet build keeps no pages, because it does not hear complaints."""
    return run(["-m", "mkdocs", "build", "--strict"], cwd=course)


@pytest.fixture
def remembering(made_remembering, tmp_path):
    """A copy of it."""
    return shutil.copytree(made_remembering, tmp_path / "course")


@pytest.fixture
def recipe(course, monkeypatch):
    """The recipe of that course, for builds in this process."""
    monkeypatch.chdir(course)
    return course / "figures/line.py"


def make(recipe):
    """Build in this process, and return the finished folder."""
    cache = recipe.parents[1] / CACHE
    assert pool.run(recipe, cache, {}, force=False) == 0
    return Store(cache).figure("line", digest(recipe).drawing)


def finished(recipe):
    return stale.finished("line", recipe, recipe.parents[1] / CACHE)


# Damaged caches


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_damaged_file_of_a_figure_is_noticed_and_made_again(recipe, suffix):
    folder = finished(recipe).folder
    good, file = contents(folder), folder / f"line.{suffix}"
    for name, damage in DAMAGES.items():
        file.write_bytes(damage(good[file.relative_to(folder)]))
        assert finished(recipe) is None, name
    file.unlink()
    assert finished(recipe) is None, "missing"
    assert make(recipe) == folder
    assert contents(folder) == good
    assert finished(recipe).folder == folder


@pytest.mark.parametrize("kind", ["data", "runs"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_data_are_computed_again(recipe, kind, damage):
    cache = recipe.parents[1] / CACHE
    (data,) = (cache / "data/line").iterdir()
    good = data.read_bytes()
    (file,) = (cache / kind / "line").iterdir()
    file.write_bytes(DAMAGES[damage](file.read_bytes()))
    write_recipe(recipe.parent, caption="Drawn anew.")
    folder = make(recipe)
    assert data.read_bytes() == good
    (record,) = (cache / "runs/line").iterdir()
    assert Store(cache).run("line", record.stem)["sha256"] == checksum(good)
    assert "Drawn anew." in (folder / "line.json").read_text()


def test_an_undamaged_cache_computes_nothing(recipe):
    """Or the test above would show nothing."""
    write_recipe(recipe.parent, caption="Drawn anew.", compute="pass")
    (record,) = (recipe.parents[1] / CACHE / "runs/line").iterdir()
    before = record.stat().st_mtime_ns
    make(recipe)
    assert record.stat().st_mtime_ns == before


@pytest.mark.parametrize("damage", [None, *DAMAGES.values()], ids=["none", *DAMAGES])
def test_compiled_programs_are_used_again_or_compiled_anew(course, damage):
    """With another seed nothing is left to compile; what is damaged does no harm."""
    write_recipe(course / "figures", compute="import jax; jax.jit(lambda x: 2 * x - x)(slope)")
    programs = course / CACHE / "compiled"
    assert dlfigs("build", cwd=course).returncode == 0
    first = contents(programs)
    assert first
    if damage:
        for path, content in first.items():
            (programs / path).write_bytes(damage(content))
    result = dlfigs("build", "--seed", "1", cwd=course)
    assert (result.returncode, result.stderr) == (0, "")
    assert contents(programs).keys() == first.keys()


def test_a_cache_of_another_version_stays_beside_the_new_one(recipe, monkeypatch):
    old = finished(recipe).folder
    before = contents(old)
    monkeypatch.setattr(digests, "versions", lambda names: {"jax": "99"})
    assert finished(recipe) is None
    new = make(recipe)
    assert new != old
    assert contents(old) == before
    monkeypatch.undo()
    assert stale.finished("line", recipe, recipe.parents[1] / CACHE).folder == old


def test_a_cache_from_before_there_were_checksums_is_made_again(recipe):
    cache = recipe.parents[1] / CACHE
    good = contents(finished(recipe).folder)
    (finished(recipe).folder / "line.sha256").unlink()
    (record,) = (cache / "runs/line").iterdir()
    record.write_text('{"seconds": 1.0, "finished": "2020-01-01T00:00:00+00:00"}\n')
    assert finished(recipe) is None
    assert contents(make(recipe)) == good


def test_a_file_in_the_place_of_a_figure_gives_way(recipe):
    folder = finished(recipe).folder
    good = contents(folder)
    shutil.rmtree(folder)
    folder.write_text("not a folder")
    assert contents(make(recipe)) == good


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_pages_and_fonts_are_made_again(remembering, damage):
    good = contents(remembering / "site")
    kept = [*(remembering / CACHE / "pages").rglob("*.md.json"), *(remembering / CACHE / "fonts").iterdir()]
    assert len(kept) == 3, "a chapter, the page of its figure, and a font"
    before = [file.read_bytes() for file in kept]
    for file in kept:
        file.write_bytes(DAMAGES[damage](file.read_bytes()))
    result = build_aloud(remembering)
    assert result.returncode == 0, result.stderr
    assert contents(remembering / "site") == good
    assert [file.read_bytes() for file in kept] == before


# A clock that jumps back


def test_a_figure_made_after_the_clock_was_put_back_is_the_newest(recipe):
    cache, tomorrow = recipe.parents[1] / CACHE, time.time() + 86400
    (data,) = (cache / "data/line").iterdir()
    (record,) = (cache / "runs/line").iterdir()
    old = finished(recipe).folder
    for number in range(store.KEPT + 3):  # enough that the oldest of them are forgotten
        shutil.copytree(old, old.with_name(f"{number:016x}"))
        shutil.copy(data, data.with_name(f"{number:016x}.nc"))
        shutil.copy(record, record.with_name(f"{number:016x}.json"))
        for path in (old.with_name(f"{number:016x}"), data.with_name(f"{number:016x}.nc")):
            os.utime(path, (tomorrow, tomorrow + number))
        os.utime(record.with_name(f"{number:016x}.json"), (tomorrow, tomorrow + number))
    write_recipe(recipe.parent, caption="After the jump.", compute="slope += 1")
    folder = make(recipe)
    assert finished(recipe).folder == folder
    assert Store(cache).newest("line").folder == folder
    name = digest(recipe).data
    assert (data.parent / f"{name}.nc").is_file()
    assert (record.parent / f"{name}.json").is_file()
    assert len(list(folder.parent.iterdir())) == store.KEPT


# A full disk: no file may grow beyond a limit, which every write meets as it meets a full disk


def no_file_above(size):
    return f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, f"dlfigs: the cache {CACHE} cannot be written: File too large; "),
        (200, "line: not built\nfigures/line.py: not built: .cache/dlfigs/"),
        (20_000, "line: not built\nfigures/line.py: not built: .cache/dlfigs/"),
    ],
)
def test_a_full_disk_costs_no_figure(course, size, said):
    before = contents(course / CACHE / "figures")
    shutil.rmtree(course / CACHE / "matplotlib")  # which is not to complain that it cannot write either
    write_recipe(course / "figures", caption="Too much.", compute="slope += 1")
    result = dlfigs("build", cwd=course, before=no_file_above(size))
    assert result.returncode in (1, 2)
    assert result.stderr.startswith(said)
    assert len(result.stderr.splitlines()) == said.count("\n") + 1
    assert contents(course / CACHE / "figures") == before
    assert not list((course / CACHE).rglob(".making-*"))


def test_a_full_disk_leaves_files_that_were_copied_whole(course):
    assert dlfigs("build", "--to", "out", cwd=course).returncode == 0
    before = contents(course / "out")
    result = dlfigs("build", "--to", "out", cwd=course, before=no_file_above(200))
    assert (result.returncode, result.stderr) == (1, "dlfigs: out/line.svg: File too large\n")
    assert contents(course / "out") == before


@pytest.mark.parametrize("size", [0, 4_000])
def test_a_full_disk_ends_a_site_with_a_line(remembering, size):
    good = contents(remembering / "site")
    shutil.rmtree(remembering / CACHE / "pages")
    shutil.rmtree(remembering / CACHE / "fonts")
    result = mkdocs(remembering, before=no_file_above(size))
    assert result.returncode == 1
    assert f"File too large; the site in {remembering}/site is not complete" in result.stderr
    assert "Traceback" not in result.stderr
    assert mkdocs(remembering).returncode == 0
    assert contents(remembering / "site").keys() == good.keys()


# No right to write


# Root overrides the modes of files; without the capability CAP_DAC_OVERRIDE it obeys, as everybody does
OBEY_MODES = """
import ctypes, os
CAP_DAC_OVERRIDE, PR_CAPBSET_DROP = 1, 24
if os.geteuid() == 0:
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)
"""


@pytest.fixture
def read_only():
    """Make folders read-only, for processes that begin with OBEY_MODES; undone at the end."""
    changed = []

    def change(folder):
        for path in (folder, *folder.rglob("*")):
            changed.append((path, path.stat().st_mode))
            path.chmod(0o555 if path.is_dir() else 0o444)
        code = f"import os, sys; sys.exit(os.access({str(folder)!r}, os.W_OK))"
        if run(["-c", code], before=OBEY_MODES).returncode:
            pytest.skip("root cannot be made to obey modes here")

    yield change
    for path, mode in changed:
        path.chmod(mode)


def test_a_read_only_cache_serves_what_is_fresh_and_says_so_for_the_rest(course, read_only):
    good, before = contents(course / "site"), contents(course / ".cache")
    read_only(course / ".cache")
    assert dlfigs("build", cwd=course, before=OBEY_MODES).stdout == "1 of 1 figures up to date\n"
    shutil.rmtree(course / "site")
    result = mkdocs(course, before=OBEY_MODES)
    assert (result.returncode, result.stderr) == (0, "")
    assert contents(course / "site").keys() == good.keys()
    write_recipe(course / "figures", caption="Stale.")
    for result in (
        dlfigs("build", cwd=course, before=OBEY_MODES),
        mkdocs(course, before=OBEY_MODES),
    ):
        assert result.returncode in (1, 2)
        (line,) = result.stderr.splitlines()
        assert f"{CACHE} cannot be written: Permission denied; give another with --cache" in line
    assert contents(course / ".cache") == before
    assert contents(course / "site").keys() == good.keys()


def test_a_site_that_cannot_be_written_is_left_alone(course, read_only):
    good = contents(course / "site")
    read_only(course / "site")
    result = mkdocs(course, before=OBEY_MODES)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert f"Permission denied; the site in {course}/site is not complete" in line
    assert contents(course / "site") == good


@pytest.mark.parametrize(("name", "said"), [("site", "the site in"), (".cache", "the cache")])
def test_a_file_in_the_place_of_a_folder_is_named(course, name, said):
    shutil.rmtree(course / name)
    (course / name).write_text("not a folder")
    result = mkdocs(course)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert said in line
    assert "Not a directory" in line
    assert str(course / name) in line
    assert (course / name).read_text() == "not a folder"


# No home, no network, no browser


@pytest.mark.parametrize("home", [None, "/nowhere/at/all"], ids=["unset", "not there"])
def test_no_home_is_needed(made, course, home):
    shutil.rmtree(course / CACHE)
    surroundings = {"HOME": home, "TMPDIR": home} if home else {}
    code = (
        "import os\n"
        "for name in ('HOME', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME'): os.environ.pop(name, None)\n"
        f"os.environ |= {surroundings}"
    )
    result = mkdocs(course, before=code)
    assert (result.returncode, result.stderr) == (0, "")
    assert contents(course / CACHE / "figures") == contents(made / CACHE / "figures")


def test_no_network_is_asked(course, tmp_path):
    shutil.rmtree(course / CACHE)
    calls = tmp_path / "calls"
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "def refuse(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.sendto'):\n"
        f"        print(event, arguments, file=open({str(calls)!r}, 'a'))\n"
        "        raise OSError('no network')\n"
        "sys.addaudithook(refuse)\n"
    )
    cut_off = {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    asked = run(["-c", "import socket; socket.create_connection(('localhost', 9))"], **cut_off)
    assert "OSError: no network" in asked.stderr, "or the rest of this test would show nothing"
    calls.unlink()
    result = mkdocs(course, **cut_off)
    assert (result.returncode, result.stderr) == (0, "")
    assert not calls.exists(), calls.read_text()


def test_without_a_browser_the_book_says_how_to_get_one(course):
    (course / "course.pdf").write_bytes(b"the last one")
    result = dlfigs("pdf", cwd=course, PATH="/nowhere", PLAYWRIGHT_BROWSERS_PATH=str(course / "none"))
    assert result.returncode == 2
    assert result.stderr == (
        "dlfigs: no browser to print with: apt install chromium, or playwright install chromium\n"
    )
    assert (course / "course.pdf").read_bytes() == b"the last one"


# A build that ends before its time


@pytest.fixture
def at_work(tmp_path):
    """A build whose recipe never ends, with its pool and a worker."""
    compute = "import time, pathlib; pathlib.Path('begun').touch(); time.sleep(600)"
    write_recipe(tmp_path / "figures", compute=compute)
    # What a shell starts in the background ignores Ctrl-C, and so do its children, but not a signal with
    # a handler: no preexec_fn, which would fork this process, with all threads that JAX may have here
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "dlfigs", "build"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    signal.signal(signal.SIGINT, before)
    wait_for((tmp_path / "begun").exists)
    assert len(processes_in(tmp_path)) == 3
    time.sleep(0.2)  # for the build to have read that its worker has begun
    yield process
    for left in processes_in(tmp_path):
        os.kill(left, signal.SIGKILL)
    process.communicate()


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} seconds"
        time.sleep(0.1)


def test_a_build_that_is_killed_takes_its_workers_along(at_work, tmp_path):
    at_work.kill()
    at_work.wait()
    wait_for(lambda: processes_in(tmp_path) == [], seconds=5)


def test_an_interrupted_build_names_the_recipes_at_work_and_ends_its_workers(at_work, tmp_path):
    at_work.send_signal(signal.SIGINT)
    _, said = at_work.communicate(timeout=20)
    assert at_work.returncode == 1
    assert said == "interrupted at work on figures/line.py\n\nAborted!\n"
    wait_for(lambda: processes_in(tmp_path) == [], seconds=5)


@pytest.mark.parametrize(
    "compute",
    [
        "import time; time.sleep(600)",
        "import jax; jax.lax.while_loop(lambda x: x > 0, lambda x: x + 1.0, 1.0).block_until_ready()",
    ],
    ids=["Python", "compiled"],
)
def test_a_recipe_that_never_ends_is_given_up_with_its_line(recipe, compute):
    good = finished(recipe).folder
    write_recipe(recipe.parent, compute=compute)
    line = recipe.read_text().splitlines().index(f"    {compute}") + 1
    result = dlfigs("build", "--minutes", "0.05", cwd=recipe.parents[1])
    assert result.returncode == 1
    said = (
        f"figures/line.py:{line}: still at work after 0.05 minutes; make it smaller, or raise `minutes`\n"
    )
    assert result.stderr == f"line: not built\n{said}"
    assert [good] == list(good.parent.iterdir())


@pytest.mark.parametrize("minutes", ["0", "-1", "nan", "inf"])
def test_minutes_that_are_no_time_are_refused(course, minutes):
    said = f"minutes must be above 0 and at most 1000000, not {minutes}"
    result = dlfigs("build", "--minutes", minutes, cwd=course)
    assert (result.returncode, result.stderr) == (2, f"dlfigs: {said}\n")
    config = course / "mkdocs.yml"
    number = minutes if minutes.lstrip("-").isdigit() else f".{minutes}"  # as YAML writes it
    config.write_text(config.read_text().replace("[dlfigs,", f"[dlfigs: {{minutes: {number}}},"))
    result = mkdocs(course)
    assert result.returncode == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr
