"""What becomes of matplotlib's SVG on its way into a page."""

import xml.etree.ElementTree as ET

import pytest

from dlfigs.plot.inline import inline
from dlfigs.plot.svg import lighten

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'
)
BODY = """<defs><pattern id="a1b2c3"><rect fill="#ffffff"/><path style="stroke: #000000"/></pattern>
<clipPath id="clip"><rect/></clipPath><linearGradient id="shade"><stop/></linearGradient>
<path id="dot" d="M 0 0"/></defs>"""
BOTH, MONO = "fill: url(#a1b2c3); stroke: #ee6b00", "font-family: 'DejaVu Sans Mono', monospace"
PICTURE = "data:image/png;base64,\n#aGk="


def whole(body, **options):
    """Return a drawing after both ways, as an element and as text."""
    svg = lighten(f"{HEAD}{BODY}{body}</svg>".encode(), "it", **options)
    html = inline(svg.decode(), name="it", title="T", description="D")
    return ET.fromstring(html), html


@pytest.mark.parametrize(
    ("body", "attribute", "then"),
    [
        ('<use xlink:href="#dot"/>', "href", "#it--it-0"),
        ('<use href="#dot"/>', "href", "#it--it-0"),
        ('<g clip-path="url(#clip)"/>', "clip-path", "url(#it--it-0)"),
        (f'<g style="{BOTH}"/>', "style", "fill: url(#it--it-0); stroke: #ee6b00"),
        ('<g fill="url(#shade)"/>', "fill", "url(#it--it-0)"),
        ('<g fill="#a1b2c3"/>', "fill", "#a1b2c3"),
        ('<g fill="#ffffff"/>', "fill", "var(--fig-paper, #ffffff)"),
        (f'<image xlink:href="{PICTURE}" id="x"/>', "href", PICTURE.replace("\n", "")),
        ('<a xlink:href="https://example.org/#dot"/>', "href", "https://example.org/#dot"),
        ('<a xlink:href="https://example.org/url(#dot)x"/>', "href", "https://example.org/url(#dot)x"),
        ('<a xlink:href="#exercises"/>', "href", "#exercises"),
        ('<g transform="translate(1.23456) scale(0.0951)"/>', "transform", "translate(1.23) scale(0.0951)"),
        ('<g transform="matrix(0.31234 0 0 0.1 5 5)"/>', "transform", "matrix(0.31234 0 0 0.1 5 5)"),
        ('<g style="font-family: \'DejaVu Sans\', sans-serif; fill: red"/>', "style", "fill: red"),
        (f'<g style="{MONO}"/>', "style", MONO),
        ('<text style="fill: red"> a  b</text>', "style", "fill: red; white-space: pre"),
        ('<text style="fill: red">a b</text>', "style", "fill: red"),
        ('<g style="fill: #000001"/>', "style", "fill: rgb(0, 0, 1)"),
    ],
)  # fmt: skip
def test_addresses_ids_and_colors_are_told_apart(body, attribute, then):
    root, html = whole(body, kept={"#000001"})
    assert root[-1].get(attribute) == then
    assert "ns0" not in html
    assert "xlink" not in html


def test_what_a_pattern_has_in_it_follows_the_scheme_too():
    root, _ = whole('<g fill="url(#a1b2c3)"/>')
    rect, path = root.find(".//pattern")
    assert rect.get("fill") == "var(--fig-paper, #ffffff)"
    assert path.get("style") == "stroke: var(--fig-black, var(--fig-ink, #000000))"


def test_what_matplotlib_leaves_black_without_saying_so_follows_the_scheme():
    assert whole("<text>a</text>")[0].get("fill") == "var(--fig-black, var(--fig-ink, #000000))"


def test_a_drawing_with_links_is_not_one_image_to_who_cannot_see_it():
    assert whole("<text>a</text>")[0].get("role") == "img"
    assert whole('<a xlink:href="https://example.org"/>')[0].get("role") == "group"


def test_notes_of_other_programs_are_left_out():
    assert "note" not in whole('<g xmlns:o="https://example.org/o" o:note="n"><o:note/></g>')[1]


@pytest.mark.parametrize(("opacity", "left"), [("; opacity: 0.4", False), ("; fill-opacity: 0.4", True)])
def test_hatches_of_a_transparent_area_are_not_made_transparent_twice(opacity, left):
    pattern = '<defs><pattern id="p"><path style="stroke: #ff0000; stroke-opacity: 0.4"/></pattern></defs>'
    element, _ = whole(f'{pattern}<path style="fill: url(#p){opacity}"/>')
    (line,) = (path for path in element.findall(".//pattern/path") if "#ff0000" in path.get("style"))
    assert ("stroke-opacity" in line.get("style")) == left
