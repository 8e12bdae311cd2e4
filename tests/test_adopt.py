"""Moving in: posts get the ids by which subscribers to an old feed know them.

Each folder of tests/adopt/ has an old feed as one program writes it, the posts as they were, and what they become:
expected/ with the posts, and expected.txt with what is printed; or created/ and created.txt, where drafts are written
for entries that have no post. After an intended change, write them anew and read the difference:

    DATELINE_UPDATE_ADOPT=1 .venv/bin/pytest tests/test_adopt.py
    git diff tests/adopt
"""

import json
import os
import shutil
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest
from conftest import Site, dateline
from reader import make_reader
from readers.conftest import serving
from test_docs import code, table
from test_same_bytes import PODCAST

from dateline.comparison.published import published_at
from dateline.content.config import MARKDOWNS
from dateline.content.source import load_settings
from dateline.formats.items import ItemEpisode

ADOPT = Path(__file__).parent / "adopt"
CREATED = sorted(path.parent.name for path in ADOPT.glob("*/created.txt"))
CASES = sorted(path.name for path in ADOPT.iterdir() if path.name not in CREATED)
UPDATE = "DATELINE_UPDATE_ADOPT"
# In these, some entry stays without its post.
WITHOUT_ALL = {"in-doubt"}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """A publication about to move in, with its old feed beside the posts."""
    shutil.copytree(ADOPT / request.param / "posts", tmp_path / "posts")
    for feed in (ADOPT / request.param).glob("feed.*"):
        shutil.copy(feed, tmp_path)
    site = Site(tmp_path)
    site.name = request.param  # type: ignore[attr-defined]
    return site


def name(case: Site) -> str:
    return str(case.name)  # type: ignore[attr-defined]


def feed(case: Site) -> Path:
    (found,) = case.root.glob("feed.*")
    return found


def new_feed(case: Site, format: str) -> Path:
    return case.public / load_settings(case.posts)[0].feed_path(format)


