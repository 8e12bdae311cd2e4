"""Hostile or mislabelled feeds are read within limits, or refused."""

import json
import time

import pytest
from conftest import SETTINGS, Site
from test_guard import answering, body

from dateline.comparison import published
from dateline.comparison.published import document
from dateline.formats.xml import MAX_ATTRIBUTES, MAX_DEPTH, in_utf8
from dateline.render import limits

NAMESPACES = " ".join(
    f'xmlns:{name}="{uri}"'
    for name, uri in {
        "dc": "http://purl.org/dc/elements/1.1/",
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "media": "http://search.yahoo.com/mrss/",
    }.items()
)
RSS = (
    f"<rss version='2.0' {NAMESPACES}><channel><title>T</title><item><guid>old</guid>"
    "<pubDate>Mon, 14 Apr 2025 12:00:00 GMT</pubDate><title>First</title>%s</item></channel></rss>"
)
ATOM = "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><id>old</id>%s</entry></feed>"
MANY = 200_000
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
HOSTILE = {
    "an author of signs": RSS % f"<author>{'@' * MANY}</author>",
    "an author of letters": RSS % f"<dc:creator>{'a' * MANY}</dc:creator>",
    "a name in Atom": ATOM % f"<author><name>{'a@' * MANY}</name></author>",
    "a deep feed": RSS % ("<b>" * MANY + "</b>" * MANY),
    "a deep item": ("<item>" * MANY).join(("<rss version='2.0'><channel>", "</item>" * MANY + "</channel></rss>")),
    "a wide element": RSS % ("<b " + " ".join(f"a{n}=''" for n in range(MANY)) + "/>"),
    "a million namespaces": RSS.replace("<rss ", "<rss " + " ".join(f"xmlns:a{n}='u'" for n in range(MANY)) + " ") % "",
    "a billion laughs": f'<!DOCTYPE r [<!ENTITY a0 "{"ha" * 50}">{LAUGHS}]>' + RSS % "<description>&a8;</description>",
    "a long entity": f'<!DOCTYPE r [<!ENTITY a "{"x" * 50_000}">]>'
    + RSS % f"<description>{'&a;' * 50_000}</description>",
    "laughs in an attribute": f'<!DOCTYPE r [<!ENTITY a "{"x" * 999}">]>' + RSS % f"<b c='{'&a;' * 999}'/>",
    "a long declaration": f"<!DOCTYPE r [<!ATTLIST r {'a CDATA #IMPLIED ' * MANY}>]>" + RSS % "",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_feed_that_would_take_forever_is_refused_at_once(site: Site, name: str) -> None:
    site.post()
    place = site.write("../old.xml", HOSTILE[name])
    began = time.monotonic()
    for command in (("adopt", place), ("diff", "--against", place)):
        result = site.run(*command)
        assert result.code == 1
        assert result.err.startswith(f"error: {place}: not a feed (")
    assert time.monotonic() - began < 10  # each took a minute, if it ended
    assert [file.name for file in site.posts.glob("*.md")] == ["2025-04-14-first.md"]


def test_a_feed_on_the_web_that_would_take_forever_is_refused_at_once(site: Site) -> None:
    site.post()
    with answering(body(HOSTILE["an author of signs"].encode())) as url:
        site.write("feed.toml", SETTINGS.replace("https://example.org/", url) + 'guard = "live"\n')
        refused = site.build()
    assert refused.code == 1
    assert "not a feed (a name of more than 1,000 characters)" in refused.err


@pytest.mark.parametrize("name", ["an author of signs", "a deep feed"])
def test_a_build_replaces_a_feed_that_nobody_can_read(site: Site, name: str) -> None:
    site.post()
    for path in ("rss.xml", "index.xml"):
        (site.public / path).parent.mkdir(exist_ok=True)
        (site.public / path).write_text(HOSTILE[name])
    assert site.build().code == 0
    assert "First" in (site.public / "rss.xml").read_text()


def test_broken_xml_may_take_as_long_as_a_rendering(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TIME_LIMIT", 0.3)
    site.post()
    place = site.write("../old.xml", RSS % f"&x;<author>{'a' * MANY}</author>")
    assert "not a feed (not read within " in site.run("adopt", place).err


@pytest.mark.parametrize("depth", [MAX_DEPTH, MAX_DEPTH + 1])
def test_the_limits_of_xml_are_exact(depth: int) -> None:
    nested = RSS % ("<b>" * (depth - 3) + "</b>" * (depth - 3))
    wide = RSS % ("<b " + " ".join(f"a{n}=''" for n in range(depth + MAX_ATTRIBUTES - MAX_DEPTH)) + "/>")
    for content in (nested, wide):
        if depth <= MAX_DEPTH:
            assert len(document(content.encode(), "").items) == 1
        else:
            with pytest.raises(Exception, match=f"more than {MAX_DEPTH}"):
                document(content.encode(), "")


def test_entities_of_a_normal_feed_are_read() -> None:
    content = (
        '<!DOCTYPE rss [<!ENTITY copy "©"><!ENTITY us "the &copy; ferry">]>'
        + RSS % "<description>By &us;</description>"
    )
    assert document(content.encode(), "").items[0].html == "By the © ferry"


DECLARED = '<?xml version="1.0" encoding="{}"?>'
NOT_OF_TEXT = ["nonsense", "punycode", "idna", "unicode_escape", "raw_unicode_escape", "base64", "rot13", "zlib", "uu"]
NOT_OF_TEXT += ["utf-7", "undefined", "mbcs", "utf-16", "utf-32", "x" * 200, "../../x", "cp037"]


@pytest.mark.parametrize("encoding", NOT_OF_TEXT)
def test_a_feed_with_an_unknown_encoding_is_read_as_utf_8(site: Site, encoding: str) -> None:
    site.post(body="Café.\n", id="old")
    content = (
        DECLARED.format(encoding)
        + RSS % "<link>https://example.org/2025/04/first/</link><description>Café.</description>"
    )
    place = site.write("../old.xml", content)
    (item,) = document(content.encode(), "").items
    assert item.html == "Café."
    assert site.run("adopt", place, "--dry-run").code == 0
    (site.public).mkdir()
    (site.public / "rss.xml").write_text(content, "utf-8")
    told = json.loads(site.run("diff", "--json").out)
    assert (told["surprises"], told["updated"][0]["fields"] if told["updated"] else []) == (0, ["author"])
    assert site.build().code == 0


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("iso-8859-1", "Café"),
        ("windows-1252", "Café “quoted”"),
        ("utf-16", "Паром"),
        ("utf-16-le", "Паром"),
        ("utf-16-be", "Паром"),
        ("utf-8-sig", "Паром"),
        ("koi8-r", "Паром"),
        ("windows-1251", "Паром"),
        ("iso-8859-15", "10 €"),
        ("shift_jis", "フェリー"),
        ("euc-jp", "フェリー"),
        ("gb18030", "渡轮"),
        ("gbk", "渡轮"),
        ("big5", "渡輪"),
        ("euc-kr", "나룻배"),
        ("us-ascii", "Ferry"),
        ("macintosh", "Café"),
    ],
)
def test_a_feed_is_read_in_its_declared_encoding(encoding: str, text: str) -> None:
    for template in (RSS, ATOM):
        content = DECLARED.format(encoding.removesuffix("-sig").removesuffix("-le").removesuffix("-be")) + template
        content %= f"<title>{text}</title>"
        if template is RSS:
            content = content.replace("<title>First</title>", "")
        assert document(content.encode(encoding), "").items[0].title == text


