"""The package `reader` subscribes over HTTP, to all three formats."""

import re
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from html import unescape
from pathlib import Path

import pytest
import reader
from conftest import Site
from reader import EntrySort

from readers.conftest import Published, Server, serving
from readers.subscribed import Reader, Seen
from readers.written import MESSY, Person, Post, missing, moment, text_of

NAMES = ["rss.xml", "atom.xml", "feed.json"]


def entries_by_id(url: str) -> dict[str, reader.Entry]:
    with reader.make_reader(":memory:") as subscriber:
        subscriber.add_feed(url)
        subscriber.update_feed(url)
        return {entry.id: entry for entry in subscriber.get_entries(feed=url)}


def as_text(name: str, title: str | None) -> str:
    """A title of RSS may be HTML, and `reader` takes it so where there is a tag in it: its "&" is then "&amp;"."""
    assert title
    return unescape(title) if name == "rss.xml" else title


def people(name: str, post: Post) -> tuple[Person, ...]:
    """RSS has one byline, which `reader` splits at commas."""
    if name == "rss.xml":
        return tuple(Person(part.strip()) for part in post.signed().split(","))
    if name == "atom.xml":
        return post.authors
    return tuple(person._replace(email=None if person.url else person.email) for person in post.authors)


@pytest.mark.parametrize("name", NAMES)
def test_reader_shows_every_post_as_it_was_written(published: Published, name: str) -> None:
    entries = entries_by_id(published.server.url + name)
    ids = [post.atom_id or post.id if name == "atom.xml" else post.id for post in published.written.posts]
    assert sorted(entries) == sorted(ids)
    for id, post in zip(ids, published.written.posts, strict=True):
        entry = entries[id]
        assert (as_text(name, entry.title), entry.link) == (as_text(name, post.title), post.link)
        if name == "atom.xml" and len(post.authors) > 1:
            # It makes one of several, and gives the name of the last to it.
            assert [author.name for author in entry.authors] == [post.authors[-1].name]
        else:
            assert tuple((a.name, a.email, a.href) for a in entry.authors) == people(name, post)
        assert entry.published == moment(post.published)
        assert missing(entry.content[0].value, post, published.written.folder) == []
        assert entry.summary
        summary = entry.summary if name == "feed.json" else text_of(entry.summary)
        assert summary == post.summary


@pytest.mark.parametrize("name", NAMES)
def test_reader_shows_the_newest_post_first(published: Published, name: str) -> None:
    with reader.make_reader(":memory:") as subscriber:
        subscriber.add_feed(published.server.url + name)
        subscriber.update_feeds()
        newest = next(iter(subscriber.get_entries(sort=EntrySort.RECENT)))
        feed = subscriber.get_feed(published.server.url + name)
    assert as_text(name, newest.title) == as_text(name, published.written.posts[0].title)
    assert (as_text(name, feed.title), feed.link) == (published.written.title, published.written.home)


@pytest.mark.parametrize("name", NAMES[:2])
def test_reader_shows_the_summary_of_a_post_and_not_what_its_picture_shows(site: Site, name: str) -> None:
    site.settings('content = "summary"\n')
    site.write("boat.png", (MESSY.folder / "square.png").read_bytes())
    site.post(summary="It sails at seven.", image="boat.png", image_alt="A white boat & a gull")
    assert site.build().code == 0
    with serving(site.public) as server:
        (entry,) = entries_by_id(server.url + name).values()
    content = entry.get_content()
    assert (entry.title, entry.summary, content and content.value) == ("First", *["It sails at seven."] * 2)


class Subscriber:
    """`reader`, subscribed to the three formats of one publication."""

    def __init__(self, site: Site, server: Server, database: Path) -> None:
        self.site, self.server = site, server
        self.reader = reader.make_reader(str(database))
        for name in NAMES:
            self.reader.add_feed(server.url + name)

    def update(self) -> dict[str, tuple[int, int] | None]:
        """New and modified entries by file, None where the server said that nothing changed."""
        self.server.answers.clear()
        found: dict[str, tuple[int, int] | None] = {}
        for name in NAMES:
            updated = self.reader.update_feed(self.server.url + name)
            found[name] = (updated.new, updated.modified) if updated else None
        return found


