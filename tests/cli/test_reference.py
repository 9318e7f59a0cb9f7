"""The reference page names all options and words of the code, and no others."""

import dataclasses
import re

import click
import pytest
from conftest import ROOT

from dlfigs.cli import main
from dlfigs.markdown import blocks, numbers, options
from dlfigs.recipe.figure import Claim, Figure
from dlfigs.site.options import DlfigsConfig

TEXT = (ROOT / "docs/reference.md").read_text(encoding="utf-8")


def section(anchor):
    """Return a part of the page, from its heading to the next one."""
    return re.search(rf"^#+ .*\{{ #{anchor} \}}$(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL)[1]


def named(anchor):
    """Return the names in the first column of the tables of a part."""
    return set(re.findall(r"^\| `(?:--)?([\w-]+)`", section(anchor), re.MULTILINE))


def fields(kind):
    return {field.name for field in dataclasses.fields(kind)} - {"_"}


def command_options():
    return {
        option.name if option.name != "as_json" else "json"
        for command in main.main.commands.values()
        for option in command.params
        if isinstance(option, click.Option)
    } - {"settings"} | {"set"}


@pytest.mark.parametrize(
    ("anchor", "names"),
    [
        ("plugin", {name for name, _ in DlfigsConfig._schema}),
        ("extension", set(options.DEFAULTS)),
        ("figure", fields(Figure)),
        ("claim", fields(Claim)),
        ("commands", set(main.main.commands) | command_options()),
    ],
)
def test_each_option_has_its_line(anchor, names):
    assert named(anchor) == names


def test_each_option_of_a_command_names_the_commands_that_have_it():
    for row in re.findall(r"^\| `--(\w+)` \| (.*?) \|", section("commands"), re.MULTILINE):
        told = set(re.findall(r"`(\w+)`", row[1]))
        have = {
            name
            for name, command in main.main.commands.items()
            if any(f"--{row[0]}" in option.opts for option in command.params)
        }
        told = set(main.main.commands) - told if row[1].startswith("all but") else told
        assert told == have, row[0]


def test_each_word_that_stands_for_something_of_all_figures_is_there():
    for words in (blocks.BLOCK, numbers.COUNT):
        for word in re.search(r"\(([\w|]+)\)", words.pattern)[1].split("|"):
            assert f"`{{{{ {word} }}}}`" in section("chapter")


def test_defaults_are_those_of_the_code():
    for name, option in DlfigsConfig._schema:
        default = str(option.default).removesuffix(".0").lower()
        assert re.search(rf"^\| `{name}` \| .* \| `?{re.escape(default)}`? \|$", TEXT, re.MULTILINE), name
