"""The repository itself: pinned packages, honest files, a README that works."""

import ast
import importlib.metadata
import os
import re
import shlex
import subprocess
import sys
import tomllib

import pytest
import yaml
from conftest import ROOT, slow_tests
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dlfigs.recipe import dependencies

TRACKED = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).split()
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
PINNED = ("requirements.txt", "benchmarks/requirements.txt")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
TEXTS = [name for name in TRACKED if (ROOT / name).is_file() and not name.endswith((".svg", ".png"))]


@pytest.mark.parametrize("name", PINNED)
def test_every_package_is_pinned_with_hashes_and_no_index_is_named(name):
    text = (ROOT / name).read_text()
    pins = re.findall(r"^([\w.-]+)==\S+.*(?:\\\n.*)*", text, flags=re.MULTILINE)
    assert len(pins) > 80
    for block in re.split(r"\n(?=\w)", text.strip()):
        assert "--hash=sha256:" in block, block.splitlines()[0]
    assert not re.search(r"https?://|--index|--extra-index|--find-links", text)


@pytest.mark.parametrize("name", PINNED)
def test_direct_dependencies_are_pinned_within_their_ranges(name):
    extras = [
        extra
        for kind, extra in EXTRAS.items()
        if kind not in ("bench", "torch") or name != "requirements.txt"
    ]
    pins, wanted = _pins(name), [*PROJECT["dependencies"], *(text for extra in extras for text in extra)]
    for text in wanted:
        requirement = Requirement(text)
        if requirement.name != "dlfigs":
            assert requirement.specifier.contains(pins[requirement.name]), text
            assert str(requirement.specifier), f"{text} needs a range"


def test_the_makefile_installs_for_each_command_what_it_needs_and_no_more():
    for target, extras in {
        "serve": ["site"],
        "site": ["site"],
        "pdf": ["site", "pdf"],
        "test": ["test"],
        "test-all": ["test"],
        "test-torch": ["test", "torch"],
        "robust": ["test"],
        "mutants": ["test"],
        "lighthouse": ["site", "test"],
        "bench": ["bench"],
        "lock": [],
    }.items():
        command = ["make", "--dry-run", "--always-make", "VENV=none", target]
        steps = subprocess.check_output(command, cwd=ROOT, text=True).replace("\\\n", " ")
        installs = [step for step in steps.splitlines() if "pip install" in step]
        chosen = [re.findall(r"--extra (\S+)", step) for step in installs]
        assert [each for each in chosen if each] == [[extra, "dev"] for extra in extras], target
        for step in installs:  # the project itself has no hash, and asks no index
            own = "--no-deps --no-build-isolation --offline --editable ." in step
            assert own or "--require-hashes" in step, step


def test_make_help_lists_every_target():
    said = subprocess.check_output(
        ["make", "--no-print-directory", "help"], cwd=ROOT, text=True
    ).splitlines()
    (targets,) = re.findall(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert [line.split(maxsplit=1)[0] for line in said] == targets.split()


def test_uv_asks_where_pip_is_set_up_to_ask(tmp_path):
    (tmp_path / "bin").mkdir()
    for name, does in {
        "python": f'exec {shlex.quote(sys.executable)} "$@"',
        "uv": "env >&2; exit 1",
    }.items():
        program = tmp_path / "bin" / name
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://mirror.test/simple\ncert = some.pem\n"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    command = ["make", f"VENV={tmp_path}", f"{tmp_path}/ready-site"]
    for more, index in {
        ("PIP_CONFIG_FILE", str(tmp_path / "pip.conf")): "https://mirror.test/simple",
        ("PIP_INDEX_URL", "https://other.test/simple"): "https://other.test/simple",
    }.items():
        env |= [more]
        result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        assert result.returncode == 2
        asked = dict(line.partition("=")[::2] for line in result.stderr.splitlines())
        assert asked["UV_DEFAULT_INDEX"] == index
        assert asked["SSL_CERT_FILE"] == "some.pem"
        assert "Without make" in result.stdout


def test_serving_needs_no_tool_of_the_tests():
    pins, serving = _pins("requirements.txt"), _needed("site", "dev")
    assert set(pins) > serving > {"jax", "mkdocs-material", "uv"}
    tools = {"equinox", "flax", "hypothesis", "keras", "playwright", "pypdf", "pytest", "ruff", "zensical"}
    assert tools <= set(pins)
    assert not serving & tools


def test_what_the_site_imports_comes_with_it():
    owners, seen = importlib.metadata.packages_distributions(), set()
    site, pdf = _needed("site"), _needed("site", "pdf")
    for path in (path for place in ("dlfigs", "figures", "theme") for path in (ROOT / place).rglob("*.py")):
        needed = pdf if path.name in ("book.py", "press.py", "printing.py") else site
        names = dependencies.imported(ast.parse(path.read_text(encoding="utf-8")), package="dlfigs")
        for name in {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"dlfigs"}:
            ours = {canonicalize_name(owner) for owner in owners.get(name, ())} & needed
            assert ours, f"{path.relative_to(ROOT)} imports {name}"
            seen |= ours
    assert seen > {"jax", "matplotlib", "mkdocs", "playwright", "bibtexparser"}


def test_benchmarks_run_on_the_same_versions():
    ours, theirs = map(_pins, PINNED)
    assert {name: theirs.get(name) for name in ours} == ours
    assert "torch" in theirs
    assert "torch" not in ours


def _pins(name):
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), flags=re.MULTILINE))