@pytest.mark.parametrize("before", ["", "\n", " \r\n"])
def test_space_before_the_xml_declaration_is_skipped(before: str) -> None:
    content = before + DECLARED.format("windows-1251") + RSS % "<description>Привет</description>"
    assert document(content.encode("windows-1251"), "").items[0].html == "Привет"


def test_a_feed_with_a_wrong_encoding_is_read_as_windows_1252() -> None:
    for declaration in ("", DECLARED.format("utf-8"), DECLARED.format("nonsense")):
        (item,) = document((declaration + RSS % "<description>Café “x”</description>").encode("cp1252"), "").items
        assert item.html == "Café “x”"
    assert in_utf8(b"\x81").endswith("\ufffd".encode())


@pytest.mark.parametrize("reference", ["&#0;", f"&#{'9' * 5000};", f"&#x{'f' * 5000};", "&#x110000;", "&#1114112"])
def test_a_reference_to_no_character_is_replaced(reference: str) -> None:
    (item,) = document((RSS % f"&x;<description>a{reference}b</description>").encode(), "").items
    assert item.id == "old"


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ("<a " * 30_000, "more than 1,000 of its tags never end"),
        ("<!-- > " * 30_000, "more than 1,000 of its tags never end"),
        ("<svg><![ >", "its HTML cannot be read"),
        ("<b>" * 30_000, "its tags are nested too deep"),
    ],
)
def test_an_entry_whose_html_would_take_forever_is_refused_and_the_rest_written(
    site: Site, html: str, problem: str
) -> None:
    items = [
        {"id": "1", "title": "One", "date_published": "2025-05-18T01:30Z", "content_html": html},
        {"id": "2", "title": "Two", "date_published": "2025-05-19T01:30Z", "content_html": "<p>1 < 2 <b>"},
    ]
    place = site.write("../old.json", json.dumps({"items": items}))
    began = time.monotonic()
    printed = site.run("adopt", place, "--create").out
    assert time.monotonic() - began < 10
    assert "2 entries: 1 created, 1 refused." in printed
    assert problem in printed


UNENDING = ["<", "<a ", "<a", '<sup id="fnref', '<sup id="fnref">', "<rt>", "<!--", "<![CDATA["]


@pytest.mark.parametrize("part", UNENDING)
def test_titles_and_texts_with_many_unclosed_tags_are_compared_at_once(site: Site, part: str) -> None:
    site.post()
    text = part * 40_000
    items = [{"id": "1", "title": text, "url": "https://example.org/1", "content_html": text}]
    place = site.write("../old.json", json.dumps({"items": items}))
    began = time.monotonic()
    assert site.run("diff", "--against", place).code == 3
    assert site.run("adopt", place).code == 0
    assert time.monotonic() - began < 10  # two of them took longer for a tenth of that


def test_a_file_that_is_too_large_or_no_file_is_not_read(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.post()
    monkeypatch.setattr(published, "MAX_SIZE", 5000)
    place = site.write("../old.xml", RSS % ("<description>" + "x" * 5000 + "</description>"))
    assert site.run("adopt", place).err.startswith(f"error: {place}: cannot be read: larger than ")
    assert site.run("adopt", "/dev/zero").err.startswith("error: /dev/zero: cannot be read: larger than ")
    assert "cannot be read: is a directory" in site.run("adopt", site.posts).err
