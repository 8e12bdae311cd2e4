"""Exports of WordPress: what its editors save, what an export leaves out, and hostile ones."""

import os
import re
import time
from html import escape
from pathlib import Path

import pytest
from conftest import Result, dateline, few_and_many
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.render.paragraphs import with_paragraphs
from dateline.sites.importers.wordpress.html import html_of_post
from dateline.sites.importers.wordpress.media import Library

HERE = Path(__file__).parent
HEAD, *TEXTS = (HERE / "wordpress_texts.txt").read_text().split("\n---- ")
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:wp="http://wordpress.org/export/1.2/"'
)
SITE = (
    "<title>Harbour</title><link>https://harbour.example</link><language>en</language>"
    "<pubDate>Wed, 01 May 2024 08:00:00 +0000</pubDate><wp:wxr_version>1.2</wp:wxr_version>"
)


def item(number: int, html: str = "Text.", more: str = "", **fields: str) -> str:
    day = f"2024-03-{number:02} 09:00:00"
    wp = {"post_type": "post", "status": "publish", "post_date": day, "post_date_gmt": day} | fields
    wp |= {"post_id": str(number), "post_name": f"post-{number}"}
    elements = "".join(f"<wp:{key}>{escape(value)}</wp:{key}>" for key, value in wp.items())
    link = f"https://harbour.example/2024/03/post-{number}/"
    return (
        f"<item><title>Post {number}</title><link>{link}</link><dc:creator>ana</dc:creator>"
        f'<guid isPermaLink="false">https://harbour.example/?p={number}</guid>'
        f"<content:encoded><![CDATA[{html}]]></content:encoded>{elements}{more}</item>"
    )


def export(file: Path, *items: str, before: str = "") -> Path:
    file.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<rss version="2.0" {NAMESPACES}><channel>{SITE}'
        f"{''.join(items)}</channel></rss>"
    )
    return file


def imported(source: Path) -> Result:
    return dateline("import", source, source.parent / "posts")


def body(posts: Path, number: int) -> str:
    (file,) = posts.glob(f"*-post-{number}.md")
    return file.read_text().split("\n---\n", 1)[1].strip()


def test_what_editors_save_becomes_markdown(tmp_path: Path) -> None:
    pairs = [text.partition("\n")[2].split("\n->\n") for text in TEXTS]
    source = export(tmp_path / "export.xml", *(item(n, saved) for n, (saved, _) in enumerate(pairs, 1)))
    result = imported(source)
    assert result.code == 0, result
    for number, (_, markdown) in enumerate(pairs, 1):
        assert body(tmp_path / "posts", number) == markdown.strip()
    assert result.out.count("[polls] is a shortcode that cannot be replaced") == 1
    assert "[sic]" not in result.out


def test_large_sites_are_exported_in_several_files(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    export(folder / "harbour.001.xml", item(1))
    export(folder / "harbour.002.xml", item(2, 'See <a href="/?p=1">the first</a>.'))
    (folder / "sitemap.xml").write_text("<urlset/>")
    assert imported(folder).out.startswith(f"Imported an export of WordPress to {tmp_path}/posts: 2 posts.")
    assert body(tmp_path / "posts", 2) == "See [the first](https://harbour.example/2024/03/post-1/)."


def test_a_date_has_the_time_zone_of_its_day(tmp_path: Path) -> None:
    summer = item(1, post_date="2024-07-01 00:30:00", post_date_gmt="2024-06-30 22:30:00")
    odd = item(2, post_date="2024-07-01 00:30:00", post_date_gmt="2024-07-01 00:29:58")
    imported(export(tmp_path / "export.xml", summer, odd))
    posts = tmp_path / "posts"
    assert "date: 2024-07-01T00:30:00+02:00\n" in (posts / "2024-07-01-post-1.md").read_text()
    assert "date: 2024-07-01T00:29:58+00:00\n" in (posts / "2024-07-01-post-2.md").read_text()


def test_translations_are_those_of_a_plugin(tmp_path: Path) -> None:
    def terms(language: str) -> str:
        return (
            f'<category domain="language" nicename="{language}">Any</category>'
            '<category domain="post_translations" nicename="pll_1">pll_1</category>'
        )

    english, spanish = item(1, more=terms("en")), item(2, more=terms("es")).replace("example/2024", "example/es/2024")
    result = imported(export(tmp_path / "export.xml", spanish, english))
    assert result.code == 0, result
    assert 'languages = ["en", "es"]' in (tmp_path / "posts/feed.toml").read_text()
    assert "language: es\ntranslation_key: pll_1\n" in (tmp_path / "posts/2024-03-02-post-2.md").read_text()
    assert dateline("build", tmp_path / "posts", "--output", tmp_path / "public").code == 0
    assert 'hreflang="es"' in (tmp_path / "public/2024/03/post-1/index.html").read_text()
    assert (tmp_path / "public/es/2024/03/post-2/index.html").exists()


def test_a_post_of_nothing_has_a_title(tmp_path: Path) -> None:
    imported(export(tmp_path / "export.xml", item(1, "").replace("<title>Post 1", "<title>")))
    assert "title: post-1\n" in (tmp_path / "posts/2024-03-01-post-1.md").read_text()


def test_a_recording_of_a_plugin_for_podcasts_is_enclosed(tmp_path: Path) -> None:
    fields = {"audio_file": "https://harbour.example/bell.mp3", "filesize_raw": "1234", "duration": "00:12:30"}
    meta = "".join(
        f"<wp:postmeta><wp:meta_key>{key}</wp:meta_key><wp:meta_value>{value}</wp:meta_value></wp:postmeta>"
        for key, value in fields.items()
    )
    imported(export(tmp_path / "export.xml", item(1, more=meta)))
    text = (tmp_path / "posts/2024-03-01-post-1.md").read_text()
    assert 'enclosure: {url: "https://harbour.example/bell.mp3", type: "audio/mpeg", length: "1234"}\n' in text


def test_files_belong_to_the_post_that_they_were_uploaded_for(tmp_path: Path) -> None:
    address = "https://harbour.example/wp-content/uploads/bell.mp3"
    file = item(2, post_type="attachment", attachment_url=address, post_parent="1")
    result = imported(export(tmp_path / "export.xml", item(1, "[playlist]"), file))
    assert body(tmp_path / "posts", 1) == f'<audio controls="" src="{address}"></audio>'
    assert "the export comes without 1 uploaded file; copy wp-content/uploads of the site beside it" in result.out


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("before", "html", "problem"),
    [
        (f'<!DOCTYPE rss [<!ENTITY l0 "lol">{LAUGHS}]>', "]]>&l9;<![CDATA[", "whose entities make it many times as"),
        ('<!DOCTYPE rss [<!ENTITY f SYSTEM "/etc/hostname">]>', "]]>&f;<![CDATA[", "not well-formed XML in line 1"),
        ("", "]]>" + "<b>" * 300 + "</b>" * 300 + "<![CDATA[", "elements nested more than 256 deep"),
        ("\n\n", "]]><p><![CDATA[", "not well-formed XML in line 3"),
    ],
)
def test_a_hostile_export_is_refused(before: str, html: str, problem: str, tmp_path: Path) -> None:
    source = export(tmp_path / "export.xml", item(1, html), before=before)
    result = imported(source)
    assert result.code == 1
    assert problem in result.err
    assert not (tmp_path / "posts").exists()