def files(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def adopt(site: Site, *arguments: object) -> str:
    result = site.run("adopt", *arguments)
    assert (result.code, result.err) == (0, "")
    return result.out


def has_become(case: Site, printed: str, what: str) -> None:
    """Compare posts, and what was printed, with what is in the folder of the case."""
    expected = ADOPT / name(case) / what
    if UPDATE in os.environ:
        shutil.rmtree(expected, ignore_errors=True)
        shutil.copytree(case.posts, expected)
        expected.with_suffix(".txt").write_text(printed)
    assert printed == expected.with_suffix(".txt").read_text()
    assert files(case.posts) == files(expected)


def test_posts_get_the_ids_that_the_feed_has(case: Site) -> None:
    has_become(case, adopt(case, feed(case).name, "--settings"), "expected")


@pytest.mark.parametrize("case", CREATED, indirect=True)
def test_drafts_have_what_the_feed_has(case: Site) -> None:
    has_become(case, adopt(case, feed(case).name, "--create", "--settings"), "created")


@pytest.mark.parametrize("case", CREATED, indirect=True)
def test_drafts_keep_their_enclosures_and_episodes_in_the_new_feed(case: Site) -> None:
    (old,) = published_at(str(feed(case)))
    report = json.loads(adopt(case, feed(case).name, "--create", "--json"))
    created = {entry["id"] for entry in report["entries"] if entry["status"] == "created" and not entry["notes"]}
    for post in case.posts.glob("*.md"):
        post.write_text(post.read_text().replace("draft: true\n", ""))
    assert case.build().code == 0
    (now,) = published_at(str(new_feed(case, old.format)))
    carried = {item.id: (item.enclosures[:1], item.episode) for item in now.items if item.id in created}
    for item in old.items:
        if item.id in created:
            ((enclosed,), episode) = carried[item.id]
            assert enclosed[:3] == (item.enclosures[0].url.replace(" ", "%20"), *item.enclosures[0][1:3])
            assert old.guid == "" or told(episode) == told(item.episode)


def told(episode: ItemEpisode) -> dict[str, object]:
    """Return the tags of an episode, except those with the default value."""
    said = dict(episode.fields)
    usual = {"episode_type": "full", "explicit": "false"}
    return {
        **{key: text for key, text in said.items() if key != "episode_title" and text != usual.get(key)},
        "transcripts": episode.transcripts,
    }


def test_twice_changes_nothing(case: Site) -> None:
    adopt(case, feed(case).name, "--settings")
    before = files(case.posts)
    printed = adopt(case, feed(case).name, "--settings")
    assert files(case.posts) == before
    assert " written" not in printed


def test_a_dry_run_writes_nothing_and_says_the_same(case: Site) -> None:
    before = files(case.posts)
    dry = adopt(case, feed(case).name, "--dry-run", "--create")
    assert files(case.posts) == before
    wet = adopt(case, feed(case).name, "--create")
    assert " ".join(dry.replace("would be ", "").split()) == " ".join(wet.split())


def test_the_new_feed_has_the_entries_of_the_old_one(case: Site) -> None:
    report = json.loads(adopt(case, feed(case).name, "--settings", "--json"))
    result = case.build()
    assert result.code == 0, result
    if name(case) in WITHOUT_ALL:
        return
    (old,) = published_at(str(feed(case)))
    now, *_ = published_at(str(new_feed(case, old.format)))
    assert {item.id for item in now.items} == {item.id for item in old.items}
    # Where the post has a date of its own that is another, a line says so.
    warned = {entry["id"] for entry in report["entries"] if any(note.startswith("date: ") for note in entry["notes"])}
    before = {item.id: item.published or item.updated for item in old.items}
    for item in now.items:
        there = before[item.id]
        assert item.published
        assert there
        assert (abs(item.published - there) < timedelta(minutes=1)) != (item.id in warned)


def test_a_reader_that_had_the_old_feed_finds_nothing_new(case: Site) -> None:
    (old,) = published_at(str(feed(case)))
    adopt(case, feed(case).name, "--settings")
    assert case.build().code == 0
    served = case.root / "served"
    served.mkdir()
    place = served / feed(case).name
    shutil.copy(feed(case), place)
    with serving(served) as server, make_reader(":memory:") as reader:
        server.conditional = False
        address = server.url + place.name
        reader.add_feed(address)
        reader.update_feeds()
        before = {entry.id: entry.title for entry in reader.get_entries()}
        assert len(before) == len([item for item in old.items if item.id])
        shutil.copy(new_feed(case, old.format), place)
        updated = reader.update_feed(address)
        after = {entry.id for entry in reader.get_entries()}
    assert updated is not None
    if name(case) not in WITHOUT_ALL:
        assert updated.new == 0
        assert after == set(before)
    published = {entry.id: entry for entry in feedparser.parse(str(new_feed(case, "rss"))).entries}
    assert all(entry.get("published_parsed") for entry in published.values())


# What subscribers would see, if a feed and its entries were not kept.
SEEN = ("publication", "feed_moved", "feed_gone", "shown_again", "redated", "gone", "older", "new", "dead_address")
# What cannot be kept, and what is printed about it.
ADDRESS = "; only the server at the old address can redirect."
ELSEWHERE = {"dead_address": ADDRESS, "feed_moved": "would move to"}
LOST = {
    "blogger": ELSEWHERE,
    "by-hand": {"dead_address": ADDRESS},
    "medium": ELSEWHERE,
    "substack": ELSEWHERE,
}


def test_subscribers_see_nothing_or_it_is_said_why(case: Site) -> None:
    if name(case) in WITHOUT_ALL:
        return
    printed = adopt(case, feed(case).name, "--settings")
    result = case.run("diff", "--against", feed(case).name, "--json")
    changes = json.loads(result.out)
    lost = LOST.get(name(case), {})
    assert {kind for kind in SEEN if changes[kind]} == lost.keys(), result
    assert all(reason in printed for reason in lost.values())


@pytest.fixture
def doubt(tmp_path: Path) -> Site:
    shutil.copytree(ADOPT / "in-doubt", tmp_path, dirs_exist_ok=True)
    return Site(tmp_path)


def test_the_report_for_programs_is_the_same(doubt: Site) -> None:
    report = json.loads(adopt(doubt, "feed.xml", "posts", "--json"))
    for name, fields in (("Field of `adopt --json`", report), ("Field of an entry", report["entries"][0])):
        assert [field for names, _ in table(name, "Meaning") for field in code(names)] == [*fields]
    entries = {entry["id"].rpartition("=")[2]: entry for entry in report["entries"]}
    assert entries["25"] == {
        "id": "https://harbour.example/?p=25",
        "title": "Merry Christmas",
        "url": "https://harbour.example/2024/12/merry/",
        "status": "written",
        "post": "posts/2024-12-25-merry.md",
        "reasons": ["same address", "same slug", "same title", "same day"],
        "candidates": [],
        "written": {"id": "https://harbour.example/?p=25"},
        "notes": [],
    }
    assert entries["23"]["status"] == "in doubt"
    assert entries["23"]["candidates"] == [{"post": "posts/ice.md", "reasons": ["same day", "similar title"]}]
    assert (entries["26"]["status"], entries["26"]["post"]) == ("another id", "posts/calm.md")
    assert (entries["21"]["status"], entries["21"]["post"]) == ("no post", None)


def test_a_person_can_decide(doubt: Site) -> None:
    result = dateline("adopt", "feed.xml", "--interactive", cwd=doubt.root, answers="2\n1\n0\n0\n1\n1\n")
    assert result.code == 0, result
    assert "Notes of the week (2025-05-14, https://harbour.example/?p=30)\n  1  posts/notes-1.md" in result.out
    assert (doubt.posts / "notes-2.md").read_text().count("id: https://harbour.example/?p=30\n") == 1
    assert (doubt.posts / "notes-1.md").read_text().count("id: https://harbour.example/?p=29\n") == 1
    assert "id:" not in (doubt.posts / "storm.md").read_text()
    assert "id: https://harbour.example/?p=23" in (doubt.posts / "ice.md").read_text()
    assert "11 entries: 6 written, 2 in doubt" in result.out


def test_an_entry_without_a_post_becomes_a_draft(site: Site) -> None:
    site.settings('timezone = "America/New_York"\n')
    item = {
        "id": "https://old.example/?p=5",
        "url": "https://example.org/news/crane.html",
        "title": "The “new” crane: &#38; its <em>crew</em>",
        "date_published": "2025-05-18T01:30:05Z",
        "authors": [{"name": "Mike Connors"}, {"name": "Jo Li"}],
        "tags": ["harbour", "C&amp;O", "..."],
        "content_html": "<p>It <b>lifts</b> forty <a href='/t'>tonnes</a>.</p>",
    }
    (site.root / "old.json").write_text(json.dumps({"items": [item, {**item, "id": "2", "title": ""}]}))
    printed = adopt(site, "old.json", "--create")
    assert "draft created  posts/2025-05-17-crane.md" in printed
    assert (site.posts / "2025-05-17-crane.md").read_text() == (
        "---\n"
        "draft: true\n"
        'title: "The “new” crane: & its crew"\n'
        "date: 2025-05-17T21:30:05-04:00\n"
        'author: ["Mike Connors", "Jo Li"]\n'
        'tags: ["harbour", "C&O"]\n'
        "id: https://old.example/?p=5\n"
        "slug: crane\n"
        "aliases: /news/crane.html\n"
        "---\n"
        "It **lifts** forty [tonnes](https://example.org/t).\n"
    )
    other = (site.posts / "2025-05-17-crane-2.md").read_text()
    assert 'title: ""\n' in other
    assert "slug: crane-2\n" in other
    before = files(site.posts)
    assert "2 entries: 2 there already." in adopt(site, "old.json", "--create")
    assert files(site.posts) == before
    for path in before:
        if path.endswith(".md"):
            (site.posts / path).write_text((site.posts / path).read_text().replace("draft: true\n", ""))
    (site.posts / "2025-05-17-crane-2.md").unlink()
    assert site.build().code == 0
    assert site.json()["items"][0]["id"] == "https://old.example/?p=5"
    assert b"https://example.org/2025/05/crane/" in site.tree()["news/crane.html"]


@pytest.mark.parametrize("engine", MARKDOWNS)
def test_a_draft_notes_that_the_feed_had_only_a_summary(site: Site, engine: str) -> None:
    site.settings(f'markdown = "{engine}"\n')
    item = {"id": "1", "url": "https://old.example/a--b", "title": "A", "date_published": "2025-05-18T01:30Z"}
    items = [{**item, "summary": "<p>Less.</p>"}, {**item, "id": "2", "summary": "Less.", "content_html": "Less."}]
    (site.root / "old.json").write_text(json.dumps({"items": items}))
    adopt(site, "old.json", "--create")
    said = "<!-- The old feed has only a summary of this post, or calls it one."
    short, whole = sorted(site.posts.glob("2025-05-18-*.md"), key=lambda path: 'id: "2"' in path.read_text())
    assert short.read_text().endswith(f"---\nLess.\n\n{said} Compare it with https://old.example/a%2D%2Db. -->\n")
    assert said not in whole.read_text()
    short.write_text(short.read_text().replace("draft: true\n", ""))
    assert site.build().code == 0
    assert site.json()["items"][0]["content_html"] == "<p>Less.</p>"


def test_a_draft_that_keeps_its_address_has_no_alias(site: Site) -> None:
    item = {"id": "1", "url": "https://example.org/2025/05/crane", "title": "A", "date_published": "2025-05-18T01:30Z"}
    (site.root / "old.json").write_text(json.dumps({"items": [item]}))
    adopt(site, "old.json", "--create")
    assert "aliases" not in (site.posts / "2025-05-18-crane.md").read_text()


def test_entries_that_cannot_be_posts_are_reported_and_the_rest_written(site: Site) -> None:
    items = [{"id": "1", "title": "No date"}, {"id": "2", "date_published": "2025-05-18T01:30Z", "content_html": ""}]
    items.append({"id": "3", "title": "Good", "date_published": "2025-05-19T01:30Z", "content_html": "<p>Text"})
    (site.root / "old.json").write_text(json.dumps({"items": items}))
    printed = adopt(site, "old.json", "--create")
    assert "3 entries: 1 created, 2 refused." in printed
    assert "no date in the feed" in printed
    assert (site.posts / "2025-05-19-good.md").read_text().endswith("Text\n")


@pytest.mark.parametrize(
    ("says", "leads"),
    [
        ("", "more%20%231/2.json"),
        ("https://old.example/feeds/old.json", "more%20%231/2.json"),
        ("https://old.example/feeds/old.json", "https://old.example/feeds/more%20%231/2.json"),
    ],
)
@pytest.mark.parametrize("folder", ["", "old #1 50%"])
def test_archives_of_a_file_are_files_beside_it(site: Site, says: str, leads: str, folder: str) -> None:
    site.post()
    following = {"old.json": leads, "more #1/2.json": "3.json", "more #1/3.json": "../../4.json", "../4.json": ""}
    for name, link in following.items():
        place = site.root / "in" / folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps({"items": [{"id": name}], "next_url": link, "feed_url": says}))
    here = site.root / "in" / folder
    for named, cwd in ((".", here), (Path("in", folder), site.root), (here, site.root)):
        result = dateline("adopt", Path(named, "old.json"), site.posts, "--dry-run", "--json", cwd=cwd)
        entries = json.loads(result.out)["entries"]
        assert [entry["id"] for entry in entries] == ["old.json", "more #1/2.json", "more #1/3.json"]


