"""The same ten figure scripts through dlfigs, mkdocs-gallery and sphinx-gallery, from nothing and again.

    python benchmarks/galleries.py WAY FOLDER

builds in a folder that `prepare` has filled, and prints the seconds of the whole command. dlfigs does more
for each figure: it checks its claims and writes seven files of it. The two galleries also write pages;
`dlfigs_site` is dlfigs as a plugin of MkDocs, with a page of all ten figures.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pairs

ROOT = Path(__file__).parent.parent
TEN = (
    "activation_zoo",
    "born_dead",
    "double_descent",
    "dropout_ridge",
    "edge_of_chaos",
    "gradients_by_activation",
    "selu_map",
    "sigmoid_chain_bound",
    "swish",
    "symmetry_breaking",
)
# What a script needs at its end to show a figure: the recipe's own functions, one after the other
SHOW = """
# %%
import jax
import matplotlib.pyplot as plt

from dlfigs import summary

data = figure.compute(jax.random.key(figure.seed))
figure.draw(plt.figure(figsize=(6.4, figure.height or 4)), (figure.summarize or summary.over_seeds)(data))
plt.show()
"""
COMMANDS = {
    "dlfigs": ["dlfigs", "build", "--recipes", "figures", "--cache", ".cache/dlfigs"],
    "dlfigs_site": ["mkdocs", "build", "--quiet", "--config-file", "dlfigs.yml"],
    "mkdocs_gallery": ["mkdocs", "build", "--quiet", "--config-file", "gallery.yml"],
    "sphinx_gallery": ["sphinx", "-q", "-b", "html", "sphinx", "sphinx/_build"],
}


def prepare(folder: Path) -> None:
    """Write the ten scripts and the configuration of each way."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("figures", "docs", "gallery_docs", "scripts", "sphinx"):
        (folder / name).mkdir(parents=True)
    (folder / "scripts" / "README.md").write_text("# Gallery\n")
    (folder / "scripts" / "README.rst").write_text("Gallery\n=======\n")
    for slug in TEN:
        text = (ROOT / "figures" / f"{slug}.py").read_text(encoding="utf-8")
        (folder / "figures" / f"{slug}.py").write_text(text, encoding="utf-8")
        title = f'"""\n{slug}\n{"=" * len(slug)}\n"""\n'
        (folder / "scripts" / f"plot_{slug}.py").write_text(title + text + SHOW, encoding="utf-8")
    page = "# Figures\n\n" + "".join(f"![]({slug})\n\n" for slug in TEN)
    (folder / "docs" / "index.md").write_text(page)
    (folder / "gallery_docs" / "index.md").write_text("# Figures\n")
    shutil.copy(ROOT / "docs" / "references.bib", folder)
    (folder / "dlfigs.yml").write_text(
        "site_name: Ten\ntheme: {name: material, font: false}\nsite_dir: site_dlfigs\nplugins: [dlfigs]\n"
        "markdown_extensions: [{dlfigs.markdown: {bibliography: references.bib}}]\n"
    )
    (folder / "gallery.yml").write_text(
        "site_name: Ten\ntheme: {name: material, font: false}\nsite_dir: site_gallery\n"
        "docs_dir: gallery_docs\nnav: [{Home: index.md}, {Figures: gallery_docs/made}]\n"
        "plugins: [{gallery: {examples_dirs: scripts, gallery_dirs: gallery_docs/made}}]\n"
    )
    (folder / "sphinx" / "conf.py").write_text(
        'project = "Ten"\nextensions = ["sphinx_gallery.gen_gallery"]\n'
        'sphinx_gallery_conf = {"examples_dirs": "../scripts", "gallery_dirs": "made"}\n'
    )
    (folder / "sphinx" / "index.rst").write_text("Ten\n===\n\n.. toctree::\n\n   made/index\n")


def forget(folder: Path, way: str) -> None:
    """Remove what a way has made."""
    made = {
        "dlfigs": [".cache"],
        "dlfigs_site": [".cache", "site_dlfigs"],
        "mkdocs_gallery": ["gallery_docs/made", "site_gallery"],
        "sphinx_gallery": ["sphinx/made", "sphinx/_build"],
    }
    for name in made[way]:
        shutil.rmtree(folder / name, ignore_errors=True)


def build(folder: Path, way: str) -> float:
    """Return the seconds that one build takes."""
    return pairs.seconds_of(*COMMANDS[way], folder=folder, MPLBACKEND="agg", PYTHONPATH=str(ROOT))


if __name__ == "__main__":
    print(json.dumps({"seconds": build(Path(sys.argv[2]), sys.argv[1])}))