@pytest.fixture
def subscriber(site: Site, tmp_path: Path) -> Iterator[Subscriber]:
    site.post("2025-04-14-first.md", "One.\n")
    site.post("2025-04-15-second.md", "Two.[^n]\n\n[^n]: Note.\n", title="Second", author="[A, B]")
    assert site.build().code == 0
    with serving(site.public) as server:
        subscriber = Subscriber(site, server, tmp_path / "reader.sqlite")
        with subscriber.reader:
            yield subscriber


def test_an_unchanged_rebuild_costs_a_subscriber_nothing(subscriber: Subscriber) -> None:
    assert subscriber.update() == dict.fromkeys(NAMES, (2, 0))
    assert subscriber.site.build().code == 0
    assert subscriber.update() == dict.fromkeys(NAMES)
    assert subscriber.server.answers == [304, 304, 304]


def test_a_rebuild_from_nothing_shows_no_entry_as_new_or_modified(subscriber: Subscriber) -> None:
    subscriber.update()
    subscriber.server.conditional = False
    for name in NAMES:
        (subscriber.site.public / name).unlink()
    assert subscriber.site.build("--no-cache").code == 0
    assert subscriber.update() == dict.fromkeys(NAMES, (0, 0))
    assert subscriber.server.answers == [200, 200, 200]


def test_an_edited_title_modifies_one_entry(subscriber: Subscriber) -> None:
    subscriber.update()
    subscriber.server.conditional = False
    subscriber.site.post("2025-04-14-first.md", "One.\n", title="First, fixed")
    assert subscriber.site.build().code == 0
    assert subscriber.update() == dict.fromkeys(NAMES, (0, 1))
    titles = {entry.title for entry in subscriber.reader.get_entries()}
    assert titles == {"First, fixed", "Second"}


def test_a_new_post_is_one_new_entry(subscriber: Subscriber) -> None:
    subscriber.update()
    subscriber.server.conditional = False
    subscriber.site.post("2025-05-01-third.md", title="Third")
    assert subscriber.site.build().code == 0
    assert subscriber.update() == dict.fromkeys(NAMES, (1, 0))


def as_written_before(atom: str) -> str:
    """An Atom feed of ours as earlier versions wrote it: with plain summaries and an author of the feed."""
    plain = re.sub(r'<summary type="html">(.*?)</summary>', lambda m: f"<summary>{unescape(m[1])}</summary>", atom)
    added = (
        "<author><name>Ana Díaz</name></author>"
        '<generator uri="https://dateline.example/" version="0.1.0">Dateline</generator>'
    )
    return plain.replace("&#x26;", "&amp;").replace("<link ", f"{added}<link ", 1)


@pytest.mark.parametrize("known", [True, False], ids=["ours", "of unknown origin"])
@pytest.mark.parametrize("content", ["full", "summary"])
def test_a_feed_of_an_earlier_version_has_the_same_entries(site: Site, content: str, known: bool) -> None:
    site.settings(f'formats = ["atom"]\ncontent = "{content}"\n')
    site.post(title="AT&T & others", summary="It sails at seven > eight.")
    escaped = site.post("2025-04-15-second.md", title="Second", summary="a < b & <b>c</b>, &copy;")
    assert site.build().code == 0
    now = (site.public / "atom.xml").read_bytes()
    before = as_written_before(now.decode()).encode()
    assert before.count(b"<summary>") == 2
    (site.public / "atom.xml").write_bytes(before)
    if known:
        manifest = site.public / ".dateline.json"
        written, found = (sha256(document).hexdigest() for document in (now, before))
        manifest.write_text(manifest.read_text("utf-8").replace(written, found), "utf-8")
    with serving(site.public) as server, closing(Reader(server, ["atom.xml"])) as subscriber:
        server.conditional = False
        subscriber.update()
        assert "Nothing is new, changed or gone in the feed." in site.build("--no-cache").out
        assert (site.public / "atom.xml").read_bytes() == now
        # Where a summary has to be escaped, what `reader` keeps of it differs; it shows no entry as unread.
        assert subscriber.update() == {
            "atom.xml": Seen(set(), {f"tag:example.org,2025-01-01:daily/{escaped.stem}"}, set())
        }
