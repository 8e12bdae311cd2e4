"""Each trap that was measured in feedgen, dateutil, PyYAML and Python-Markdown, from the outside."""

import locale
import re
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest
from conftest import NOW, PAGES, SETTINGS, Site

from dateline import __version__
from dateline.building.report import Report
from dateline.content.config import MARKDOWNS
from dateline.errors import BuildError, InputError
from dateline.formats.xml_feed import MEDIA
from dateline.options import BuildOptions
from dateline.parallel import open_jobs
from dateline.pipeline import build
from dateline.render import RenderTask, render_all, sanitise

ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"


def publish(site: Site) -> Report:
    return build(BuildOptions(site.posts, site.public, now=NOW))


def rss(site: Site) -> Any:
    publish(site)
    return ET.parse(site.public / "rss.xml").getroot()


def atom(site: Site) -> Any:
    publish(site)
    return ET.parse(site.public / "atom.xml").getroot()


def test_no_date_comes_from_the_clock(site: Site) -> None:
    site.post("2025-04-14-first.md", date="2025-04-14 09:00:30")
    document = rss(site)
    dates = [e.text for tag in ("lastBuildDate", "pubDate") for e in document.iter(tag)]
    assert dates == ["Mon, 14 Apr 2025 09:00:30 +0000"] * 2
    updated = [e.text for e in atom(site).iter(f"{ATOM}updated")]
    assert updated == ["2025-04-14T09:00:30Z"] * 2


def test_entries_stand_newest_first_and_ties_by_id(site: Site) -> None:
    for name in ("2025-01-01-b", "2025-01-01-a", "2025-03-01-c"):
        site.post(f"{name}.md", title=name)
    titles = [item.findtext("title") for item in rss(site).iter("item")]
    assert titles == ["2025-03-01-c", "2025-01-01-a", "2025-01-01-b"]


def test_the_channel_links_to_the_home_page(site: Site) -> None:
    site.settings('hub = "https://hub.example/"\n')
    site.post()
    assert rss(site).findtext("channel/link") == "https://example.org/"


def test_an_author_without_email_is_in_rss_once_and_no_author_element_is(site: Site) -> None:
    site.post(author="Ana Díaz <ana@example.org>")
    document = rss(site)
    assert [e.text for e in document.iter(f"{DC}creator")] == ["Ana Díaz"]
    assert not list(document.iter("author"))


def test_rss_joins_authors_into_one_byline_and_atom_keeps_them_apart(site: Site) -> None:
    site.post(author="[A, B <b@example.org>, C]")
    assert [e.text for e in rss(site).iter(f"{DC}creator")] == ["A, B and C"]
    names = [e.findtext(f"{ATOM}name") for e in atom(site).findall(f"{ATOM}entry/{ATOM}author")]
    assert names == ["A", "B", "C"]


def test_links_keep_rel_type_and_length(site: Site) -> None:
    site.post()
    links = [dict(e.attrib) for e in atom(site).findall(f"{ATOM}entry/{ATOM}link")]
    assert links == [{"href": "https://example.org/2025/04/first/", "rel": "alternate", "type": "text/html"}]


