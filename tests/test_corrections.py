"""What is wrong in a post can be put right in change of its subscribers: corrected, retracted, withdrawn, or moved."""

import json
import os
import re
import time
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree

import feedparser
import pytest
from conftest import EVERYTHING, NOW, Site, dateline, settling
from test_cost import told
from test_history import NAMES, walk

from dateline import render
from dateline.options import BuildOptions
from dateline.pipeline import build

PUBLICATION = "tag:example.org,2025-01-01:daily"
POST = f"{PUBLICATION}/2025-04-14-ferry"
CORRECTION = f"{PUBLICATION}/corrections/2025-05-14/tag%3Aexample.org%2C2025-01-01%3Adaily%2F2025-04-14-ferry"
CORRECTED = "{date: 2025-05-14, text: 'It sails at *eight*.'}"
ANNOUNCED = "{date: 2025-05-14, text: 'It sails at *eight*.', announce: true}"
TOMBSTONES = "{http://purl.org/atompub/tombstones/1.0}"


def ferry(site: Site, body: str = "It sails at seven.\n", **front_matter: str) -> None:
    """Write a post, with more front matter than a title."""
    site.post("2025-04-14-ferry.md", body, **{"title": "The ferry", **front_matter})


def items(site: Site, folder: str = "") -> list[dict[str, str]]:
    """The items of a JSON feed."""
    found: list[dict[str, str]] = json.loads((site.public / folder / "feed.json").read_text("utf-8"))["items"]
    return found


def readers_of(site: Site, *folders: str) -> list[dict[str, dict[str, str]]]:
    """What feedparser finds in the RSS and the Atom feeds of folders: by id, the title, link, text and date."""
    found = []
    for folder in folders:
        for name in ("rss.xml", "atom.xml"):
            feed = feedparser.parse((site.public / folder / name).read_bytes())
            assert not feed.bozo
            found.append(
                {
                    entry.id: {"title": entry.title, "link": entry.link, "text": entry.content[0].value}
                    | {"published": time.strftime("%Y-%m-%d %H:%M", entry.published_parsed)}
                    for entry in feed.entries
                }
            )
    return found


def test_a_reader_finds_a_correction_in_its_post_and_in_a_feed_of_their_own(site: Site) -> None:
    ferry(site)
    assert site.build().code == 0
    ferry(site, corrections=CORRECTED)
    assert "Changed: “The ferry”" in site.build().out
    note = "<strong>Correction, 14 May 2025:</strong> It sails at <em>eight</em>."
    for entries in readers_of(site, ""):
        assert [*entries] == [POST]
        assert note in entries[POST]["text"]
        assert entries[POST]["published"] == "2025-04-14 12:00"
    assert items(site)[0]["date_modified"] == "2025-05-14T12:00:00Z"
    for entries in readers_of(site, "corrections"):
        assert entries == {
            CORRECTION: {
                "title": "Correction: The ferry",
                "link": "https://example.org/2025/04/ferry/#correction-2025-05-14",
                "text": "<p>It sails at <em>eight</em>.</p>",
                "published": "2025-05-14 12:00",
            }
        }
    for name in ("rss.xml", "atom.xml"):
        feed = feedparser.parse((site.public / "corrections" / name).read_bytes()).feed
        assert feed.title == "The Daily Example · Corrections"
    assert feed.id == f"{PUBLICATION}/corrections"


def test_a_reader_finds_an_announced_correction_among_the_posts(site: Site) -> None:
    ferry(site)
    assert site.build().code == 0
    ferry(site, corrections=ANNOUNCED)
    assert site.build().out.splitlines()[-1] == "New: “Correction: The ferry”; changed: “The ferry”."
    for entries in readers_of(site, ""):
        assert [*entries] == [CORRECTION, POST]
    assert items(site)[0] == items(site, "corrections")[0]


def test_the_feed_of_corrections_is_there_and_listed_as_long_as_a_post_that_is_out_has_one(site: Site) -> None:
    listed = 'text="The Daily Example · Corrections"'
    site.post("2025-05-01-other.md", title="Other", slug="other")
    ferry(site)
    for front_matter, expected in (
        ({}, False),
        ({"corrections": CORRECTED}, True),
        ({"corrections": CORRECTED, "draft": "true"}, False),
        ({"corrections": CORRECTED, "publishDate": "2026-01-01"}, False),
        ({"retracted": "{date: 2025-05-14, reason: Why}"}, True),
        ({"corrections": CORRECTED, "withdrawn": "2025-05-20"}, False),
    ):
        ferry(site, **front_matter)
        assert site.build("--accept").code == 0
        assert [(site.public / "corrections" / name).exists() for name in NAMES] == [expected] * 3
        assert (listed in (site.public / "feeds.opml").read_text("utf-8")) == expected