LATE = {
    "feed.json": '{{"items": [{{"id": "1", "title": "Late", "date_published": "{}"}}]}}',
    "feed.xml": "<rss version='2.0'><channel><item><guid>1</guid><title>Late</title><pubDate>{}</pubDate></item>"
    "</channel></rss>",
}


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("feed.json", "9999-12-31T23:30:00Z"),
        ("feed.json", "0001-01-01T00:30:00Z"),
        ("feed.xml", "Fri, 31 Dec 9999 23:30:00 GMT"),
        ("feed.xml", "9999-12-31T23:30:00Z"),
        ("feed.xml", "Fri Dec 31 23:30:00 9999"),
    ],
)
@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York"])
def test_a_date_at_the_limits_of_the_calendar_is_ignored(site: Site, name: str, date: str, zone: str) -> None:
    site.settings(f'timezone = "{zone}"\n')
    site.post("late.md", title="Another", id="1", date="2025-05-04")
    site.write(f"../{name}", LATE[name].format(date))
    assert adopt(site, name).splitlines()[0] == "Late  there already  posts/late.md (same id)"
    (site.posts / "late.md").unlink()
    assert "no date in the feed" in adopt(site, name, "--create")


def test_several_feeds_are_read_and_one_at_an_address(site: Site) -> None:
    site.post("2025-05-01-a.md", title="A")
    site.post("2025-05-02-b.md", title="B")
    served = site.root / "served"
    served.mkdir()
    for letter, day in (("A", 1), ("B", 2)):
        item = {"id": f"old-{letter}", "title": letter, "date_published": f"2025-05-0{day}T12:00:00Z"}
        (served / f"{letter}.json").write_text(json.dumps({"items": [item]}))
    with serving(served) as server:
        adopt(site, server.url + "A.json", served / "B.json", "posts")
        missing = site.run("adopt", server.url + "C.json")
    assert "id: old-A\n" in (site.posts / "2025-05-01-a.md").read_text()
    assert "id: old-B\n" in (site.posts / "2025-05-02-b.md").read_text()
    assert missing.code == 1
    assert "C.json: the server answers 404 File not found; check that the address is right" in missing.err