def test_a_hub_is_named_in_every_format(site: Site) -> None:
    site.settings('hub = "https://hub.example/"\n')
    site.post()
    in_rss = [dict(e.attrib) for e in rss(site).findall(f"channel/{ATOM}link")]
    assert {"rel": "hub", "href": "https://hub.example/"} in in_rss
    assert {"rel": "hub", "href": "https://hub.example/"} in [dict(e.attrib) for e in atom(site).iter(f"{ATOM}link")]
    assert site.json()["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]


def test_atom_content_is_html_and_rss_content_a_cdata_section(site: Site) -> None:
    site.post(body="Text with `]]>` in it.\n")
    assert [e.get("type") for e in atom(site).iter(f"{ATOM}content")] == ["html"]
    (encoded,) = (e.text for e in rss(site).iter(f"{CONTENT}encoded"))
    assert encoded == "<p>Text with <code>]]&gt;</code> in it.</p>"
    assert b"<content:encoded><![CDATA[" in (site.public / "rss.xml").read_bytes()


@pytest.mark.parametrize("character", ["\0", "\ufffe", "\ufdd0", "\ufdd2"])
def test_a_character_that_feeds_cannot_carry_is_refused_at_the_door(site: Site, character: str) -> None:
    site.post(body=f"One\n\ntwo {character} three\n")
    with pytest.raises(BuildError, match=r"2025-04-14-first.md:6: contains the character U\+"):
        publish(site)


@pytest.mark.parametrize(
    ("character", "carried"), [("\x01", " "), ("\x0b", "\n"), ("\x85", "\n"), ("\ufffd", " \ufffd ")]
)
def test_a_control_character_is_gone_before_feedgen_sees_it(site: Site, character: str, carried: str) -> None:
    site.post(body=f"One\n\ntwo {character} three\n")
    publish(site)
    (encoded,) = (e.text for e in rss(site).iter(f"{CONTENT}encoded"))
    assert " ".join((encoded or "").split()) == f"<p>One</p> <p>two{carried}three</p>".replace("\n", " ")


def test_the_locale_is_as_it_was(site: Site) -> None:
    before = locale.setlocale(locale.LC_ALL)
    site.post()
    publish(site)
    assert locale.setlocale(locale.LC_ALL) == before


def test_feedgen_adds_nothing_uninvited(site: Site) -> None:
    site.post()
    document = rss(site)
    assert document.find("channel/docs") is None
    assert document.find("channel/generator") is None
    assert atom(site).find(f"{ATOM}generator") is None
    for file in site.public.iterdir():
        assert b"feedgen" not in file.read_bytes()


def test_atom_dates_end_in_z(site: Site) -> None:
    site.post(date="2025-04-14 23:30 -05:00", updated="2025-04-15 08:00:01 +02:00")
    (entry,) = atom(site).iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}published") == "2025-04-15T04:30:00Z"
    assert entry.findtext(f"{ATOM}updated") == "2025-04-15T06:00:01Z"


def test_a_plain_summary_is_escaped_once_more_in_rss(site: Site) -> None:
    site.post(summary="a < b & <c>")
    (description,) = (e.text for e in rss(site).findall("channel/item/description"))
    assert description == "a &lt; b &amp; &lt;c&gt;"


def test_a_plain_summary_is_html_in_atom(site: Site) -> None:
    site.post(summary="a < b & <c>")
    (summary,) = atom(site).iter(f"{ATOM}summary")
    assert (summary.get("type"), summary.text) == ("html", "a &lt; b &amp; &lt;c>")


def test_titles_write_markup_as_numeric_references(site: Site) -> None:
    site.post(title="'AT&T <b>said</b> &copy;'")
    assert rss(site).findtext("channel/item/title") == "AT&T <b>said</b> &copy;"
    assert atom(site).findtext(f"{ATOM}entry/{ATOM}title") == "AT&T <b>said</b> &copy;"
    for name in ("rss.xml", "atom.xml"):
        written = (site.public / name).read_text("utf-8")
        assert "<title>AT&#x26;T &#x3C;b&gt;said&#x3C;/b&gt; &#x26;copy;</title>" in written


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
def test_what_a_picture_shows_is_its_title_and_never_a_description(site: Site, name: str) -> None:
    site.write("pic.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x08\x08\0\0\0\0")
    site.post(image="pic.png", image_alt="A <b>red</b> boat & a gull")
    publish(site)
    written = (site.public / name).read_text("utf-8")
    assert '<media:title type="plain">A &#x3C;b&gt;red&#x3C;/b&gt; boat &#x26; a gull</media:title>' in written
    assert "media:description" not in written
    assert written.index("<title>First</title>") < written.index("<media:title "), "readers keep the first of the two"


def test_what_a_picture_shows_is_no_title_of_an_item_that_has_none(site: Site) -> None:
    site.post(title='""', image="https://example.org/boat.png", image_alt="A boat")
    assert [item.findtext(f".//{MEDIA}title") for item in rss(site).iter("item")] == [None]
    entries = list(atom(site).iter(f"{ATOM}entry"))  # which have titles always
    assert [(entry.findtext(f"{ATOM}title"), entry.findtext(f".//{MEDIA}title")) for entry in entries] == [
        ("Text.", "A boat")
    ]


