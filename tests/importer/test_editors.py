"""Exports of editors on the web, Medium's and Substack's, and vaults of Obsidian: what single texts become."""

import json
import shutil
from html import escape
from pathlib import Path
from typing import Any

import pytest
from conftest import Result, dateline, few_and_many
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.importer.html_to_markdown import html_to_markdown
from dateline.importer.html_tree import parsed_html
from dateline.sites.importers.medium import html as medium_html
from dateline.sites.importers.substack import html as substack_html

STORY = """\
<!DOCTYPE html><html><head><title>T</title></head><body><article class="h-entry">
<header><h1 class="p-name">{title}</h1></header>
<section data-field="body" class="e-content">
<section class="section"><div class="section-divider"><hr class="section-divider"></div>{body}</section>
</section>
<footer><p>By <a href="https://medium.com/@ana" class="p-author h-card">Ana Díaz</a> on
<a href="https://medium.com/p/{hash}"><time class="dt-published" datetime="2025-04-14T09:30:00.000Z">x</time></a>.</p>
<p><a href="{host}{slug}-{hash}" class="p-canonical">Canonical link</a></p>
<p>Exported from <a href="https://medium.com">Medium</a> on June 2, 2025.</p></footer></article></body></html>
"""
COLUMNS = "post_id,post_date,is_published,email_sent_at,inbox_sent_at,type,audience,title,subtitle,podcast_url\n"
YOUTUBE = "https://www.youtube.com/watch?v="
FOOTNOTE = "<p>a<a class='footnote-anchor' href='#footnote-1'>1</a></p><div class='footnote'>{}{}</div>".format(
    "<a class='footnote-number' id='footnote-1'>1</a>", "<div class='footnote-content'><p>b</p><p>c</p></div>"
)
HEADING = "<h2 class='header-anchor-post'>Winter<div class='header-anchor-parent'><button>x</button></div></h2>"
URL = ("--url", "https://example.org/")


class Export:
    """A source in a folder, and the folder that it is imported to."""

    def __init__(self, root: Path) -> None:
        self.source = root / "source"
        self.posts = root / "posts"
        self.source.mkdir()

    def write(self, path: str, content: str | bytes) -> Path:
        file = self.source / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def story(
        self, body: str, title: str = "The ferry", number: int = 1, host: str = "https://medium.com/@ana/"
    ) -> None:
        hash = f"{number:012x}"
        page = STORY.format(title=title, body=body, hash=hash, host=host, slug=title.lower().replace(" ", "-"))
        self.write(f"posts/2025-04-14_{title}-{hash}.html", page)

    def table(self, *rows: str) -> None:
        self.write("posts.csv", COLUMNS + "".join(f"{row}\n" for row in rows))

    def post(self, body: str, row: str = "1.ferry,2025-04-14T09:30:00.000Z,true,,,newsletter,everyone,Ferry,,") -> None:
        self.table(row)
        self.write(f"posts/{row.partition(',')[0]}.html", body)

    def run(self, *options: str) -> Result:
        return dateline("import", self.source, self.posts, *options)

    def imported(self, *options: str) -> dict[str, str]:
        result = self.run(*URL, "--title", "Harbour", "--author", "Ana Díaz", *options)
        assert result.code == 0, result
        return {path.relative_to(self.posts).as_posix(): path.read_text() for path in self.posts.rglob("*.md")}

    def body(self, *options: str) -> str:
        (text,) = self.imported(*options).values()
        return text.split("---\n", 2)[2].strip()


@pytest.fixture
def export(tmp_path: Path) -> Export:
    return Export(tmp_path)


