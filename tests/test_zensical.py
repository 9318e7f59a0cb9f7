"""The same chapters with Zensical, which runs Python-Markdown extensions but no MkDocs plugins."""

import shutil

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, dlfigs, run

pytest.importorskip("zensical", reason="the extra `zensical` is not installed")


@pytest.fixture(scope="module")
def project(figures, tmp_path_factory):
    folder = tmp_path_factory.mktemp("zensical")
    for name in ("docs", "theme"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("mkdocs.yml", "CITATION.cff"):
        shutil.copy(ROOT / name, folder)
    exported = dlfigs("build", "--to", str(folder / "docs/assets/figures"))
    assert exported.returncode == 0, exported.stderr
    return folder


def build(project):
    return run(["-m", "zensical", "build", "--clean"], cwd=project)


def test_chapters_have_figures_numbers_formulas_and_citations(project, site):
    result = build(project)
    assert result.returncode == 0, result.stdout + result.stderr
    for name in ("vanishing_gradients", "activations", "dropout", "questions", "gallery", "citing"):
        one, other = (
            BeautifulSoup((root / name / "index.html").read_text(encoding="utf-8"), "html.parser").article
            for root in (project / "site", site)
        )
        for selector in (
            "figure.dlfigs svg text",
            "math",
            ".references li",
            "figcaption",
            ".gallery-title",
        ):
            texts = [[element.get_text() for element in page.select(selector)] for page in (one, other)]
            assert texts[0] == texts[1], f"{name}: {selector}"
        assert len(one.select("figure .cite-text")) == len(other.select("figure .cite-text"))
        for raw in one.select("code, pre"):
            raw.decompose()
        assert "{{" not in one.get_text()
        for link in one.select(".figure-links a"):
            assert (project / "site" / name / link["href"]).resolve().is_file(), link["href"]


def test_a_mistake_is_named_there_too(project):
    page = project / "docs/dropout.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("![](dropout_scaling)", "![](dropout_scalign)"), encoding="utf-8")
    try:
        result = build(project)
    finally:
        page.write_text(text, encoding="utf-8")
    line = text[: text.index("![](dropout_scaling)")].count("\n") + 1
    said = result.stdout + result.stderr
    assert f"dropout.md:{line}: no figure 'dropout_scalign'; did you mean 'dropout_scaling'?" in said
