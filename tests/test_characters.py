"""Control characters, and U+FFFD: what becomes of them wherever a text comes in (XML 1.0, section 2.2)."""

import json
from pathlib import Path

import pytest
from conftest import SETTINGS, Site

from dateline.content.config import MARKDOWNS
from dateline.text import names

RAW = "\ufffdOne\x07 two\x0bthree\x0c four\u0085five\x1b\u009f.\r\n\rSix\x7f\x01.\n"
READ = "\ufffdOne two three four five. Six."


def remarks(site: Site) -> list[str]:
    result = site.run("check")
    assert (result.code, result.err) == (0, "")
    return [line for line in result.out.splitlines() if "U+" in line]


@pytest.fixture(params=MARKDOWNS)
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Site:
    site = Site(tmp_path)
    site.write("feed.toml", f'{SETTINGS}markdown = "{request.param}"\n')
    return site


def published(site: Site) -> dict[str, str]:
    result = site.build()
    assert result.code == 0, result
    assert all(b"\x07" not in content and b"\xef\xb7" not in content for content in site.tree().values())
    (item,) = site.json()["items"]
    return dict(item)


def test_in_the_text_controls_end_a_line_or_are_left_out_with_a_remark(site: Site) -> None:
    site.post(body=RAW, summary="A", title="A")
    item = published(site)
    assert " ".join(item["content_html"].replace("<p>", " ").replace("</p>", " ").split()) == READ
    left_out = "control character U+{}, ignored; remove it"
    assert remarks(site) == [
        "posts/2025-04-14-first.md:5: U+FFFD, which stands for a lost character; write the right character",
        *(f"posts/2025-04-14-first.md:5: {left_out.format(code)}" for code in ("0007", "001B", "009F")),
        f"posts/2025-04-14-first.md:7: {left_out.format('0001')}",
        f"posts/2025-04-14-first.md:7: {left_out.format('007F')}",
    ]


def test_a_line_that_a_form_feed_ends_is_a_line_to_markdown(site: Site) -> None:
    site.post(body="# Title\x0c\x0cPage one\n\x0c\n## Two\u0085\u0085Page two\n", title="A")
    html = published(site)["content_html"]
    assert '<h1 id="title">Title</h1>' in html
    assert '<h2 id="two">Two</h2>' in html
    assert "<p>Page two</p>" in html


def test_a_heading_after_a_form_feed_is_the_title(site: Site) -> None:
    site.write("2025-04-14-a.md", "---\ntags: a\n---\n\x0c\n\x0c# The\x07 ferry\nText.\n")
    item = published(site)
    assert (item["title"], item["content_html"]) == ("The ferry", "<p>Text.</p>")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("A\x07 boat\x0bof\u0085wood", "A boat of wood"),
        (r'"A\a boat\vof\Nwood\x1f"', "A boat of wood"),
        ("A b\ufffdat", "A b\ufffdat"),
        (r'"A b\uFFFDat"', "A b\ufffdat"),
    ],
)
@pytest.mark.parametrize("key", ["title", "summary", "tags", "author", "image_alt", "corrections"])
def test_in_front_matter_too(site: Site, key: str, written: str, read: str) -> None:
    site.write("a.png", b"")
    values = {"title": "A", "summary": "A", "image": "a.png"} if key == "image_alt" else {"title": "A", "summary": "A"}
    site.post(**{**values, key: f"\n- date: 2025-05-01\n  text: {written}" if key == "corrections" else written})
    line = list({**values, key: ""}).index(key) + (4 if key == "corrections" else 2)
    item = published(site)
    shown = item["content_html"] + json.dumps(item, ensure_ascii=False) + (site.public / "rss.xml").read_text()
    assert read in shown.replace("\\n", " ").replace("\n", " ")
    found = remarks(site)
    assert found
    assert all(
        found_line.startswith(f"posts/2025-04-14-first.md:{line}:") or f": {key}: " in found_line
        for found_line in found
    )


