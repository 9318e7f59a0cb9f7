"""The page "How it works" says of the code what is true of it."""

import re

from conftest import ROOT
from test_layers import own_code

TEXT = (ROOT / "docs/how_it_works.md").read_text(encoding="utf-8")


def test_the_modules_that_it_names_are_there():
    names = re.findall(r"`((?:\w+/)+\w+\.py)`", TEXT)
    assert len(names) > 10
    for name in names:
        assert (ROOT / "dlfigs" / name).is_file() or (ROOT / name).is_file(), name


def test_what_it_asks_of_the_code_is_answered():
    page = own_code.on_page_markdown(TEXT)
    assert "<!-- code:" in TEXT
    assert "<!--" not in page
    for module in own_code.FILES:
        if own_code.first_sentence(own_code.tree(module)):
            assert f"| `{module.replace('.', '/')}` |" in page or module in ("", "__main__"), module


def test_the_steps_of_making_a_figure_are_those_that_the_worker_takes():
    pairs = re.findall(r"^\| `([\w/.]+)` \| `(\w+)` \|", own_code.steps(), re.MULTILINE)
    assert ("make/remarks.py", "finished") in pairs, "what was heard, not the store's"
    assert ("make/store.py", "put_figure") in pairs
    asked = [name for _, name in pairs]
    wanted = ["Fingerprint", "load", "measured", "pictures_of", "moved", "files_of", "put_figure"]
    assert [name for name in asked if name in wanted] == wanted
    source = (ROOT / "dlfigs/make/worker.py").read_text(encoding="utf-8")
    assert all(re.search(rf"\b{name}\(", source) for name in asked)


def test_only_what_the_page_names_is_imported_against_the_direction():
    order = own_code.parts_in_order()
    against = {
        (module, other)
        for module in own_code.FILES
        for other in own_code.ours(module)
        if module and other and own_code.part(module) in order
        if order.index(own_code.part(module)) < order.index(own_code.part(other))
    }
    assert against == own_code.UPWARDS
    for module in {name for pair in against for name in pair}:
        assert f"`{module.replace('.', '/')}.py`" in TEXT


def test_the_places_of_the_cache_are_those_that_its_module_knows():
    places = re.findall(r"^\| `(.+?)` \|", own_code.cache(), re.MULTILINE)
    listed = own_code.ast.get_docstring(own_code.tree("make.store"))
    assert len(places) == len(re.findall(r"^    \S", listed, re.MULTILINE))
    source = (ROOT / "dlfigs/make/store.py").read_text(encoding="utf-8").split('"""', 2)[2]
    for place in places:
        assert re.search(rf'"{re.split(r"[/, ]", place)[0]}"', source), place


def test_a_server_sees_what_is_edited(tmp_path, monkeypatch):
    module = tmp_path / "module.py"
    monkeypatch.setitem(own_code.FILES, "make.module", module)
    for words in ("Said first.", "Said later."):
        module.write_text(f'"""{words}"""\n')
        assert words in own_code.modules()
