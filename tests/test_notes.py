"""Posts without a title, posts about other pages, footers of entries; a golden case shows what they look like."""

import json
from pathlib import Path

import feedparser
import pytest
from conftest import PAGES, Site, dateline

from dateline.formats import read

NOTE = '---\ntitle: ""\n---\n'
FOOTER = 'feed_footer = "[{}](mailto:ana@example.org?subject={{title}}) about {{title}}"\n'


def names(site: Site) -> list[str]:
    """The titles of the Atom feed, which has one for each entry."""
    return [item.title for item in read((site.public / "atom.xml").read_bytes(), "").items]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Plain words, on\ntwo lines.", "Plain words, on two lines."),
        ("One *two* [three](https://a.example/) `four`.", "One two three four."),
        ("https://a.example/page", "https://a.example/page"),
        ("> A quotation.\n\nAnd more.", "A quotation."),
        ("- first\n- second", "first second"),
        ("A footnote.[^1]\n\n[^1]: Below.", "A footnote."),
        ("![](https://a.example/a.png)", "by the sea"),
        ("<!-- nothing -->", "by the sea"),
        ("word " * 40, f"{'word ' * 13}word…"),
        ("ก" + "ก็" * 60, "ก" + "ก็" * 34 + "…"),
        ("字" * 100, "字" * 34 + "…"),
        ("👩‍👩‍👧" * 30, "👩‍👩‍👧" * 9 + "…"),
    ],
)
def test_a_note_is_called_by_its_first_words(site: Site, text: str, name: str) -> None:
    site.write("2025-04-14-by-the-sea.md", f"{NOTE}{text}\n")
    assert site.build().code == 0
    assert names(site) == [name]
    assert "title" not in site.json()["items"][0]


def test_a_title_that_was_forgotten_is_an_error_unless_the_settings_say_notes(site: Site) -> None:
    for front_matter in ("title:\n", "tags: [sea]\n"):
        site.write("2025-04-14-first.md", f"---\n{front_matter}---\nText.\n")
        assert "2025-04-14-first.md:1: title: missing" in site.build().err.replace(":2:", ":1:")
    site.settings("notes = true\n")
    assert site.build().code == 0
    assert names(site) == ["Text."]


def test_a_build_with_a_cache_sees_new_first_words_and_a_text_that_comes_or_goes(site: Site) -> None:
    site.write("feed.toml", PAGES)
    for first, second in ((f"{NOTE}One.\n\nMore.", f"{NOTE}Two.\n\nMore."), ("Text.", ""), ("", "Text.")):
        for text in (first, second):
            about = "" if text.startswith("---") else "---\ntitle: About\nlink: https://a.example/\nsummary: S.\n---\n"
            site.write("2025-04-14-first.md", f"{about}{text}\n")
            assert site.build("--accept").code == 0
        warm = site.tree()
        site.forget()
        assert site.build("--accept").code == 0
        assert {path: warm[path] for path in warm if path[0] != "."} == {
            path: content for path, content in site.tree().items() if path[0] != "."
        }


def test_a_note_is_begun_under_the_time_and_is_no_draft_if_it_has_a_text(site: Site) -> None:
    site.settings()
    files = [dateline("new", "--note", *text, site.posts).out.strip() for text in (["The *boat* is late."], [""])]
    assert [Path(file).name for file in files] == ["2025-06-01-1200.md", "2025-06-01-120000.md"]
    assert site.build().code == 0
    (item,) = site.json()["items"]
    assert item["url"] == "https://example.org/2025/06/01-1200/"
    assert item["content_html"] == "<p>The <em>boat</em> is late.</p>"
    assert dateline("new", cwd=site.root).code == 2


