"""What the tests share: the project's folders, its finished figures and its built site."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import reader
import zygote
from hypothesis import settings
from pytest_codeblocks.main import CodeBlock

from dlfigs.make import build, store, surroundings
from dlfigs.recipe import loading

os.environ.update(surroundings.ONE_THREAD)  # before JAX starts: tests run side by side
# Most of the time of experiments as small as in tests is compiling: a second run needs a quarter of it
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parent.parent / ".cache" / "tests"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")

# Compilation makes first examples slow; the same examples every time, so that a failure can be repeated
settings.register_profile("dlfigs", deadline=None, max_examples=30, derandomize=True)
settings.load_profile("dlfigs")

ROOT = Path(__file__).parent.parent
# A test that takes more than this share of the time of so many tests is named after the run
MANY, SHARE = 500, 0.015
IMPORTS_TORCH = re.compile(r"^\s*(?:import|from) torch\b", re.MULTILINE)
# A recipe small enough to build in tests; `{...}` are filled by `write_recipe`
RECIPE = '''
# %% [markdown]
# # A line
# A recipe for tests.

# %%
import numpy as np

from dlfigs import Claim, Figure
from dlfigs.dataset import dataset


# %%
def compute(key, *, points=5, slope=2.0, kind="straight"):
    """Values of a line; dims (seed, x)."""
    {compute}
    x = np.arange(points)
    y = slope * x + np.arange(3)[:, None]
    return dataset({{"seed": 3, "x": x}}, y=("seed x", y, "height", "m"))


def draw(fig, data):
    ax = fig.subplots()
    ax.plot(data.x, data.y_median)
    {draw}


def claims(data):
    yield Claim("steep", "Slope of the line", measured=data.y.diff("x").mean(), low={low})


figure = Figure(
    title="A line",
    caption="{caption} The slope is {{{{ steep:.1f }}}} over {{{{ points }}}} points.",
    alt="A straight line that rises from left to right, as straight lines in tests do.",
    sources=("he2015",),
    questions=(1,),
    ranges={{"points": (2, 50), "slope": (-10.0, 10.0), "kind": ("straight", "bent")}},
    seed=0,
    compute=compute,
    draw=draw,
    claims=claims,
)
figure
'''
CONFIG = """
site_name: A course
site_url: https://example.org/course/
theme: {name: material, font: false}
plugins: [dlfigs, {mkdocs-jupyter: {include: ["*.ipynb"], include_source: true, execute: false}}]
markdown_extensions: [{dlfigs.markdown: {bibliography: docs/references.bib}}]
"""
CHAPTER = "# Lines\n\n![](line)\n\nIts slope is {{ line.steep:.1f }}.\n\nThat is $y'$.\n"
BIB = "@misc{he2015, author = {He, Kaiming}, title = {T}, year = 2015, url = {https://example.org}}\n"


def write_recipe(folder: Path, slug: str = "line", **parts: str) -> Path:
    """Write a small recipe, with some of its parts replaced."""
    defaults = {"compute": "pass", "draw": "pass", "low": "0", "caption": "A line for tests."}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{slug}.py"
    path.write_text(RECIPE.format(**defaults | parts), encoding="utf-8")
    return path


def write_course(folder: Path) -> Path:
    """Write a small course: one recipe, one chapter and its references, with dlfigs as a plugin."""
    write_recipe(folder / "figures")
    (folder / "docs").mkdir()
    (folder / "docs/index.md").write_text(CHAPTER)
    (folder / "docs/references.bib").write_text(BIB)
    (folder / "mkdocs.yml").write_text(CONFIG)
    return folder


@pytest.fixture(scope="module", autouse=True)
def _forget() -> Iterator[None]:
    """Forget after each module what JAX has compiled: of all modules together it is gigabytes."""
    yield
    if "jax" in sys.modules:
        sys.modules["jax"].clear_caches()


def slow_tests() -> set[str]:
    """Return the tests that slow.txt names."""
    lines = Path(__file__).with_name("slow.txt").read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what slow.txt names, and the blocks of chapters that import PyTorch; skip these without it.

    Who asks for what has the mark, as `make test-torch` does, gets it run, or failing.
    """
    without = pytest.mark.skip(reason="PyTorch is not installed here: make test-torch")
    missing = importlib.util.find_spec("torch") is None and "torch" not in config.option.markexpr
    slow = slow_tests()
    for item in items:
        if item.nodeid in slow:
            item.add_marker("slow")
        block = getattr(item, "obj", None)
        if isinstance(block, CodeBlock) and IMPORTS_TORCH.search(block.code):
            item.add_marker("torch")
        if missing and item.get_closest_marker("torch"):
            item.add_marker(without)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that take a good part of the time of all, and are not marked as slow."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    calls = [report for report in reports if getattr(report, "when", "") == "call"]
    whole = sum(report.duration for report in calls)
    for report in sorted(calls, key=lambda report: -report.duration):
        if len(calls) > MANY and report.duration > SHARE * whole and "slow" not in report.keywords:
            share = f"{report.duration / whole:.0%} of the time of all {len(calls)} tests"
            terminalreporter.line(f"make it cheaper, or mark it slow: {report.nodeid} took {share}")


