"""The course itself: from nothing, once more with nothing changed, and after a small edit.

    python benchmarks/course.py STEP FOLDER
    python benchmarks/course.py beside FOLDER --baseline COMMIT

works in a clone of this repository. Steps, in this order: `cold` builds all figures and the site from
nothing; `warm` does both again; `plain` builds the same chapters and as many pages with MkDocs and the
same theme alone; `edit` changes a page, then a caption, under `mkdocs serve`, and waits until it shows.
`beside` measures an earlier commit and this one by turns.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import before
import pairs
import yaml
from memory import Memory

ROOT = Path(__file__).parent.parent


def clone(folder: Path) -> None:
    """Put what is committed here into a new folder."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _timed(folder: Path, module: str, *arguments: str) -> dict[str, float]:
    cpu = _cpu()
    seconds = pairs.seconds_of(module, *arguments, folder=folder, PYTHONPATH=str(folder))
    return {"seconds": seconds, "cpu": _cpu() - cpu}


def build(folder: Path) -> dict[str, float]:
    """Build figures, then the site; seconds of the whole, CPU seconds of the figures' part, memory."""
    memory = Memory()
    memory.start()
    figures = _timed(folder, "dlfigs", "build")
    site = _timed(folder, "mkdocs", "build", "--strict", "--site-dir", ".cache/site")
    memory.ended.set()
    return {
        "figures": figures["seconds"],
        "figures_cpu": figures["cpu"],
        "site": site["seconds"],
        "gibibytes": memory.most / 2**30,
    }


def plain(folder: Path) -> dict[str, float]:
    """Build the chapters, and for each figure a page of its recipe, without anything of ours.

    What MkDocs shows in the place of our notation does not matter: the pages are as long.
    """
    docs = folder / ".cache" / "plain_docs"
    shutil.rmtree(docs, ignore_errors=True)
    shutil.copytree(folder / "docs", docs)
    (docs / "figures").mkdir()
    for recipe in sorted((folder / "figures").glob("[a-z]*.py")):
        text = recipe.read_text(encoding="utf-8")
        page = f"# {recipe.stem}\n\n```python\n{text}\n```\n"
        (docs / "figures" / f"{recipe.stem}.md").write_text(page, encoding="utf-8")
    lines = (folder / "mkdocs.yml").read_text(encoding="utf-8")
    config = yaml.safe_load(lines)
    extensions = [
        e for e in config["markdown_extensions"] if not (isinstance(e, dict) and "dlfigs.markdown" in e)
    ]
    for extension in extensions:
        if isinstance(extension, dict) and "pymdownx.snippets" in extension:
            extension["pymdownx.snippets"]["base_path"] = [str(docs)]
    config |= {"docs_dir": str(docs), "plugins": ["search"], "markdown_extensions": extensions}
    config["theme"].pop("custom_dir")
    for name in ("hooks", "validation", "nav"):
        config.pop(name)
    (folder / "plain.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return _timed(folder, "mkdocs", "build", "--config-file", "plain.yml", "--site-dir", ".cache/plain")


def edit(folder: Path) -> dict[str, float]:
    """Change a page and a caption under `mkdocs serve`; seconds until each shows."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}/course"
    server = subprocess.Popen(
        [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        start_new_session=True,
    )

    def wait_for(page: str, text: str) -> float:
        began = time.perf_counter()
        while time.perf_counter() - began < 300:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"{address}/{page}", timeout=30) as got,
            ):
                if text in got.read().decode():
                    return time.perf_counter() - began
            time.sleep(0.05)
        sys.exit(f"{page} never showed {text!r}")

    try:
        wait_for("figures/swish/", "Swish")
        time.sleep(2)
        found = {}
        recipe, chapter = folder / "figures" / "swish.py", folder / "docs" / "activations.md"
        for name, path, old, new, page in (
            ("text", chapter, "# Activation functions", "# Activation functions, edited", "activations/"),
            ("caption", recipe, 'caption="', 'caption="An edited caption. ', "figures/swish/"),
        ):
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
            found[name] = wait_for(page, new.removeprefix('caption="').removeprefix("# "))
            path.write_text(text, encoding="utf-8")
            time.sleep(15)  # until the change back is built too
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
    return found


def main() -> None:
    """Do one step, and print what was measured."""
    steps = {"cold": build, "warm": build, "plain": plain, "edit": edit}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=[*steps, "beside"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--baseline", metavar="COMMIT", help="for beside: what to measure against")
    given = parser.parse_args()
    if (given.step == "beside") != bool(given.baseline):
        parser.error("beside needs --baseline COMMIT, and no other step takes it")
    if given.step == "beside":
        print(json.dumps(before.beside(given.folder, given.baseline)))
        return
    if given.step == "cold":
        clone(given.folder)
    print(json.dumps(steps[given.step](given.folder)))


if __name__ == "__main__":
    main()