def test_a_new_footer_is_one_change_and_dates_stay(site: Site) -> None:
    for day in ("13", "14"):
        site.post(f"2025-04-{day}-{day}.md", title=f"Day {day}")
        site.write(f"2025-03-{day}-{day}.md", f"{NOTE}Note {day}.\n")
    site.settings(FOOTER.format("Reply"))
    assert site.build().code == 0
    before = [(item["date_modified"], item["summary"]) for item in site.json()["items"]]
    site.settings(FOOTER.format("Answer"))
    report = json.loads(site.run("diff", "--json").out)
    assert {kind: len(found) for kind, found in report.items() if isinstance(found, list) and found} == {"footer": 1}
    assert "archives that are closed change, too" in site.run("diff").out
    assert "Changed in every entry: feed_footer." in site.build().out
    assert [(item["date_modified"], item["summary"]) for item in site.json()["items"]] == before
    site.post("2025-04-14-14.md", title="Another")  # which is in the footer, too
    assert "footer" not in site.run("diff").out
    site.settings(FOOTER.format("Answer") + 'content = "summary"\n')
    assert site.build().code == 0
    assert "Answer" not in (site.public / "rss.xml").read_text("utf-8")


def test_a_footer_gives_titles_no_way_into_html(site: Site) -> None:
    site.settings("feed_footer = \"[a]({title}) [b](https://b.example/?{title} '{title}') {title} {url}\"\n")
    title = """javascript:alert(1)"><script>x</script> {url} %"""
    site.post(title=f"'{title}'")
    assert site.build().code == 0
    html = site.json()["items"][0]["content_html"].partition("<footer")[2]
    assert "<script" not in html
    assert 'href="javascript:' not in html
    assert "javascript%3Aalert%281%29%22%3E%3Cscript%3E" in html


def test_a_placeholder_that_is_unknown_is_an_error(site: Site) -> None:
    site.settings('feed_footer = "Read {titel}"\n')
    site.post()
    assert "feed.toml:10: feed_footer: unknown placeholder '{titel}'; use {title}, {url}, {author}" in site.build().err


def test_the_footer_is_not_searched_for_hidden_posts(site: Site) -> None:
    words = "Everything here may be used by anybody for any purpose, if the source is named and linked."
    site.settings(f'feed_footer = "{words}"\n')
    site.post("2025-04-14-a.md")
    site.post("2025-05-14-b.md", body=f"{words}\n", draft="true")
    assert site.build().code == 0


def test_old_entries_without_titles_become_notes(site: Site) -> None:
    site.settings()
    items = [{"id": "old-1", "date_published": "2025-04-14T12:00:00Z", "content_html": "<p>Only <b>a</b> note.</p>"}]
    old = site.root / "old.json"
    old.write_text(json.dumps({"version": "https://jsonfeed.org/version/1", "items": items}))
    assert site.run("adopt", old, "--create").code == 0
    (file,) = site.posts.glob("2025-04-14-*.md")
    assert 'title: ""\n' in file.read_text("utf-8")


def test_what_is_on_a_page_of_a_note_and_of_a_link(site: Site) -> None:
    site.write("feed.toml", PAGES + 'permalink = "/{slug}/"\n')
    site.write("2025-04-14-note.md", f"{NOTE}The boat is *late*.\n")
    site.post("2025-04-15-c.md", title="C", body="", link="https://a.example/", summary="S.")
    assert site.build().code == 0
    head, _, page = (site.public / "note/index.html").read_text("utf-8").partition("<body")
    assert page.count("<h1") == 1
    assert "<title>The boat is late. · The Daily Example</title>" in head
    assert '"headline": "The boat is late."' in head
    assert '<meta property="og:title" content="The boat is late.">' in head
    assert "The boat is late" not in page  # but "is <em>late</em>"
    assert not (site.public / "c/index.html").exists()


def test_feedparser_takes_nothing_for_the_title_of_a_note_and_the_page_here_for_the_link() -> None:
    golden = Path(__file__).parent / "golden/notes-and-links/public"
    for name in ("rss.xml", "atom.xml"):
        entries = {entry.id.rpartition("/")[2]: entry for entry in feedparser.parse(golden / name).entries}
        note, about, only = (entries[stem] for stem in ("2025-05-02", "2025-05-03-about", "2025-05-04-alone"))
        assert note.get("title", "") == ("" if name == "rss.xml" else "A quay at dawn")
        assert about.link == "https://example.org/2025/05/about/"
        assert [link.href for link in about.links if link.rel == "related"] == ["https://www.other.example/a?b=1&c=2"]
        assert only.link == "https://other.example/only"