def test_a_feed_or_settings_that_cannot_be_read_are_errors_and_nothing_is_written(doubt: Site) -> None:
    before = files(doubt.posts)
    result = doubt.run("adopt", "no.xml", "posts")
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        "error: no.xml: cannot be read: no such file or directory; name a file, or an address with http:// or https://\n"
    )
    (doubt.root / "page.html").write_text("<html><body>A page</body></html>")
    result = doubt.run("adopt", "page.html", "--json")
    assert result.code == 1
    assert json.loads(result.out)["errors"][0]["path"] == "page.html"
    settings = doubt.write("feed.toml", "title = 1\n")
    result = doubt.run("adopt", "feed.xml")
    assert (result.code, result.out) == (1, "")
    settings.write_bytes(before["feed.toml"])
    assert files(doubt.posts) == before
    assert doubt.run("adopt", "feed.xml", "--json", "--interactive").code == 2
    assert doubt.run("adopt", "feed.xml", "nowhere").code == 1


def test_a_feed_longer_than_the_old_one_is_noted(site: Site) -> None:
    site.post("2025-05-01-a.md", title="A", id="old")
    site.post("2025-05-02-b.md", title="B")
    item = {
        "id": "old",
        "title": "A",
        "url": "https://example.org/2025/05/a/",
        "date_published": "2025-05-01T12:00:00Z",
    }
    (site.root / "old.json").write_text(json.dumps({"items": [item]}))
    assert "  limit = 1  # readers would show the entries that the old feed does not have" in adopt(site, "old.json")
    site.settings("limit = 1\n")
    assert "limit" not in adopt(site, "old.json")