def attributes(**values: Any) -> str:
    return f'data-attrs="{escape(json.dumps(values))}"'


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h3 class='graf graf--title'>The ferry</h3><p class='graf'>It runs.</p>", "It runs."),
        ("<p class='graf'>It runs.</p><h3 class='graf'>The ferry</h3>", "It runs.\n\n### The ferry"),
        ("<p class='graf'>a</p><div><hr class='section-divider'></div><p>b</p>", "a\n\n---\n\nb"),
        ("<figure class='graf'><img src='https://x.example/1*a.png'></figure>", "![](https://x.example/1*a.png)"),
        ("<pre class='graf'>a<br>  b</pre><pre class='graf'>c</pre>", "```\na\n  b\n\nc\n```"),
        ("<pre data-code-block-lang='go'>a</pre><pre>b</pre>", "```go\na\n```\n\n```\nb\n```"),
        ("<blockquote>a</blockquote><blockquote>b</blockquote><p>c</p>", "> a\n>\n> b\n\nc"),
        ("<p class='graf'><code><strong>x</strong></code> and<strong> y </strong>z</p>", "`x` and **y** z"),
        ("<iframe src='https://www.youtube.com/embed/abc'></iframe>", f"[Video on YouTube]({YOUTUBE}abc)"),
        ("<iframe src='https://maps.example.com/x'></iframe>", "[See maps.example.com](https://maps.example.com/x)"),
        ("<iframe src='https://open.spotify.com/embed/user/a/playlist/1'></iframe>", "[Sound on Spotify](https://open.spotify.com/user/a/playlist/1)"),
        ("<p class='graf'>a</p><iframe src='https://['></iframe><iframe></iframe>", "a"),
        ("<script src='https://gist.github.com/a/1f.js'></script>", "[Code on GitHub](https://gist.github.com/a/1f)"),
        ("<p class='graf'>a</p><script src='https://evil.example/x.js'></script><script>alert(1)</script>", "a"),
    ],
)  # fmt: skip
def test_a_story_of_medium(export: Export, html: str, markdown: str) -> None:
    export.story(html)
    assert export.body() == markdown


def test_addresses_on_medium_cannot_be_kept(export: Export) -> None:
    export.story("<h3>The ferry</h3><p>It runs.</p>")
    assert "does not say the URL of the site; give it, like --url https://" in export.run().err
    (text,) = export.imported().values()
    assert "id: https://medium.com/p/000000000001\n" in text
    assert "aliases" not in text
    assert "1 post had an address of Medium's, which cannot be kept" in export.run(*URL).out


def test_an_address_that_is_none_is_left_out(export: Export) -> None:
    export.story("<p>It runs.</p>", host="https://[")
    assert export.body() == "It runs."


def test_stories_that_link_to_one_another_still_do(export: Export) -> None:
    export.story(
        "<h3>One</h3><p><a href='https://medium.com/@ana/two-000000000002?source=x#abcd'>two</a></p>", "One", 1
    )
    export.story("<h3>Two</h3><p><a href='https://medium.com/p/000000000001'>one</a></p>", "Two", 2)
    export.story("<h3>Three</h3><p><a href='https://medium.com/p/00000000000f'>another's</a></p>", "Three", 3)
    texts = export.imported()
    assert "[two](2025-04-14-two.md)" in texts["2025-04-14-one.md"]
    assert "[one](2025-04-14-one.md)" in texts["2025-04-14-two.md"]
    assert "(https://medium.com/p/00000000000f)" in texts["2025-04-14-three.md"]


def test_most_stories_decide_about_the_address(export: Export) -> None:
    for number, host in enumerate(
        ("https://harbour.example/", "https://harbour.example/", "https://medium.com/@a/"), 1
    ):
        export.story("<h3>x</h3><p>y</p>", f"Story {number}", number, host)
    result = export.run("--author", "Bo")
    assert result.code == 0, result
    assert 'url = "https://harbour.example/"\n' in (export.posts / "feed.toml").read_text()
    assert "1 post had an address of Medium's" in result.out


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        (f"<p>By <span class='mention-wrap' {attributes(name='Bo')}></span>.</p>", "By Bo."),
        (FOOTNOTE, "a[^1]\n\n[^1]: b\n\n    c"),
        (f"<div class='youtube-wrap' {attributes(videoId='x1')}></div>", f"[Video on YouTube]({YOUTUBE}x1)"),
        (f"<div class='bluesky-wrap' {attributes(authorDid='did:plc:a', postId='3k')}></div>", "[Post on Bluesky](https://bsky.app/profile/did:plc:a/post/3k)"),
        (f"<p>a</p><p class='button-wrapper' {attributes(url='https://x.substack.com/subscribe?')}>S</p>", "a"),
        (f"<p class='button-wrapper' {attributes(url='https://a.example/', text='Buy')}></p>", "[Buy](https://a.example/)"),
        (f"<p>a</p><div class='youtube-wrap' {attributes(x=1)}></div><div class='tweet' data-attrs='{{'></div>", "a"),
        (f"<p>a</p><div class='native-audio-embed' {attributes(mediaUploadId='../x')}></div>", "a"),
        (f"<p>a</p><div class='image-gallery-embed' {attributes(gallery=[1])}></div>", "a"),
        (f"<img {attributes(src='https://x.example/a.png', alt='A boat')}>", "![A boat](https://x.example/a.png)"),
        (HEADING, "## Winter"),
        ("<ul><li>a</li></ul><ul><li>b</li></ul>", "-   a\n\n<!-- -->\n\n-   b"),
    ],
)  # fmt: skip
def test_a_post_of_substack(export: Export, html: str, markdown: str) -> None:
    export.post(html)
    assert export.body() == markdown


