"""Everything that a format carries is compared: every change is reported, and nothing else."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from conftest import NOW, Site
from test_docs import code, table

from dateline.comparison.changes import KINDS, Change, ChangeReport, fill
from dateline.comparison.compare_items import FeedItems, Lookup, compare, compare_headings
from dateline.formats import read
from dateline.formats.items import Document, Item
from dateline.messages.changes import surprise_lines, table_rows
from dateline.messages.console import report_errors
from dateline.options import BuildOptions
from dateline.pipeline import build

SURPRISING = {key for key, kind in KINDS.items() if kind.is_surprise}
NAMES = ("rss.xml", "atom.xml", "feed.json")
GUID = "9b024349-ccf0-5f69-a609-6b82873eab3c"
FEED = f"""\
title = "Harbour"
url = "https://example.org/"
id = "tag:example.org,2025-01-01:harbour"
description = "News of the harbour"
author = {{name = "Ana Díaz", email = "ana@example.org", url = "https://ana.example/"}}
rights = "© Harbour"
icon = "https://example.org/icon.png"
logo = "logo.png"
hub = "https://hub.example/"
tombstones = true
pages = false
tag_feeds = false
author_feeds = false
moved_to = "https://new.example/"
moved_on = 2025-05-20

[podcast]
guid = "{GUID}"
author = "Harbour Radio"
category = ["News > Daily News", "Technology"]
explicit = false
image = "https://example.org/cover.png"
owner = {{name = "Ana Díaz", email = "ana@example.org"}}
type = "serial"
"""
POST = """\
---
title: One
date: 2025-05-14
updated: 2025-05-15
authors: [{name: Ana Díaz, email: ana@example.org}, {name: Mike, url: "https://mike.example/"}]
language: es
tags: [sea, land]
summary: In short, 1 < 2
enclosure:
  - {url: "https://cdn.example/one.mp3", type: audio/mpeg, length: 99, title: Sound}
  - {url: "https://cdn.example/one.pdf", type: application/pdf, length: 98, title: Paper}
duration: 42:30
image: cover.png
image_alt: The ferry & 1 < 2
episode: 1
season: 2
explicit: yes
episode_type: trailer
episode_title: The first
transcript: [{url: "https://cdn.example/one.vtt", type: text/vtt}]
---
Text.
"""


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0"


def everything(site: Site) -> Site:
    """Build a publication with everything that feeds can carry."""
    site.write("feed.toml", FEED)
    site.write("logo.png", png(100, 100))
    site.write("cover.png", png(1400, 1400))
    site.write("2025-05-14-one.md", POST)
    site.post("2025-04-01-gone.md", date="2025-04-01", withdrawn="{date: 2025-05-01, reason: By mistake}")
    result = site.build()
    assert result.code == 0, result
    return site


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return everything(Site(tmp_path_factory.mktemp("everything")))


# Follows from something else that is compared, or is the same in every feed.
UNCOMPARED = re.compile(
    r"""(?x) rss@version | .*/generator(@\w+)? | .*/lastBuildDate | rss/channel/image/(title|link)
    | rss/channel/item/guid@isPermaLink | feed/updated | .*/link@type | .*/(summary|content|title|description)@type
    | version | hubs/0/type"""
)


def local(name: str) -> str:
    return name.rpartition("}")[2]


def variants(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the document with each text and each attribute changed in turn, and the path of that."""
    if name.endswith(".json"):
        yield from json_variants(content)
        return
    root = ElementTree.fromstring(content)

    def visit(element: ElementTree.Element, path: str) -> Iterator[str]:
        for key, value in element.items():
            element.set(key, other(value))
            yield f"{path}@{local(key)}"
            element.set(key, value)
        if (text := element.text) and text.strip():
            element.text = other(text)
            yield path
            element.text = text
        for child in element:
            yield from visit(child, f"{path}/{local(child.tag)}")

    for path in visit(root, local(root.tag)):
        yield path, ElementTree.tostring(root)


def json_variants(content: bytes) -> Iterator[tuple[str, bytes]]:
    feed = json.loads(content)

    def visit(value: Any, path: str) -> Iterator[str]:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(inner, (dict, list)):
                yield from visit(inner, f"{path}{key}/")
            else:
                value[key] = (
                    not inner if isinstance(inner, bool) else inner + 1 if isinstance(inner, int) else other(inner)
                )
                yield f"{path}{key}"
                value[key] = inner

    for path in visit(feed, ""):
        yield path, json.dumps(feed).encode()