ITEM = """<item><title>{number}: Boats</title><guid>{number}</guid><pubDate>Mon, 05 May 2025 08:00:00 GMT</pubDate>
<enclosure url="https://cdn.example/{number}.mp3" length="99" type="audio/mpeg"/>{more}</item>
"""
RSS = """<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
 xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>Boats</title><link>https://example.org/</link>
{items}</channel></rss>
"""
SAID = [
    ("<itunes:duration>2550</itunes:duration>", 'duration: "42:30"'),
    ("<itunes:duration>00:42:30</itunes:duration>", 'duration: "42:30"'),
    ("<itunes:duration> 2550.7 </itunes:duration>", 'duration: "42:30"'),
    ("<itunes:duration>92:30</itunes:duration>", 'duration: "1:32:30"'),
    ("<itunes:duration>0</itunes:duration>", ""),
    ("<itunes:duration>an hour</itunes:duration>", ""),
    ("<itunes:duration>1:2:3:4</itunes:duration>", ""),
    (f"<itunes:duration>{'9' * 5000}</itunes:duration>", ""),
    ("<itunes:episode>007</itunes:episode>", 'episode: "7"'),
    ("<itunes:episode>0</itunes:episode>", ""),
    ("<itunes:season>second</itunes:season>", ""),
    ("<itunes:explicit>Yes</itunes:explicit>", "explicit: true"),
    ("<itunes:explicit>true</itunes:explicit>", "explicit: true"),
    ("<itunes:explicit>no</itunes:explicit>", ""),
    ("<itunes:explicit/>", ""),
    ("<itunes:episodeType>Bonus</itunes:episodeType>", "episode_type: bonus"),
    ("<itunes:episodeType>full</itunes:episodeType>", ""),
    ("<itunes:episodeType>other</itunes:episodeType>", ""),
    ("<itunes:title>Boats &amp; nets</itunes:title>", 'episode_title: "Boats & nets"'),
    (
        '<podcast:transcript url="https://cdn.example/a b.vtt" type="text/vtt"/>',
        'transcript: {url: "https://cdn.example/a%20b.vtt", type: "text/vtt"}',
    ),
    ('<podcast:transcript url="https://cdn.example/a"/>', ""),
    ('<podcast:transcript url="https://[/a.vtt" type="text/vtt"/>', ""),
    ('<podcast:transcript url="a.vtt" type="text/vtt"/>', ""),
]