def test_the_feed_of_corrections_holds_the_newest_of_all_posts(site: Site) -> None:
    site.settings('limit = 2\narchives = "off"\n')
    for month in (1, 2, 3, 4):
        site.post(
            f"2025-0{month}-01-post.md",
            title=f"Month {month}",
            slug=f"month-{month}",
            corrections=f"[{{date: 2025-05-1{month}, text: Old}}, {{date: 2025-05-2{5 - month}, text: New}}]",
        )
    assert site.build().code == 0
    assert [item["title"] for item in items(site, "corrections")] == ["Correction: Month 1", "Correction: Month 2"]
    assert [item["title"] for item in items(site)] == ["Month 4", "Month 3"]


@pytest.mark.parametrize("name", NAMES)
def test_an_announced_correction_stands_once_in_the_history_in_the_month_of_its_date(site: Site, name: str) -> None:
    site.settings("limit = 1\n")
    for month in (1, 2, 3, 4, 5):
        site.post(f"2025-0{month}-01-post.md", title=f"Month {month}", slug=f"month-{month}")
    site.post(
        "2025-01-02-post.md",
        slug="corrected",
        corrections="[{date: 2025-03-20, text: A, announce: true}, {date: 2025-04-20, text: Not announced}]",
    )
    assert site.build().code == 0
    documents = list(walk(site, name))
    ids = [id.removeprefix(PUBLICATION) for _, document in documents for id in document.ids]
    correction = "/corrections/2025-03-20/tag%3Aexample.org%2C2025-01-01%3Adaily%2F2025-01-02-post"
    assert [id for id in ids if "corrections" in id] == [correction]
    assert len(ids) == 7
    (march,) = (document for url, document in documents if "2025/03" in url)
    assert march.ids == [PUBLICATION + correction, f"{PUBLICATION}/2025-03-01-post"]


def test_an_announced_correction_is_in_no_feed_of_a_tag_or_an_author(site: Site) -> None:
    site.write("feed.toml", EVERYTHING)
    ferry(site, tags="[boats]", corrections=ANNOUNCED)
    assert site.build().code == 0
    for folder in ("tags/boats", "authors/ana-díaz"):
        assert [item["id"] for item in items(site, folder)] == [POST]


def test_of_a_retracted_post_nothing_is_left_but_its_title_in_any_output(site: Site) -> None:
    site.write("feed.toml", EVERYTHING + "limit = 1\n")
    for month in (3, 4, 5):
        site.post(f"2025-0{month}-20-post.md", title=f"Month {month}", slug=f"month-{month}")
    old = {"summary": "What was said in short.", "tags": "[boats]", "author": "Mike Connors"}
    ferry(site, "What was said. ![A boat](boat.png) [Tables](tables.pdf)\n", **old)
    site.write("boat.png", b"a boat")
    site.write("tables.pdf", b"tables")
    assert site.build().code == 0
    assert {"boat.png", "tables.pdf"} <= site.tree().keys()
    ferry(
        site,
        "What was said. ![A boat](boat.png) [Tables](tables.pdf)\n",
        **old,
        retracted="{date: 2025-05-14, reason: 'It was *invented*.'}",
    )
    assert site.build().code == 0
    assert not {"boat.png", "tables.pdf"} & site.tree().keys()
    assert not [path for path, content in site.tree().items() if b"What was said" in content]
    (post,) = items(site, "tags/boats")
    assert (post["id"], post["url"]) == (POST, "https://example.org/2025/04/ferry/")
    assert (post["title"], post["date_published"]) == ("Retracted: The ferry", "2025-04-14T12:00:00Z")
    assert post["date_modified"] == "2025-05-14T12:00:00Z"
    assert post["summary"] == "Retraction, 14 May 2025: It was invented."
    assert "<em>invented</em>" in post["content_html"]
    (retraction,) = items(site, "corrections")
    assert (retraction["title"], retraction["summary"]) == ("Retraction: The ferry", "It was invented.")