@pytest.mark.parametrize("address", ["https://[", "https://harbour.example:port", "harbour"])
def test_a_site_without_an_address_needs_one(address: str, tmp_path: Path) -> None:
    source = export(tmp_path / "export.xml", item(1))
    source.write_text(source.read_text().replace("<link>https://harbour.example<", f"<link>{address}<"))
    result = imported(source)
    assert result.code == 1
    assert "--url" in result.err


def test_a_feed_is_no_export(tmp_path: Path) -> None:
    result = dateline("import", HERE / "wordpress/feed.xml", tmp_path / "posts", "--from", "wordpress")
    assert result.code == 1
    assert "feed.xml: not an export of WordPress; name the file that Tools > Export makes" in result.err


def test_an_export_too_large_to_read_is_refused(tmp_path: Path) -> None:
    source = export(tmp_path / "export.xml", item(1))
    os.truncate(source, 129 * 1024 * 1024)
    result = imported(source)
    assert result.code == 1
    assert "larger than 128 MiB; export it in parts" in result.err


def test_a_post_that_cannot_be_converted_is_left_out(tmp_path: Path) -> None:
    result = imported(export(tmp_path / "export.xml", item(1), item(2, "<div>" * 1000)))
    assert result.code == 0
    assert "the post 'Post 2' is left out: its tags are nested too deeply; copy its text by hand" in result.out
    assert [path.name for path in (tmp_path / "posts").glob("*.md")] == ["2024-03-01-post-1.md"]


def test_control_characters_do_not_matter(tmp_path: Path) -> None:
    imported(export(tmp_path / "export.xml", item(1, "A\x0bB\x08.")))
    assert body(tmp_path / "posts", 1) == "AB."


PIECES = (
    "a b|\n|\n\n|<p>|</p>|<em>|</em>|<div class='x'>|</div>|<ul>|<li>|</li>|</ul>|<br />|<pre>|</pre>|<hr>"
    "|<blockquote>|</blockquote>|<!-- c -->|<td>|<"
).split("|")


@few_and_many(100, 3000)
def test_paragraphs_keep_all_text(drawn: settings) -> None:
    def words(html: str) -> str:
        return re.sub(r"<!--.*?-->|<(/?)[a-z][^<>]*>|\s", "", html)

    @drawn
    @given(st.lists(st.sampled_from(PIECES)).map("".join))
    def holds(html: str) -> None:
        assert words(with_paragraphs(html)) == words(html)

    holds()


REPEATED = (
    "[audio ]|[caption]|[caption |[code]|[[x]|[gallery ids=1|[youtube https://a|<pre>|<pre lang=c>|<!--|<!--more"
    '|<!-- wp:x |<!-- wp:x -->|<!-- wp:block {"ref":1} /-->|<a |<div>|</p>|<br>\n|\n \n|[a b="|lang="|<em>a\n\n'
).split("|")


@pytest.mark.parametrize("repeated", REPEATED)
def test_hostile_text_takes_linear_time(repeated: str) -> None:
    started = time.process_time()
    text = repeated * (100_000 // len(repeated)) + "[/audio][/caption][/code]"
    text += "".join(f"[cc_{number}]" for number in range(10_000))
    html_of_post(text, Library({}), {"1": "x" * 1_000_000}, "[]")
    assert time.process_time() - started < 5