def test_what_feeds_say_of_episodes_is_written_as_front_matter_has_it_or_left_out(site: Site) -> None:
    items = "".join(ITEM.format(number=number, more=more) for number, (more, _) in enumerate(SAID, 1))
    (site.root / "old.xml").write_text(RSS.format(items=items))
    adopt(site, "old.xml", "--create")
    for number, (more, written) in enumerate(SAID, 1):
        (post,) = site.posts.glob(f"2025-05-05-{number}-boats.md")
        enclosure = f'enclosure: {{url: "https://cdn.example/{number}.mp3", type: "audio/mpeg", length: "99"}}'
        lines = post.read_text().splitlines()
        expected = [enclosure, written, "---"] if written else [enclosure, "---"]
        assert lines[lines.index(enclosure) : lines.index("---", 1) + 1] == expected, more


def test_the_guid_of_a_podcast_is_noted_if_there_is_no_table_for_it(site: Site) -> None:
    guid = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
    items = f"<podcast:guid>{guid}</podcast:guid>" + ITEM.format(number=1, more="")
    (site.root / "old.xml").write_text(RSS.format(items=items))
    told = f'Directories know the old feed by its podcast:guid; set guid = "{guid}" under [podcast] in feed.toml.'
    assert told in adopt(site, "old.xml")
    site.settings(PODCAST.replace("9b024349-ccf0-5f69-a609-6b82873eab3c", guid))
    assert "guid" not in adopt(site, "old.xml")