@pytest.fixture(scope="session")
def figures() -> dict[str, store.Built]:
    """All figures of the project, finished."""
    return build.build(loading.find(ROOT / "figures"), ROOT / store.CACHE)


@pytest.fixture(scope="session")
def site(figures: dict, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's site, built strictly as `make site` does; once, for all test processes."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if os.environ.get("PYTEST_XDIST_WORKER") else shared
    folder = shared / "built_site"
    with open(shared / "built_site.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            result = run(["-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", f"{folder}.part"])
            assert result.returncode == 0, result.stderr
            Path(f"{folder}.part").rename(folder)
    return folder


@pytest.fixture(scope="module")
def address(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the project's site, on a server of the test module's own."""
    with reader.served(site, tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser for all pages that a test module opens."""
    from playwright.sync_api import sync_playwright  # not for all the tests that need none

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=reader.CHROMIUM, args=reader.FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def forgetful(browser: Any) -> Iterator[Any]:
    """A tab of a browser that lets no page remember anything."""
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no') } })"
    )
    yield context.new_page()
    context.close()


def cross_entropy_by_hand(outputs: Any, labels: Any) -> Any:
    """Mean cross-entropy in nats, for nets that tests write out: nothing of dlfigs or optax."""
    import jax  # not for all the tests that need none

    return -jax.numpy.take_along_axis(jax.nn.log_softmax(outputs), labels[:, None], 1).mean()


def run(
    arguments: list[str],
    cwd: Path = ROOT,
    check: bool = False,
    before: str = "",
    new: bool = False,
    **env: str,
) -> subprocess.CompletedProcess:
    """Run Python with arguments and return the finished process, its output as text.

    Our commands are forks of a process that has imported everything (see zygote.py), unless the test gives
    them other surroundings, or asks for a new process.

    `before` is code that takes something from the process first, such as the right to write.
    """
    surroundings = {**os.environ, "NO_MKDOCS_2_WARNING": "1", **env}
    ours = arguments[0] == "-m" and arguments[1] in zygote.COMMANDS
    if zygote.CAN_FORK and ours and not (before or new or env):
        result = zygote.run(arguments[1:], cwd, surroundings)
        if check:
            result.check_returncode()
        return result
    if before:
        run_the_rest = "import os, sys; os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
        arguments = ["-c", f"{before}\n{run_the_rest}", *arguments]
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        check=check,
        text=True,
        capture_output=True,
        env=surroundings,
    )


def dlfigs(*arguments: str, cwd: Path = ROOT, **options: Any) -> subprocess.CompletedProcess:
    """Run the command line."""
    return run(["-m", "dlfigs", *arguments], cwd=cwd, **options)


def mkdocs(course: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess:
    """Build a course's site, strictly."""
    return run(["-m", "mkdocs", "build", "--strict", "--quiet", *arguments], cwd=course, **options)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose figure, site and caches are there, made once for each test process."""
    folder = write_course(tmp_path_factory.mktemp("made"))
    result = mkdocs(folder, new=True)
    assert result.returncode == 0, result.stderr
    return folder


def another_course(made: Path, folder: Path, page: str, text: str, extensions: str) -> Path:
    """Write a course like `made` in another folder, with one page more and what that page needs.

    Args:
        made: The fixture of that name.
        folder: Where it is to be.
        page: Name of the page's file.
        text: Of the page.
        extensions: Markdown extensions, as in a list of YAML: "admonition, attr_list".
    """
    shutil.copytree(made, folder)
    (folder / "docs" / page).write_text(text)
    config = folder / "mkdocs.yml"
    config.write_text(config.read_text().replace("[{dlfigs.markdown", f"[{extensions}, {{dlfigs.markdown"))
    return folder


def processes_in(project: Path) -> list[int]:
    """Processes of builds in a project; a pool has a session of its own, so a group is not enough."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                same = os.readlink(f"/proc/{entry}/cwd") == str(project)
            except OSError:
                continue
            if same and int(entry) != os.getpid():
                found.append(int(entry))
    return found