def test_a_withdrawn_post_is_in_no_feed_and_its_file_tells_every_clone_so(site: Site) -> None:
    site.settings("tombstones = true\n")
    ferry(site, corrections=ANNOUNCED)
    site.post("2025-05-01-other.md", title="Other", slug="other")
    assert site.build().code == 0
    assert b"deleted-entry" not in site.tree()["atom.xml"]
    ferry(site, withdrawn="{date: 2025-05-20 09:30 -06:00, reason: Why <so>}", corrections=ANNOUNCED)
    told = "Changed in the feed itself: tombstones; gone: “Correction: The ferry”, “The ferry”."
    assert told in site.build("--accept").out
    warm = site.tree()
    assert site.build("--no-cache", "--output", "fresh").code == 0
    assert (site.root / "fresh/atom.xml").read_bytes() == warm["atom.xml"]
    root = ElementTree.fromstring(warm["atom.xml"])
    (tombstone,) = root.findall(f"{TOMBSTONES}deleted-entry")
    assert tombstone.attrib == {"ref": POST, "when": "2025-05-20T15:30:00Z"}
    assert tombstone.findtext(f"{TOMBSTONES}comment") == "Why <so>"
    feed = feedparser.parse(warm["atom.xml"])
    assert not feed.bozo
    assert [entry.id for entry in feed.entries] == [f"{PUBLICATION}/2025-05-01-other"]
    site.settings()
    assert site.build().code == 0
    assert not [path for path, content in site.tree().items() if b"deleted-entry" in content or b"ferry" in content]


def test_a_tombstone_is_taken_away_with_the_entry_back(site: Site) -> None:
    site.settings("tombstones = true\n")
    site.post("2025-05-01-other.md", title="Other", slug="other")
    for front_matter, tombstones, entries in (
        ({"withdrawn": "2025-05-20"}, 1, 1),
        ({"retracted": "{date: 2025-05-20, reason: Why}"}, 0, 2),
        ({}, 0, 2),
    ):
        ferry(site, **front_matter)
        assert site.build("--accept").code == 0
        atom = site.tree()["atom.xml"]
        assert (atom.count(b"<at:deleted-entry"), atom.count(b"<entry>")) == (tombstones, entries)


def test_the_id_of_a_correction_does_not_change_with_the_settings(site: Site) -> None:
    ids = set()
    for more in ("", 'timezone = "Asia/Tokyo"\n', 'default_time = "23:30"\n', 'permalink = "/{slug}/"\n'):
        site.settings(more)
        ferry(site, corrections=f"[{ANNOUNCED}, {{date: 2025-05-15 09:30 -06:00, text: Timed, announce: true}}]")
        assert site.build("--accept").code == 0
        ids.add(tuple(item["id"] for item in items(site, "corrections")))
    assert ids == {(CORRECTION.replace("2025-05-14", "2025-05-15T15:30:00Z", 1), CORRECTION)}


def test_an_id_that_a_correction_has_is_no_other_posts(site: Site) -> None:
    ferry(site, corrections=CORRECTED)
    site.post("2025-05-01-other.md", title="Other", slug="other", id=CORRECTION)
    result = site.build()
    assert result.code == 1
    assert f"id: {CORRECTION} is also that of posts/2025-05-01-other.md" in result.err


def test_both_engines_write_one_note(site: Site) -> None:
    notes = []
    for engine in ("python-markdown", "commonmark"):
        site.settings(f'markdown = "{engine}"\n')
        ferry(site, "<details>Left open\n", corrections='{date: 2025-05-14, text: "A *b*.\\n\\n- [c](#d)"}')
        assert site.build().code == 0
        notes.append(re.sub(r"\n+", "\n", items(site)[0]["content_html"].partition("<aside")[2]))
    assert notes[0] == notes[1]
    assert notes[0].startswith(
        ' id="correction-2025-05-14">\n<p><strong>Correction, 14 May 2025:</strong> A <em>b</em>.'
    )


def test_a_correction_costs_what_it_changes(site: Site) -> None:
    site.settings("limit = 1\n")
    for month in (1, 2, 3, 4, 5):
        site.post(f"2025-0{month}-01-post.md", f"Text {month}.\n", title=f"Month {month}", slug=f"month-{month}")
    build(BuildOptions(site.posts, site.public, NOW))
    before = site.tree()
    rendered: list[str] = []
    with mock.patch.object(render, "render", told(rendered, render.render)):
        site.post(
            "2025-02-01-post.md",
            "Text 2.\n",
            title="Month 2",
            slug="month-2",
            corrections="[{date: 2025-05-14, text: One}, {date: 2025-05-15, text: Two}]",
        )
        build(BuildOptions(site.posts, site.public, NOW, jobs=1))
        assert sorted(rendered) == sorted(["Text 2.\n", "One", "Two"])
        changed = {path for path, content in site.tree().items() if before.get(path) != content}
        folders = {path.rpartition("/")[0] for path in changed if not path.startswith(".")}
        assert folders == {"archive/2025/02", "corrections", ""}
        assert {path for path in changed if "/" not in path} == {"feeds.opml", ".dateline.json"}
        rendered.clear()
        text = (site.posts / "2025-02-01-post.md").read_text()
        (site.posts / "2025-02-01-post.md").write_text(text.replace("Text 2.", "Edited."))
        build(BuildOptions(site.posts, site.public, NOW, jobs=1))
        assert sorted(rendered) == ["Edited.\n"], "the items of its notes are as they were"


