"""The theme: what it changes in the stylesheet, and that its colours can be read; the favicon and extra.css."""

import re
from xml.etree import ElementTree as ET

import pytest
from conftest import NOW, PAGES, Site
from hypothesis import given
from hypothesis import strategies as st

from dateline.options import BuildOptions
from dateline.pages.theme import GROUNDS, READABLE, STYLE_FILE, contrast, readable
from dateline.pipeline import build

THEME = '[theme]\naccent = "#FC0"\nfont = "mixed"\nwidth = 80\nmasthead = "left"\nlogo_height = 64\n'
IN_STYLE = """
/* The theme in feed.toml */

:root { --head: var(--serif); --body: var(--sans); --measure: 40rem; --masthead: start; --logo-height: 64px; }
@media screen and (prefers-color-scheme: light) { :root { --link: #866b00; } }
@media screen and (prefers-color-scheme: dark) { :root { --link: #ffcc00; } }
"""


@pytest.fixture
def pages(site: Site) -> Site:
    site.write("feed.toml", PAGES)
    site.post()
    return site


def built(site: Site) -> dict[str, bytes]:
    """Build, and return the output."""
    build(BuildOptions(site.posts, site.public, NOW, accept=True, jobs=1))
    return site.tree()


def icon(page: bytes) -> str:
    """The address of a page's favicon."""
    (address,) = re.findall(r'<link rel="icon" href="([^"]*)"', page.decode())
    return str(address)


def test_a_theme_changes_the_stylesheet_and_the_favicon_but_no_page(pages: Site) -> None:
    before = built(pages)
    with open(STYLE_FILE, "rb") as ours:
        assert before["style.css"] == ours.read()
    pages.write("feed.toml", PAGES + THEME)
    after = built(pages)
    assert after["style.css"].decode() == before["style.css"].decode() + IN_STYLE
    assert b'fill="#ffcc00"' in after["favicon.svg"]
    assert {path for path in after if after[path] != before[path]} == {"style.css", "favicon.svg", ".dateline.json"}


def test_all_that_is_wrong_in_a_theme_is_said_at_once(pages: Site) -> None:
    pages.write(
        "feed.toml",
        PAGES + '[theme]\naccent = "red"\nfont = "comic"\nwidth = 200\nmasthead = 1\nlogo_height = "tall"\n',
    )
    result = pages.run("build")
    assert result.code == 1
    for problem in (
        "accent: 'red' is not a colour in hexadecimal digits; write one like #0b4f94",
        "font: unknown value 'comic'; use serif, sans or mixed",
        "width: '200' is not a number of characters that works; write one from 45 to 90",
        "masthead: unknown value '1'; use center or left",
        "logo_height: 'tall' is not a number of pixels that works; write one from 16 to 400",
    ):
        assert f"theme: {problem}" in result.err
    pages.write("feed.toml", PAGES + '[theme]\ncolour = "#fff"\n')
    assert "theme: unknown key 'colour'; use accent, font, width, masthead, logo_height" in pages.run("build").err


@given(st.integers(0, 0xFFFFFF))
def test_every_accent_can_be_read_on_light_and_dark_pages(number: int) -> None:
    accent = f"#{number:06x}"
    for grounds in GROUNDS.values():
        colour = readable(accent, grounds)
        assert min(contrast(colour, ground) for ground in grounds) >= READABLE
        if min(contrast(accent, ground) for ground in grounds) >= READABLE:
            assert colour == accent


def test_the_grounds_are_those_of_the_stylesheet() -> None:
    with open(STYLE_FILE, encoding="utf-8") as file:
        style = file.read()
    found = [*zip(re.findall(r"--page: (#\w{6})", style), re.findall(r"--raised: (#\w{6})", style), strict=False)]
    assert found == [*GROUNDS.values()]
    assert contrast("#ffffff", "#000000") == 21
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("title", "letter"),
    [("¡hola!", "H"), ("朝の港", "朝"), ("هنا", "ه"), ("किताब", "कि"), ("<&>", "<"), ("24 hours", "2"), ("ßa", "ß")],
)
def test_a_publication_without_an_icon_gets_the_first_letter_of_its_name(pages: Site, title: str, letter: str) -> None:
    pages.write(
        "feed.toml",
        PAGES.replace('"Example"', f'"{title}"')
        if '"Example"' in PAGES
        else re.sub(r'(?m)^title = ".*"$', f'title = "{title}"', PAGES),
    )
    tree = built(pages)
    assert icon(tree["index.html"]) == "/favicon.svg"
    assert "".join(ET.fromstring(tree["favicon.svg"]).itertext()).strip() == letter


def test_an_icon_of_the_users_own_is_used_instead(pages: Site) -> None:
    pages.write("_static/favicon.ico", b"icon")
    tree = built(pages)
    assert icon(tree["index.html"]) == "/favicon.ico"
    assert "favicon.svg" not in tree
    pages.write("_static/favicon.svg", b"<svg/>")
    tree = built(pages)
    assert icon(tree["index.html"]) == "/favicon.svg"
    assert tree["favicon.svg"] == b"<svg/>"


def test_rules_of_the_users_own_come_after_ours(pages: Site) -> None:
    assert b"extra.css" not in built(pages)["index.html"]
    pages.write("_static/extra.css", "body { color: red }")
    styles = re.findall(r'<link rel="stylesheet" href="([^"]*)"', built(pages)["index.html"].decode())
    assert styles == ["/style.css", "/extra.css"]


def test_no_line_of_a_headline_ends_in_a_short_first_word_or_inside_a_compound(pages: Site) -> None:
    pages.post("2025-05-01-a.md", title="'CECOT Mega-Prison: A Bold Experiment & <more>'")
    page = built(pages)["2025/05/a/index.html"].decode()
    kept = '<span class="keep">Mega-Prison</span>: <span class="keep">A Bold</span>'
    assert f'<h1 class="p-name">CECOT {kept} Experiment &amp; &lt;more&gt;</h1>' in page


def test_a_summary_stands_below_the_headline_unless_the_text_begins_with_it(pages: Site) -> None:
    pages.post("2025-05-01-a.md", "The ferry sails & sails.\n", title="A", summary="Why it sails.")
    pages.post("2025-05-02-b.md", "The ferry sails & sails.\n", title="B", summary="The ferry sails & sails.")
    tree = built(pages)
    assert b'<p class="standfirst p-summary">Why it sails.</p>' in tree["2025/05/a/index.html"]
    assert b"standfirst" not in tree["2025/05/b/index.html"]