def test_in_toml(site: Site) -> None:
    site.write("2025-04-14-a.md", '+++\ntitle = "A\x07 b\\u0007oat\x0bof"\n+++\nText.\n')
    assert published(site)["title"] == "A boat of"
    assert remarks(site) == ["posts/2025-04-14-a.md:2: control character U+0007, ignored; remove it"]


def test_in_the_settings(site: Site) -> None:
    site.write("feed.toml", SETTINGS.replace("The Daily", "The\x07 \\u001fDaily\ufffd"))
    site.post()
    published(site)
    assert site.json()["title"] == "The Daily\ufffd Example"
    assert remarks(site) == [
        "posts/feed.toml:1: U+FFFD, which stands for a lost character; write the right character",
        "posts/feed.toml:1: control character U+0007, ignored; remove it",
        "posts/feed.toml:1: title: control character U+001F, ignored; remove it",
    ]


def test_references_in_the_text(site: Site) -> None:
    site.post(body='A&#7;B&#x81;C &#xFFFD; D&#12;E <i title="&#1;F">g</i> `&#7;`\n')
    html = published(site)["content_html"]
    assert html == '<p>ABC \ufffd D\nE <i title="F">g</i> <code>&amp;#7;</code></p>'
    assert {line.partition(": text: ")[2].partition(";")[0] for line in remarks(site)} == {
        "control character U+0001, ignored",
        "control character U+0007, ignored",
        "control character U+0081, ignored",
        "U+FFFD, which stands for a lost character",
    }


@pytest.mark.parametrize(
    "body",
    [
        "[a](https://example.org/\x07b)",
        "[a](https://example.org/\x0bb)",
        "[a](<b\u0085c>)",
        "<a href='b\x0cc'>A</a>",
        '<img alt="A" src="a.png" srcset="\x1fb.png 2x">',
    ],
)
def test_in_addresses_of_the_text_they_are_errors(site: Site, body: str) -> None:
    site.write("a.png", b"")
    site.post(body=f"One\n\n{body}\n")
    result = site.build()
    assert result.code == 1
    assert "contains a control character; remove it" in result.err


def test_front_matter_with_controls_can_be_edited_and_keeps_them(site: Site) -> None:
    site.post(title="A\x07 boat\x0b", body="Text\x07\x0c.\r\n")
    site.write("../old.json", '{"items": [{"id": "urn:x", "title": "A boat", "date_published": "2025-04-14T09:00Z"}]}')
    result = site.run("adopt", "old.json")
    assert (result.code, result.err) == (0, "")
    content = (site.posts / "2025-04-14-first.md").read_bytes()
    assert content == b"---\ntitle: A\x07 boat\x0b\nid: urn:x\ndate: 2025-04-14T09:00:00+00:00\n---\nText\x07\x0c.\r\n"


def test_in_an_old_feed(site: Site) -> None:
    item = {"id": "1", "title": "A\u0007 boat", "date_published": "2025-05-18T01:30Z"}
    html = "<p>One\u0007 two\u000bthree\u0085four \ufffd</p>"
    site.write("../old.json", json.dumps({"items": [{**item, "content_html": html}]}))
    assert site.run("adopt", "old.json", "--create").code == 0
    text = (site.posts / "2025-05-18-a-boat.md").read_text()
    assert "title: A boat\n" in text
    assert "One two\nthree\nfour \ufffd\n" in text


def test_a_host_is_found_in_any_letters_that_are_its_own_in_lower_case() -> None:
    letters = [chr(code) for code in range(0x110000) if {*chr(code).lower()} & {*"ki.f"}]
    assert {*letters} == {*"kiKI.fF\u0130\u212a"}
    for text in [f"\u00e9 {one}i.f{other}!" for one in letters for other in letters]:
        assert names(text.encode(), "ki.fi") == ("ki.fi" in text.lower())