def test_a_build_with_nothing_to_do_does_nothing_where_there_are_corrections_too(site: Site) -> None:
    site.settings("tombstones = true\n")
    ferry(site, corrections=ANNOUNCED)
    site.post("2025-05-01-gone.md", title="Gone", withdrawn="2025-05-20")
    assert site.build().code == 0
    before = {path: os.stat(site.public / path) for path in site.tree()}
    with settling() as settle:
        settle()
        for _ in range(2):
            report = build(BuildOptions(site.posts, site.public, NOW))
            assert {file.status for file in report.files} == {"unchanged"}
    assert {path: os.stat(site.public / path) for path in site.tree()} == before


def test_a_publication_that_has_moved_says_so_once_and_for_all(site: Site) -> None:
    moved = 'limit = 1\nmoved_to = "https://new.example/"\nmoved_on = "2025-05-20"\n'
    for month in (1, 2, 3):
        site.post(f"2025-0{month}-01-post.md", title=f"Month {month}", slug=f"month-{month}", tags="[a]")
    site.write("feed.toml", EVERYTHING + "limit = 1\n")
    assert site.build().code == 0
    before = site.tree()
    site.write("feed.toml", EVERYTHING + moved)
    assert (
        site.build().out.splitlines()[-1] == "New: “The Daily Example has moved”; changed in the feed itself: moved_to."
    )
    changed = {path for path, content in site.tree().items() if before.get(path) != content}
    assert changed == {*NAMES, ".dateline.json"}
    feed = site.json()
    assert feed["expired"] is True
    notice, post = feed["items"]
    assert (notice["url"], notice["date_published"]) == ("https://new.example/", "2025-05-20T12:00:00Z")
    assert post["title"] == "Month 3"
    for entries in readers_of(site, ""):
        assert [entry["link"] for entry in entries.values()] == ["https://new.example/", post["url"]]
    site.post("2025-05-28-post.md", title="One more", slug="one-more")
    assert site.build().code == 0
    assert site.json()["items"][0] == notice, "it stays as it is, and first, whatever comes"


def test_check_tells_what_readers_would_not_notice(site: Site) -> None:
    site.settings('tombstones = true\nformats = ["rss"]\n')
    ferry(site, summary="In short", retracted="{date: 2025-05-14, reason: Why}")
    site.post("2025-05-01-gone.md", "", title="Gone", draft="true", withdrawn="2025-05-20")
    site.post("2025-05-02-gone.md", "", title="Gone too", slug="too", withdrawn="2025-05-20")
    result = dateline("check", site.posts)
    assert result.code == 0
    unannounced = "most readers will keep showing the old text; add announce: true to publish it as its own item"
    lines = [line.removeprefix(f"{site.posts}{os.sep}") for line in result.out.splitlines()]
    assert [line for line in lines if "feed.toml" not in line] == [
        f"2025-04-14-ferry.md:4: retracted: {unannounced}",
        "2025-05-01-gone.md:4: withdrawn: also a draft, so no feed says that it was withdrawn; remove draft: true",
        f"3 posts, 0 errors, {len(lines) - 1} remarks.",
    ]
    assert any(": tombstones: only Atom carries them, and it is not built" in line for line in lines)


def test_what_is_wrong_in_a_note_is_told_once(site: Site) -> None:
    ferry(site, corrections="{date: 2025-05-14, text: '[A](nowhere.pdf)', announce: true}")
    assert site.build().err.count("nowhere.pdf") == 1


def test_a_file_of_redirects_is_published_as_it_is(site: Site, tmp_path: Path) -> None:
    ferry(site)
    line = "/atom.xml https://new.example/atom.xml 301\n"
    site.write("_static/_redirects", line)
    assert site.build().code == 0
    assert site.tree()["_redirects"] == line.encode()


@pytest.mark.parametrize("key", ["collections", "connections", "extracted", "redacted", "restricted"])
def test_a_word_of_its_own_is_not_taken_for_a_key_of_corrections(site: Site, key: str) -> None:
    ferry(site, **{key: "[a]"})
    assert site.build().code == 0


def test_an_older_correction_drops_off_the_end_of_the_feed_of_corrections(site: Site) -> None:
    site.settings("limit = 1\n")
    first = "{date: 2025-05-14, text: Eight.}"
    site.post(corrections=f"[{first}]")
    assert site.build().code == 0
    site.post(corrections=f"[{first}, {{date: 2025-05-15, text: Nine.}}]")
    result = site.build()
    assert result.code == 0, result
    assert len(json.loads((site.public / "corrections/feed.json").read_text("utf-8"))["items"]) == 1