def test_a_podcast_that_is_not_well_formed_is_read_anyway(site: Site) -> None:
    for content in (RSS.format(items=ITEM.format(number=1, more="<br>")), '<?xml version="1.0" encoding="x"?>' + RSS):
        (site.root / "old.xml").write_text(content)
        assert site.run("adopt", "old.xml", "--create", "--dry-run").code == 0


@pytest.mark.parametrize(
    "url", ["https://[/a.mp3", "a.mp3", "", "ftp://cdn.example/a.mp3", "https://u:p@cdn.example/a.mp3"]
)
def test_an_enclosure_at_no_address_is_left_out_and_noted(site: Site, url: str) -> None:
    attachment = {"url": url, "mime_type": "audio/mpeg", "size_in_bytes": 99}
    item = {"id": "1", "title": "A", "date_published": "2025-05-18T01:30Z", "attachments": [attachment]}
    (site.root / "old.json").write_text(json.dumps({"items": [item]}))
    assert f"enclosure: '{url}' " in adopt(site, "old.json", "--create")
    assert "enclosure" not in (site.posts / "2025-05-18-a.md").read_text()


def test_the_duration_of_an_enclosure_is_kept_in_a_podcast(site: Site) -> None:
    attachment = {"url": "https://cdn.example/a.mp3", "mime_type": "audio/mpeg", "duration_in_seconds": 2550}
    attachment["size_in_bytes"] = 99
    item = {"id": "1", "title": "A", "date_published": "2025-05-18T01:30Z", "attachments": [attachment]}
    (site.root / "old.json").write_text(json.dumps({"items": [item]}))
    for settings, is_kept in (("", False), (PODCAST, True)):
        site.settings(settings)
        adopt(site, "old.json", "--create")
        post = site.posts / "2025-05-18-a.md"
        assert ('duration: "42:30"\n' in post.read_text()) is is_kept
        post.unlink()


@pytest.mark.parametrize(
    ("told", "written"),
    [("audio/x-m4a", "audio/x-m4a"), ("", "audio/mpeg"), ("application/octet-stream", "audio/mpeg")],
)
def test_the_type_of_an_enclosure_comes_from_its_name_if_the_feed_has_none(site: Site, told: str, written: str) -> None:
    attachment = {"url": "https://cdn.example/a.mp3", "mime_type": told, "size_in_bytes": 99}
    item = {"id": "1", "title": "A", "date_published": "2025-05-18T01:30Z", "attachments": [attachment]}
    (site.root / "old.json").write_text(json.dumps({"items": [item]}))
    adopt(site, "old.json", "--create")
    assert f'type: "{written}"' in (site.posts / "2025-05-18-a.md").read_text()


def test_the_same_enclosure_twice_is_one(site: Site) -> None:
    attachment = {"url": "https://cdn.example/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 99.0}
    item = {"id": "1", "title": "A", "date_published": "2025-05-18T01:30Z", "attachments": [attachment, attachment]}
    (site.root / "old.json").write_text(json.dumps({"items": [item]}))
    adopt(site, "old.json", "--create")
    text = (site.posts / "2025-05-18-a.md").read_text()
    assert 'enclosure: {url: "https://cdn.example/a.mp3", type: "audio/mpeg", length: "99"}\n' in text


def test_an_enclosure_of_unknown_size_is_kept(site: Site) -> None:
    items = ITEM.format(number=1, more="").replace('length="99"', 'length="0"')
    (site.root / "old.xml").write_text(RSS.format(items=items))
    adopt(site, "old.xml", "--create")
    text = (site.posts / "2025-05-05-1-boats.md").read_text()
    assert 'enclosure: {url: "https://cdn.example/1.mp3", type: "audio/mpeg", length: "0"}\n' in text