def test_a_table_in_an_old_encoding_is_read_with_a_remark(export: Export) -> None:
    export.write("posts/1.a.html", "<p>x</p>")
    row = "1.a,2025-04-14T09:30:00.000Z,true,,,newsletter,everyone,Fähre – “heute”,,\n"
    export.write("posts.csv", (COLUMNS + row).encode("cp1252"))
    (text,) = export.imported().values()
    assert 'title: "Fähre – “heute”"' in text
    assert "posts.csv:2: not UTF-8, so it is read as Windows-1252" in export.run(*URL, "--title", "x").out


def test_a_table_with_an_endless_field_is_an_error(export: Export) -> None:
    export.table("1.a,2025-04-14,true,,,newsletter,everyone," + "x" * 200_000 + ",,")
    result = export.run("--from", "substack", *URL, "--title", "x")
    assert result.code == 1
    assert "posts.csv:2: field larger than field limit" in result.err


@pytest.mark.parametrize(
    ("kind", "audience", "reason"),
    [
        ("newsletter", "only_paid", "not for everyone (only_paid)"),
        ("newsletter", "founding", "not for everyone (founding)"),
        ("adhoc_email", "everyone", "sent by e-mail alone"),
    ],
)
def test_what_is_not_for_everyone_is_a_draft(export: Export, kind: str, audience: str, reason: str) -> None:
    export.post("<p>x</p>", f"1.a,2025-04-14,true,,,{kind},{audience},A,,")
    (text,) = export.imported().values()
    assert text.startswith("---\ndraft: true\n")
    assert f"'A': {reason}, so it is a draft" in export.run(*URL, "--title", "x").out


def test_a_row_may_have_the_number_of_its_file_alone(export: Export) -> None:
    export.table("1,2025-04-14,true,,,newsletter,everyone,Ferry,,")
    export.write("posts/1.the-ferry.html", "<p>It runs.</p>")
    assert export.body() == "It runs."


def test_a_row_cannot_name_a_file_elsewhere(export: Export) -> None:
    export.write("../secret.html", "<p>secret</p>")
    export.table(
        "../../secret,2025-04-14,true,,,newsletter,everyone,Secret,,", "1.a,2025-04-14,true,,,newsletter,everyone,A,,"
    )
    export.write("posts/1.a.html", "<p>x</p>")
    assert list(export.imported()) == ["2025-04-14-a.md"]
    assert "'Secret' has no file with its text" in export.run(*URL, "--title", "x").out


def test_links_on_the_old_host_lead_to_posts(export: Export) -> None:
    export.table("1.a,2025-04-14,true,,,newsletter,everyone,A,,", "2.b,2025-04-15,true,,,newsletter,everyone,B,,")
    export.write("email_list.harbour.csv", "email\n")
    link = "<p><a href='https://harbour.substack.com/p/b?utm_source=x'>b</a> <a href='https://open.substack.com/pub/harbour/p/b'>c</a></p>"
    export.write("posts/1.a.html", link)
    export.write("posts/2.b.html", "<p>x</p>")
    texts = export.imported()
    assert "[b](2025-04-15-b.md) [c](2025-04-15-b.md)" in texts["2025-04-14-a.md"]
    assert "id: https://harbour.substack.com/p/b\n" in texts["2025-04-15-b.md"]
    assert "these posts were at https://harbour.substack.com" in export.run(*URL, "--title", "x").out


@pytest.mark.parametrize(
    ("body", "markdown"),
    [
        ("![[boat.png]]", "![](../files/boat.png)"),
        ("![[Boat.PNG|A boat|200x100]]", "![A boat](../files/boat.png){width=200 height=100}"),
        ("![[files/boat.png]] ![[../files/boat.png]]", "![](../files/boat.png) ![](../files/boat.png)"),
        ("![[map.png]]", "![](map.png)"),
        ("![A boat](boat.png) `![A boat](boat.png)`", "![A boat](../files/boat.png) `![A boat](../files/boat.png)`"),
        ("![A boat](https://x.example/boat.png)", "![A boat](https://x.example/boat.png)"),
        ("    ![[boat.png]]", "    ![[boat.png]]"),
        ("- [[2025-04-14 Note]]: this", "- [2025-04-14 Note](2025-04-14%20Note.md): this"),
        ("[[2025-04-14 Note#A b|Note > A b]]", "[Note > A b](2025-04-14%20Note.md#a-b)"),
        ("A line. ^37066d\n\nE=mc ^2", "A line.\n\nE=mc ^2"),
    ],
)  # fmt: skip
def test_a_note_finds_its_pictures_and_others(export: Export, body: str, markdown: str) -> None:
    export.write(".obsidian/app.json", "{}")
    for path in ("files/boat.png", "Log/map.png", "other/map.png", "map.png"):
        export.write(path, b"\x89PNG")
    export.write("Log/2025-04-14 Note.md", f"{body}\n")
    (text,) = export.imported().values()
    assert text.split("---\n", 2)[2].strip("\n") == markdown