def test_a_feed_has_no_author_of_its_own_in_atom(site: Site) -> None:
    site.post("2025-04-14-a.md")
    site.post("2025-04-15-b.md", author="[Ana, Ben]")
    document = atom(site)
    assert document.find(f"{ATOM}author") is None
    names = [[e.text for e in entry.iter(f"{ATOM}name")] for entry in document.iter(f"{ATOM}entry")]
    assert names == [["Ana", "Ben"], ["Ana Díaz"]]


def test_the_generator_has_a_version_and_no_address(site: Site) -> None:
    site.write("feed.toml", SETTINGS.replace("generator = false\n", ""))
    site.post()
    (generator,) = atom(site).iter(f"{ATOM}generator")
    assert (generator.text, generator.attrib) == ("Dateline", {"version": __version__})
    assert rss(site).findtext("channel/generator") == f"Dateline {__version__}"
    for file in site.public.iterdir():
        assert b"dateline.example" not in file.read_bytes()


def test_rss_has_an_image_only_of_a_size_that_it_allows(site: Site) -> None:
    def png(width: int, height: int) -> bytes:
        return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0"

    site.settings('logo = "logo.png"\n')
    site.post()
    site.write("logo.png", png(144, 100))
    image = rss(site).find("channel/image")
    assert [image.findtext(tag) for tag in ("url", "width", "height")] == ["https://example.org/logo.png", "144", "100"]
    site.write("logo.png", png(145, 100))
    assert rss(site).find("channel/image") is None
    assert atom(site).findtext(f"{ATOM}logo") == "https://example.org/logo.png"


def test_two_posts_of_one_day_do_not_share_an_updated(site: Site) -> None:
    site.post("2025-04-14-a.md")
    site.post("2025-04-14-b.md")
    updated = [e.findtext(f"{ATOM}updated") for e in atom(site).iter(f"{ATOM}entry")]
    assert len(set(updated)) == 2
    assert all(re.fullmatch(r"2025-04-14T12:00:00\.\d{6}Z", moment) for moment in updated)
    published = {e.findtext(f"{ATOM}published") for e in atom(site).iter(f"{ATOM}entry")}
    assert published == {"2025-04-14T12:00:00Z"}


def test_the_fraction_of_an_updated_never_moves_and_is_in_atom_alone(site: Site) -> None:
    site.write("feed.toml", PAGES)
    site.post("2025-04-14-a.md")
    publish(site)
    first = atom(site).findtext(f"{ATOM}entry/{ATOM}updated") or ""
    fraction = first.rpartition(".")[2].removesuffix("Z")
    assert len(fraction) == 6
    told = [path for path, content in site.tree().items() if fraction.encode() in content]
    assert {path.rpartition("/")[2] for path in told if not path.endswith(".dateline.json")} == {"atom.xml"}
    site.post("2025-04-14-a.md", "Other text.\n", title="Another title", author="Ben", tags="[new]")
    site.post("2025-04-14-b.md")
    site.settings('timezone = "UTC"\ndescription = "Other words"\n')
    build(BuildOptions(site.posts, site.public, now=NOW, cache=False, accept=True))
    entries = ET.parse(site.public / "atom.xml").getroot().iter(f"{ATOM}entry")
    assert first in [entry.findtext(f"{ATOM}updated") for entry in entries]


def test_footnote_ids_depend_on_the_post_and_not_on_the_order_of_rendering(site: Site) -> None:
    site.post("2025-04-14-a.md", body="A[^1]\n\n[^1]: Note.\n")
    publish(site)
    (alone,) = [item["content_html"] for item in site.json()["items"]]
    site.post("2025-04-15-b.md", body="B[^1]\n\n[^1]: Note.\n")
    build(BuildOptions(site.posts, site.public, now=NOW, cache=False))
    second, first = (item["content_html"] for item in site.json()["items"])
    assert first == alone
    assert set(re.findall(r'id="([^"]+)"', first)).isdisjoint(re.findall(r'id="([^"]+)"', second))