def _needed(*extras):
    """Names of all packages that the project needs here with these extras, and those that they need."""
    found, todo = set(), [Requirement(f"dlfigs[{','.join(extras)}]")]
    while todo:
        wanted = todo.pop()
        name = canonicalize_name(wanted.name)
        if name == "dlfigs":
            texts = [*PROJECT["dependencies"], *(text for extra in wanted.extras for text in EXTRAS[extra])]
        elif (name, *wanted.extras) in found:
            continue
        else:
            texts = importlib.metadata.requires(name) or ()
        found.add((name, *wanted.extras))
        for requirement in map(Requirement, texts):
            marker, choices = requirement.marker, wanted.extras or {""}
            if name == "dlfigs" or not marker or any(marker.evaluate({"extra": x}) for x in choices):
                todo.append(requirement)
    return {name for name, *_ in found} - {"dlfigs"}


def test_nothing_built_or_large_is_tracked():
    for name in TRACKED:
        assert not name.startswith(("site/", ".cache/", ".venv/"))
        assert (ROOT / name).stat().st_size < 500_000, name


@pytest.mark.parametrize("name", TEXTS)
def test_no_file_knows_the_machine_it_was_written_on(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for pattern in (
        re.escape(str(ROOT)),
        r"/root/",
        r"/home/\w",
        r"[-_]index[-_]url",
    ):
        assert name in ("tests/test_repository.py", "Makefile") or not re.search(pattern, text), pattern


def test_the_readme_is_short_and_its_picture_is_the_figure(figures):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    assert "make serve" in text
    assert "make test" in text
    (picture,) = re.findall(r"!\[.+\]\((.+)\)", text)
    shown = (ROOT / picture).read_text(encoding="utf-8")
    built = figures["gradients_by_depth"].file("svg").read_text(encoding="utf-8")
    labels = [re.findall(r"<text[^>]*>([^<]*)", svg) for svg in (shown, built)]
    assert labels[0] == labels[1], (
        f"renew it: dlfigs build gradients_by_depth --to DIR, then copy to {picture}"
    )
    assert len(shown) == pytest.approx(len(built), rel=0.02)
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target


def test_citation_and_package_agree():
    import dlfigs

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    config = (ROOT / "mkdocs.yml").read_text()
    assert citation["version"] == dlfigs.__version__
    assert f"site_url: {citation['url']}" in config
    assert f"site_name: {citation['title']}" in config
    assert dlfigs.__version__ in (ROOT / "CHANGELOG.md").read_text()


def test_slow_tests_are_there_and_none_of_their_files_is_slow_as_a_whole():
    names = sorted(slow_tests())
    assert len(names) > 100
    for name in names:
        path, _, test = name.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(rf"^def {re.escape(test.partition('[')[0])}\(", text, re.MULTILINE), name
    for path in {name.partition("::")[0] for name in names}:
        written = re.findall(r"^def (test_\w+)", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
        whole = {name.partition("::")[2] for name in names if name.startswith(f"{path}::")}
        assert not {*written} <= whole, f"make test runs nothing of {path}"


def test_the_bibliography_is_sorted():
    keys = re.findall(r"^@\w+\{(\w+),", (ROOT / "docs" / "references.bib").read_text(), flags=re.MULTILINE)
    assert len(keys) > 100
    assert keys == sorted(set(keys)), "each work once, at the place of its key"


# Jobs that may write, and what: programs of the system alone
MAY_WRITE = {"publish": {"pages", "id-token"}, "notebooks": {"contents"}}
SHELL = {"site", "slug", "mkdir", "for", "curl", "done", "git", "cp"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_run_only_pinned_actions_with_least_permissions(path):
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}, "each job names its own"
    pins = re.findall(r"uses: *(.*)", text)
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert len(pins) == sum("uses" in step for step in steps) > 0
    for pin in pins:
        assert re.match(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\b", pin), (
            f"{pin}: a tag can move, a commit cannot"
        )
    for name, job in workflow["jobs"].items():
        writes = {scope for scope, right in job["permissions"].items() if right != "read"}
        # What runs our code and that of packages may write nothing; what may write runs neither
        assert writes == MAY_WRITE.get(name, set()), name
        runs = "\n".join(step.get("run", "") for step in job["steps"])
        assert not writes or {*re.findall(r"^ *(\w+)", runs, re.MULTILINE)} <= SHELL, name
    for step in steps:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_the_workflow_tests_before_it_publishes():
    jobs = yaml.safe_load((ROOT / ".github/workflows/site.yml").read_text())["jobs"]
    commands = "\n".join(step.get("run", "") for step in jobs["build"]["steps"])
    assert commands.index("make test-all") < commands.index("make site")
    assert jobs["publish"]["needs"] == ["build", "torch"]
    assert [step["run"] for step in jobs["torch"]["steps"] if "run" in step] == ["make test-torch"]


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]])
def test_ruff_has_nothing_to_say(command):
    result = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "."], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_make_and_the_readme_name_the_same_steps():
    makefile, readme = ((ROOT / name).read_text() for name in ("Makefile", "README.md"))
    for step in ("--require-hashes", "--no-deps", "--no-build-isolation", "mkdocs serve"):
        assert step in makefile
        assert step in readme
