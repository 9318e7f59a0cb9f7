"""What a page says of a figure that can be moved: its positions in a table, and a command for one."""

import itertools
import json
import shlex
import xml.etree.ElementTree as ET
from types import SimpleNamespace

from bs4 import BeautifulSoup

from dlfigs.markdown import moving
from dlfigs.recipe.info import Info
from dlfigs.recipe.moving import Dial, Moves, Position

DIALS = [Dial("kind", ["batch norm", "a=b"], 0, False), Dial("hidden_units", ["8", "16"], 1, True)]
SETTINGS = [
    f"kind={kind} hidden_units={units}" for kind, units in itertools.product(*(d.values for d in DIALS))
]
MOVES = Moves(
    DIALS, [Position(one, 2, ["does not hold: x < 1"] * (n == 2)) for n, one in enumerate(SETTINGS)], [""]
)


def test_values_with_spaces_and_signs_stand_in_their_columns():
    table = BeautifulSoup(moving.table(MOVES.written()), "html.parser")
    rows = [[cell.text for cell in row.select("th, td")] for row in table.select("tr")]
    assert rows[0] == ["kind", "hidden units", "Claims that hold", "Those that do not"]
    assert rows[1] == ["batch norm", "8", "2 of 2", ""]
    assert rows[3] == ["a=b", "8", "1 of 2", "x < 1"]


def test_the_command_for_another_position_can_be_typed():
    figure = ET.Element("figure")
    ET.SubElement(figure, "div")
    place = SimpleNamespace(downloads="assets", link=lambda address: f"../{address}")
    moving.add(place, figure, "line", Info(title="A line", moves=MOVES.written()))
    command = shlex.split(figure.find("div[@class='moves']/p/code").text)
    assert command == ["dlfigs", "build", "line", "--set", "kind=batch norm", "--set", "hidden_units=8"]
    dials = json.loads(figure.find("div[@class='moves']").get("data-dials"))
    assert [dial["label"] for dial in dials] == ["kind", "hidden units"]