def test_tables_align_by_an_attribute(site: Site) -> None:
    site.post(body="| a | b |\n|:-:|--:|\n| 1 | 2 |\n")
    publish(site)
    html = site.json()["items"][0]["content_html"]
    assert '<th align="center">a</th>' in html
    assert '<td align="right">2</td>' in html
    assert "style" not in html


def test_seventy_thousand_brackets_are_an_error_and_no_crash(site: Site) -> None:
    site.post("2025-04-14-a.md", tags="[" * 70_000)
    site.post("2025-04-14-b.md", tags="[" * 60_000)
    site.post("2025-04-14-c.md", tags="[" * 100 + "]" * 100)
    with pytest.raises(BuildError) as refused:
        publish(site)
    a, b, c = site.problem_lines(refused.value.problems)
    assert a.startswith("2025-04-14-a.md:1: front matter: more than 64 KiB")
    assert b.startswith("2025-04-14-b.md:3: front matter: ")
    assert c.startswith("2025-04-14-c.md:3: front matter: nested more than 50 levels deep")


@pytest.mark.parametrize(
    "body", ["<div>" * 20_000, "<b id=x>" * 20_000, "\n".join("    " * n + "- x" for n in range(300))]
)
def test_text_that_nests_too_deep_is_an_error_and_no_crash(site: Site, body: str) -> None:
    site.post(body=body + "\n")
    with pytest.raises(BuildError, match="nested"):
        publish(site)


@pytest.mark.parametrize(
    "body",
    [
        "# a" + " " * 9_000 + "b",
        "<img alt=x srcset='" + "," * 100_000 + "'>",
        "# " + "#" * 2_000 + " x",
        "=" * 100_000,
    ],
    ids=["spaces", "commas", "hashes", "underline"],
)
def test_long_runs_of_one_mark_take_no_time(site: Site, body: str) -> None:
    site.post(body=body + "\n")
    publish(site)


def test_tags_that_do_not_end_are_found_in_little_time() -> None:
    started = time.process_time()
    with pytest.raises(InputError, match="a comment or a tag has no end"):
        sanitise.clean("<title>x</title>" + "<br " * 100_000)
    assert time.process_time() - started < 5


def test_stray_end_tags_do_not_hide_how_deep_text_nests(site: Site) -> None:
    site.post(body="<div></i>" * 5_000 + "\n")
    with pytest.raises(BuildError, match="tags are nested more than 400 deep"):
        publish(site)


def test_zones_by_name_are_not_asked_of_the_machine(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    site.post(date="2025-04-14 09:00 EST")
    with pytest.raises(BuildError, match="'EST' is ambiguous"):
        publish(site)


@pytest.mark.parametrize("html", ['<font src="a.jpg">x</font>', '<x-y href="b">x</x-y>', '<embed src="a.swf">x'])
def test_a_tag_that_is_dropped_takes_its_reference_along(site: Site, html: str) -> None:
    site.post(body=f"{html}\n")
    publish(site)
    assert ">x<" in site.json()["items"][0]["content_html"]


def test_headings_that_end_in_one_endless_number_are_refused(site: Site) -> None:
    site.post(body=f"Text.\n\n# a_{'1' * 5000}\n\n# a_{'1' * 5000}\n")
    with pytest.raises(BuildError, match="headings that end in the same endless number"):
        publish(site)


def test_processes_and_any_executor_render_the_same() -> None:
    body = '*{0}* "quoted"[^1] [x](y{0})\n\n[^1]: note\n'
    texts = [[RenderTask(body.format(n), engine, str(n), n % 2 == 0) for engine in MARKDOWNS] for n in range(60)]
    expected = list(render_all(texts, None))
    with open_jobs(3) as jobs:
        assert list(render_all(texts, jobs.executor(worthwhile=True))) == expected
    for kind in (ThreadPoolExecutor, ProcessPoolExecutor):
        with kind(3) as executor:
            assert list(render_all(texts, executor)) == expected