def other(text: str) -> str:
    """Return another text of the same kind."""
    if re.search(r"\b2025-?\b", text):
        return text.replace("2025", "2024")
    return str(int(text) + 1) if text.isdigit() else text + "x"


def differences(was: Document, now: Document) -> list[str]:
    """Return the kinds of changes that a subscriber to one format sees."""
    nowhere = Lookup(lambda _: False, lambda _: None, lambda _: None)
    found = list(compare(FeedItems(was.items), FeedItems(now.items), nowhere, exact=True))
    found += compare_headings("", was, now, exact=True)
    return [change.kind for change in found] + ["feed_moved"] * (was.own_address != now.own_address)


@pytest.mark.parametrize("name", NAMES)
def test_everything_in_a_feed_is_compared(built: Site, name: str) -> None:
    content = (built.public / name).read_bytes()
    before = read(content, "", ours=True)
    assert differences(before, read(content, "", ours=True)) == []
    changed = [(path, differences(before, read(new, "", ours=True))) for path, new in variants(name, content)]
    assert len(changed) > 30
    assert [path for path, told in changed if not told and not UNCOMPARED.fullmatch(path)] == []


Edit = Callable[[str], str]


def swap(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return edit


OF_FEEDS = {
    "title": swap('title = "Harbour"', 'title = "Port"'),
    "description": swap("News of the harbour", "News of the port"),
    "language": swap('title = "Harbour"', 'title = "Harbour"\nlanguage = "de"'),
    "rights": swap("© Harbour", "© Port"),
    "icon": swap("icon.png", "icon2.png"),
    "logo": swap('"logo.png"', '"https://example.org/logo2.png"'),
    "author": swap("ana.example", "diaz.example"),
    "hub": swap("hub.example", "hub2.example"),
    "tombstones": swap("tombstones = true", "tombstones = false"),
    "moved_to": swap('moved_to = "https://new.example/"\nmoved_on = 2025-05-20\n', ""),
    "podcast.author": swap("Harbour Radio", "Port Radio"),
    "podcast.category": swap('"Technology"', '"Comedy"'),
    "podcast.explicit": swap("explicit = false", "explicit = true"),
    "podcast.image": swap("cover.png", "cover2.png"),
    "podcast.owner": swap('"Ana Díaz", email = "ana@example.org"}\ntype', '"Ana", email = "ana@example.org"}\ntype'),
    "podcast.type": swap('"serial"', '"episodic"'),
}
OF_POSTS = {
    "title": swap("title: One", "title: Two"),
    "text": swap("Text.", "Words."),
    "author": swap("mike.example", "mike2.example"),
    "date": swap("2025-05-15", "2025-05-16"),
    "tags": swap("land", "sky"),
    "language": swap("language: es", "language: pt"),
    "enclosure": swap("title: Paper", "title: Leaf"),
    "image": swap("cover.png", "https://example.com/cover.png"),
    "image_alt": swap("The ferry", "The boat"),
    "episode": swap("episode: 1", "episode: 3"),
    "season": swap("season: 2", "season: 3"),
    "explicit": swap("explicit: yes", "explicit: no"),
    "episode_type": swap("trailer", "bonus"),
    "episode_title": swap("The first", "The last"),
    "duration": swap("42:30", "42:31"),
    "transcript": swap("one.vtt", "two.vtt"),
}


def test_a_change_of_the_feed_is_reported_once(built: Site) -> None:
    told = diff(built, "feed.toml", OF_FEEDS["podcast.owner"])["feed_updated"]
    assert told == [{"field": "podcast.owner", "was": "Ana Díaz ana@example.org", "now": "Ana ana@example.org"}]


def diff(site: Site, path: str, edit: Edit) -> dict[str, Any]:
    """Edit a file, return the changes in `diff --json`, and restore the file."""
    file = site.posts / path
    text = file.read_text("utf-8")
    try:
        file.write_text(edit(text), "utf-8")
        told = json.loads(site.run("diff", "--json").out)
    finally:
        file.write_text(text, "utf-8")
    return {kind: told[kind] for kind in KINDS if told[kind]}


def test_no_change_is_reported_if_nothing_changed(built: Site) -> None:
    assert diff(built, "feed.toml", str) == {}


@pytest.mark.parametrize("field", OF_FEEDS)
def test_a_change_of_the_feed_itself_is_reported(built: Site, field: str) -> None:
    told = diff(built, "feed.toml", OF_FEEDS[field])
    assert field in [change["field"] for change in told["feed_updated"]]
    assert all(change["was"] != change["now"] for change in told["feed_updated"])
    assert told.keys().isdisjoint(SURPRISING - ({"gone"} if field == "moved_to" else set()))


@pytest.mark.parametrize("field", OF_POSTS)
def test_a_change_of_a_post_is_reported(built: Site, field: str) -> None:
    told = diff(built, "2025-05-14-one.md", OF_POSTS[field])
    (updated,) = told["updated"]
    assert field in updated["fields"]
    assert told.keys().isdisjoint(SURPRISING)


@pytest.mark.parametrize(("formats", "seen"), [("rss", True), ("atom", True), ("json", False)])
def test_a_field_that_a_format_lacks_is_not_reported_as_changed(site: Site, formats: str, seen: bool) -> None:
    feed = FEED.replace("pages = false\n", f'pages = false\nformats = ["{formats}"]\n')
    everything(site)
    site.write("feed.toml", feed)
    assert site.build("--accept").code == 0
    told = diff(site, "2025-05-14-one.md", OF_POSTS["image_alt"])
    assert told.keys() == ({"updated"} if seen else set())


def test_a_new_podcast_guid_is_a_surprise(site: Site) -> None:
    everything(site)
    before = site.tree()
    site.write("feed.toml", FEED.replace(GUID[:8], "00000000"))
    stopped = site.build()
    assert stopped.code == 3
    assert stopped.err.startswith(
        "surprise: Directories would take this for another show: the guid of the podcast would change"
        f' from {GUID} to 00000000{GUID[8:]}. To prevent that, put guid = "{GUID}" back below [podcast] in feed.toml.\n'
    )
    assert site.tree() == before
    assert "another podcast" in site.run("diff").out
    site.write("feed.toml", FEED.partition("[podcast]")[0])
    assert f"the guid of the podcast would change from {GUID} to none" in site.build().err
    assert site.build("--accept").code == site.build().code == 0


def test_a_build_reports_in_its_last_lines_what_changed_in_the_feed_itself(site: Site) -> None:
    everything(site)
    site.write("feed.toml", FEED.replace('"Harbour"', '"Port"').replace("© Harbour", "© Port"))
    assert "; changed in the feed itself: title, rights.\n" in site.build().out
    site.write("feed.toml", FEED)
    assert "feed updated  title: 'Port', now 'Harbour'" in site.run("diff").out


PICTURE = r"<media:(?:title|description).*</media:(?:title|description)>"
# What an element of a document is, how it was written by other releases, and how it is.
FORMS = {
    "the summary": (
        "atom.xml",
        r"<summary.*In short.*</summary>",
        "<summary>In short, 1 &lt; 2</summary>",
        '<summary type="html">In short, 1 &amp;lt; 2</summary>',
    ),
    "what the picture shows": (
        "rss.xml",
        PICTURE,
        '<media:description type="html">The ferry &amp;amp; 1 &amp;lt; 2</media:description>',
        '<media:title type="plain">The ferry &#x26; 1 &#x3C; 2</media:title>',
    ),
    "what the picture shows, plainly": (
        "atom.xml",
        PICTURE,
        '<media:description type="plain">The ferry &amp;amp; more</media:description>',
        '<media:title type="plain">The ferry &amp;amp; more</media:title>',
    ),
    "the generator": (
        "atom.xml",
        r"<generator.*</generator>",
        '<generator uri="https://dateline.example/" version="0.1">Dateline</generator>',
        '<generator version="0.2">Dateline</generator>',
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_markup_of_other_releases_is_not_reported_as_a_change(built: Site, form: str) -> None:
    name, pattern, old, new = FORMS[form]
    text = (built.public / name).read_text("utf-8")
    assert len(re.findall(pattern, text)) == 1
    was, now = (read(re.sub(pattern, written, text).encode(), "", ours=True) for written in (old, new))
    assert differences(was, now) == differences(now, was) == []


def test_a_feed_author_is_not_compared_if_every_entry_has_its_own(built: Site) -> None:
    head, entry, entries = (built.public / "atom.xml").read_text("utf-8").partition("<entry")
    without = re.sub(r"<author>.*?</author>", "", head, flags=re.DOTALL)
    author = without.replace("<link ", "<author><name>Ana Díaz</name></author><link ", 1)
    was, now = (read((text + entry + entries).encode(), "", ours=True) for text in (author, without))
    assert differences(was, now) == differences(now, was) == []


def test_the_guide_lists_every_kind() -> None:
    rows = [row for row, *_ in table("In the table", "Meaning", "Surprise", "What readers do, and what you can do")]
    assert [label for row in rows for label in code(row)] == [kind.label for kind in KINDS.values()]


OLD = """<rss version="2.0"><channel><title>Harbour</title><link>https://example.org/</link><description>Old</description>
<item><title>First</title><link>https://example.org/2025/04/first/</link><guid>old-1</guid>
<pubDate>Mon, 14 Apr 2025 12:00:00 GMT</pubDate><description>Text.</description></item></channel></rss>"""
OLD_JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1",
        "items": [{"id": "old-1", "url": "https://example.org/2025/04/first/", "title": "First"}],
    }
)
ELSEWHERE = {"index.xml": OLD, "feed.xml": OLD, "feed/index.xml": OLD, "index.json": OLD_JSON}


@pytest.mark.parametrize("path", ELSEWHERE)
def test_a_feed_under_another_name_is_compared_until_there_is_one_of_ours(site: Site, path: str) -> None:
    site.post()
    (site.public / path).parent.mkdir(parents=True)
    (site.public / path).write_text(ELSEWHERE[path])
    stopped = site.build()
    assert stopped.code == 3
    name = "feed.json" if path.endswith(".json") else "rss.xml"
    assert f"The feed https://example.org/{path} would move to https://example.org/{name}." in stopped.err
    assert "would see “First” again" in stopped.err
    assert [file.relative_to(site.public).as_posix() for file in site.public.rglob("*.*")] == [path]
    site.post(id="old-1")
    first = json.loads(site.run("diff", "--json").out)
    assert (first["surprises"], first["compared_with"]) == (1, str(Path("public", path)))
    assert "Note" not in site.build("--accept").err
    told = (
        f"Note: {path} in public is a feed that Dateline does not write, so nobody updates it any more;"
        " redirect it to one of Dateline's feeds, or delete it.\n"
    )
    for _ in range(2):
        again = site.build()
        assert (again.code, again.err) == (0, told)
    (site.public / path).unlink()
    assert site.build().err == ""


def test_other_feeds_in_subfolders_are_compared_only_if_there_are_no_others(site: Site) -> None:
    site.post(id="old-1")
    for path in ("index.xml", "tags/index.xml"):
        (site.public / path).parent.mkdir(parents=True, exist_ok=True)
        (site.public / path).write_text(
            OLD if path == "index.xml" else OLD.replace("old-1", "https://x.example/tags/a/")
        )
    told = json.loads(site.run("diff", "--json").out)
    assert [kind for kind in KINDS if told[kind]] == ["feed_moved", "updated", "feed_updated"]
    assert site.build("--accept").code == 0
    assert "index.xml, tags/index.xml in public are feeds" in site.build().err


def test_only_feeds_of_other_programs_are_searched_for(site: Site) -> None:
    site.post()
    outside = site.root / "outside.xml"
    outside.write_text(OLD)
    site.write("_static/mine.xml", OLD)
    site.write("_static/feed/mine.json", OLD_JSON)
    files = {
        "sitemap.xml": "<urlset/>",
        "broken.xml": "<rss",
        "empty.xml": "",
        "items.json": '{"items": [{"id": "1"}]}',
        "list.json": "[]",
        "deep.json": "[" * 100_000,
        "half.json": '{"version": "https://jsonfeed.org/version/1"',
        "a/b/index.xml": OLD,
        ".git/index.xml": OLD,
    }
    for path, content in files.items():
        (site.public / path).parent.mkdir(parents=True, exist_ok=True)
        (site.public / path).write_text(content)
    (site.public / "link.xml").symlink_to(outside)
    (site.public / "linked").symlink_to(site.root, target_is_directory=True)
    os.mkfifo(site.public / "pipe.xml")
    assert site.build().code == 0
    again = site.build()
    assert (again.code, again.err) == (0, "")


@pytest.mark.parametrize("name", NAMES)
def test_a_feed_that_dateline_wrote_elsewhere_is_compared_exactly(site: Site, name: str) -> None:
    everything(site)
    kept = shutil.copytree(site.public, site.root / "kept") / name
    told = json.loads(site.run("diff", "--against", kept, "--json").out)
    assert [kind for kind in KINDS if told[kind]] == []
    for path, edits in (("feed.toml", OF_FEEDS), ("2025-05-14-one.md", OF_POSTS)):
        text = (site.posts / path).read_text("utf-8")
        for field in ("language", "title"):
            text = edits[field](text)
        site.write(path, text.replace("explicit: yes", "explicit: no"))
    told = json.loads(site.run("diff", "--against", kept, "--json").out)
    assert {change["field"] for change in told["feed_updated"]} == {"title", "language"}
    fields = {change["id"]: change["fields"] for change in told["updated"]}
    of_rss = ["explicit", "transcript"] if name == "rss.xml" else []
    assert fields["tag:example.org,2025-01-01:harbour/2025-05-14-one"] == ["title", "language", *of_rss]


def test_a_feed_of_another_podcast_is_a_surprise(site: Site) -> None:
    everything(site)
    kept = site.write("../kept.xml", (site.public / "rss.xml").read_text("utf-8").replace(GUID[:8], "00000000"))
    told = json.loads(site.run("diff", "--against", kept, "--json").out)
    assert told["podcast"] == [{"was": f"00000000{GUID[8:]}", "now": GUID}]
    assert (told["surprises"], site.run("diff", "--against", kept).code) == (1, 3)


ITEM = Item("id", "https://example.org/1/", "One", datetime(2025, 4, 14, tzinfo=UTC), None, (), "<p>Text.</p>", "", ())


def change_of(kind: str) -> Change:
    """Make a change of a kind, such as a build finds."""
    if kind in ("publication", "podcast", "feed_moved", "feed_gone", "feed_updated", "dead_address"):
        return Change(kind, "https://example.org/1/", "old", "new")
    return Change(kind, "One", ITEM, ITEM._replace(id="new", title="Two"), "address", ("title",))


@pytest.mark.parametrize("key", KINDS)
def test_every_kind_of_change_has_a_label_an_explanation_and_advice(key: str) -> None:
    kind, change = KINDS[key], change_of(key)
    assert kind.label
    for text in (text for text in (kind.explanation, kind.advice, kind.background) if text):
        for changes in ([change], [change] * 5, [change._replace(in_archive=True)]):
            assert re.fullmatch(r"\S.*\S\.", fill(text, changes, Path("posts")))
    ((label, _, row),) = table_rows(ChangeReport("old.xml", (change,)))
    assert (label, change.subject in row) == (kind.label, True)


@pytest.mark.parametrize("key", KINDS)
def test_one_row_makes_a_kind_of_change_a_surprise_that_is_explained(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, key, KINDS[key]._replace(is_surprise=True))
    report = ChangeReport("old.xml", (change_of(key),))
    assert report.surprises == report.changes
    (line,) = surprise_lines(report, Path("posts"))
    texts = (text for text in (KINDS[key].explanation, KINDS[key].advice, KINDS[key].background) if text)
    assert line == " ".join(fill(text, report.changes, Path("posts")) for text in texts)
    assert [colour for _, colour, _ in table_rows(report)] == ["yellow"]


def test_a_build_stops_and_explains_a_dead_address_once_that_is_a_surprise(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site.post(id="urn:1")
    assert site.build().code == 0
    before = site.tree()
    site.post(id="urn:1", slug="second")
    monkeypatch.setitem(KINDS, "dead_address", KINDS["dead_address"]._replace(is_surprise=True))
    with pytest.raises(SystemExit) as stopped, report_errors(site.posts):
        build(BuildOptions(site.posts, site.public, NOW, jobs=1))
    assert stopped.value.code == 3
    assert capsys.readouterr().err.startswith(
        "surprise: https://example.org/2025/04/first/ would stop working: links from elsewhere would break."
        " To prevent that, add the old address to aliases: in its post.\n"
    )
    assert site.tree() == before