def test_notes_of_one_name_get_ids_and_addresses_of_their_own(export: Export) -> None:
    export.write(".obsidian/app.json", "{}")
    for path in ("Log/Note.md", "New/note.md", "Old/Note.md"):
        export.write(path, "---\ndate: 2025-04-14\n---\nSee [this](Log/Note.md).\n")
    texts = export.imported()
    assert "id:" not in texts["Log/Note.md"]
    assert "id: https://example.org/Old/Note\n" in texts["Old/Note.md"]
    assert "slug: old-note\n" in texts["Old/Note.md"]
    assert "[this](../Log/Note.md)" in texts["Old/Note.md"]
    result = dateline("build", export.posts, "--output", export.posts.parent / "public")
    assert result.code == 0, result


def test_a_vault_whose_settings_cannot_be_read_is_imported(export: Export) -> None:
    export.write(".obsidian/templates.json", "{")
    export.write(".obsidian/daily-notes.json", "[1]")
    export.write("2025-04-14 Note.md", "Text.\n")
    assert list(export.imported()) == ["2025-04-14 Note.md"]
    assert ".obsidian/templates.json:1: " in export.run(*URL).out


def test_a_link_out_of_a_vault_is_not_followed(export: Export) -> None:
    (export.source.parent / "secret.png").write_bytes(b"\x89PNG")
    export.write(".obsidian/app.json", "{}")
    (export.source / "secret.png").symlink_to("../secret.png")
    export.write("2025-04-14 Note.md", "![[secret.png]]\n")
    export.imported()
    assert not (export.posts / "secret.png").exists()


def test_a_vault_in_an_archive_has_the_archives_name(export: Export, tmp_path: Path) -> None:
    export.write(".obsidian/app.json", "{}")
    export.write("2025-04-14 Note.md", "Text.\n")
    export.write("Undated.md", "Text.\n")
    export.source = Path(shutil.make_archive(str(tmp_path / "Harbour notes"), "zip", export.source))
    result = export.run(*URL)
    assert result.code == 0, result
    assert 'title = "Harbour notes"\n' in (export.posts / "feed.toml").read_text()
    assert f"{export.source}/Undated.md: a note without a date" in result.out


_CLASSES = sorted({*substack_html._RULES, *medium_html._RULES} - {"img", "pre", "blockquote"})
_NAMES = "a blockquote button code div figcaption figure h3 hr iframe img li p picture pre script span ul".split()
_VALUES = st.recursive(
    st.none() | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["url", "gallery", "images", "src", "videoId", "name", "href"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
_ATTRIBUTES = st.builds(
    lambda values, address: (
        f'data-attrs="{escape(json.dumps(values))}" href="{address}" src="{address}" id="footnote-2"'
    ),
    _VALUES,
    st.sampled_from(["", "#footnote-1", "https://example.org/a", "https://[", "../a", "javascript:x"]),
)
_HTML = st.recursive(
    st.sampled_from(["harbour", "a\nb", " ", "<br>", "&lt;", "\ue001", "<p>", "</div>"]),
    lambda inner: st.builds(
        lambda name, of, attributes, parts: f'<{name} class="{of}" {attributes}>{"".join(parts)}</{name}>',
        st.sampled_from(_NAMES),
        st.sampled_from(_CLASSES),
        _ATTRIBUTES,
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)


@few_and_many(10, 1000)
def test_any_html_is_simplified(drawn: settings) -> None:
    @drawn
    @given(st.lists(_HTML, max_size=4).map("".join))
    def holds(html: str) -> None:
        for text in (substack_html.for_readers(html), medium_html.for_readers("The ferry", html)):
            tree = parsed_html(text)
            assert tree.find(attrs={"data-attrs": True}) is None
            assert tree.find(["script", "iframe", "button"]) is None
            html_to_markdown(text, "https://example.org/", "python-markdown")
        substack_html.with_footnotes(html)

    holds()
