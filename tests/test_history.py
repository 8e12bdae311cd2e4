"""The whole history can be reached: archives (RFC 5005), and feeds of tags and authors."""

import json
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import feedparser
import pytest
from conftest import EVERYTHING, Site, few_and_many
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.feed_formats import FORMATS
from dateline.options import BuildOptions
from dateline.pipeline import build

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
NAMES = [format.filename for format in FORMATS.values()]


class Document(NamedTuple):
    """What a client that follows archives wants to know of a document."""

    ids: list[str]
    links: dict[str, str]
    mark: str | None


def fetch(site: Site, url: str) -> Document:
    """A document of the output, by its address."""
    assert url.startswith("https://example.org/")
    content = (site.public / url.removeprefix("https://example.org/")).read_bytes()
    if url.endswith(".json"):
        feed = json.loads(content)
        assert feed["feed_url"] == url
        next_url = {"prev-archive": feed["next_url"]} if "next_url" in feed else {}
        return Document([item["id"] for item in feed["items"]], next_url, None)
    root = ElementTree.fromstring(content)
    whole = root if root.tag == f"{ATOM}feed" else root[0]
    links = {link.get("rel", ""): link.get("href", "") for link in whole.findall(f"{ATOM}link")}
    assert links["self"] == url
    ids = [element.text or "" for tag in ("item/guid", f"{ATOM}entry/{ATOM}id") for element in whole.findall(tag)]
    marks = [mark for mark in ("archive", "complete") if whole.find(f"{HISTORY}{mark}") is not None]
    assert len(marks) <= 1
    return Document(ids, links, marks[0] if marks else None)


class Client:
    """A reader that follows archives, and never again fetches an archive whose address it knows."""

    def __init__(self, site: Site, name: str) -> None:
        self.site = site
        self.url = f"https://example.org/{name}"
        self.known: set[str] = set()
        self.ids: set[str] = set()

    def update(self) -> None:
        """Fetch the feed, and the archives before it back to the first that is known."""
        document = fetch(self.site, self.url)
        self.ids.update(document.ids)
        while (url := document.links.get("prev-archive")) and url not in self.known:
            self.known.add(url)
            document = fetch(self.site, url)
            self.ids.update(document.ids)


def walk(site: Site, name: str) -> Iterator[tuple[str, Document]]:
    """The feed and all its archives, newest first."""
    url: str | None = f"https://example.org/{name}"
    while url:
        document = fetch(site, url)
        yield url, document
        url = document.links.get("prev-archive")


@pytest.fixture
def history(site: Site) -> Site:
    """Posts of four months, of which one has none, and drafts and held ones in between."""
    site.settings("limit = 2\n")
    for day in ("2025-01-05", "2025-01-31", "2025-03-01", "2025-03-02", "2025-03-03", "2025-04-01", "2025-05-01"):
        site.post(f"{day}-post.md", title=day, slug=f"post-{day}")
    site.post("2025-02-10-draft.md", draft="true")
    site.post("2025-03-15-held.md", publishDate="2026-01-01")
    assert site.build().code == 0
    return site


@pytest.mark.parametrize("name", NAMES)
def test_following_the_links_yields_every_published_post_once(history: Site, name: str) -> None:
    documents = list(walk(history, name))
    assert [url.removesuffix(name) for url, _ in documents] == [
        "https://example.org/",
        "https://example.org/archive/2025/04/",
        "https://example.org/archive/2025/03/",
        "https://example.org/archive/2025/01/",
    ]
    stems = [id.rpartition("/")[2] for _, document in documents for id in document.ids]
    days = ["2025-05-01", "2025-04-01", "2025-04-01", "2025-03-03", "2025-03-02", "2025-03-01", "2025-01-31"]
    assert stems == [f"{day}-post" for day in [*days, "2025-01-05"]]


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
def test_archives_say_what_they_are_and_lead_both_ways(history: Site, name: str) -> None:
    (_, feed), (_, april), (_, march), (_, january) = walk(history, name)
    base = "https://example.org/archive/2025/"
    assert (feed.mark, feed.links.get("current"), feed.links.get("next-archive")) == (None, None, None)
    assert [document.mark for document in (april, march, january)] == ["archive"] * 3
    assert {document.links["current"] for document in (april, march, january)} == {f"https://example.org/{name}"}
    assert [document.links.get("next-archive") for document in (april, march, january)] == [
        None,
        f"{base}04/{name}",
        f"{base}03/{name}",
    ]
    assert [document.links.get("prev-archive") for document in (april, march, january)] == [
        f"{base}03/{name}",
        f"{base}01/{name}",
        None,
    ]


def test_readers_take_archives_for_feeds(history: Site) -> None:
    for name in ("rss.xml", "atom.xml"):
        feed = feedparser.parse((history.public / "archive/2025/03" / name).read_bytes())
        assert not feed.bozo
        assert [entry.title for entry in feed.entries] == ["2025-03-03", "2025-03-02", "2025-03-01"]


def test_a_month_that_closes_changes_only_the_archive_before_it(history: Site) -> None:
    before = history.tree()
    history.post("2025-05-20-post.md", title="New", slug="new")
    assert history.build().code == 0
    changed = {path for path, content in history.tree().items() if before.get(path) != content}
    assert changed == {"rss.xml", "atom.xml", "feed.json", ".dateline.json"}
    before = history.tree()
    assert history.build("--now", "2026-02-01").code == 0  # the held post of March comes out in May's month
    history.post("2025-06-01-post.md", title="June", slug="june")
    assert history.build("--now", "2026-02-01").code == 0
    changed = {path for path, content in history.tree().items() if before.get(path) != content}
    month = {f"archive/2025/05/{name}" for name in NAMES}
    assert changed == {*NAMES, *month, "archive/2025/04/rss.xml", "archive/2025/04/atom.xml", ".dateline.json"}


def test_the_newest_month_is_whole_in_the_feed_even_where_that_is_more_than_the_limit(site: Site) -> None:
    site.settings("limit = 2\n")
    for day in range(1, 6):
        site.post(f"2025-05-0{day}-may-{day}.md", title=str(day))
    site.post("2025-04-30-april.md", title="April")
    site.post("2025-03-30-march.md", title="March")
    assert site.build().code == 0
    assert [item["title"] for item in site.json()["items"]] == ["5", "4", "3", "2", "1"]
    assert site.json()["next_url"] == "https://example.org/archive/2025/04/feed.json"


@pytest.mark.parametrize(
    ("limit", "days"),
    [(20, ["2025-01-01", "2025-05-01"]), (1, ["2025-01-01", "2025-01-02", "2025-05-01"])],
    ids=["all within the limit", "one archive would stand alone"],
)
def test_where_all_fits_into_one_document_it_says_so(site: Site, limit: int, days: list[str]) -> None:
    site.settings(f"limit = {limit}\n")
    for day in days:
        site.post(f"{day}-post.md", slug=f"post-{day}")
    assert site.build().code == 0
    for name in ("rss.xml", "atom.xml"):
        ((_, document),) = walk(site, name)
        assert (document.mark, len(document.ids)) == ("complete", len(days))
    assert not (site.public / "archive").exists()


def test_archives_by_day_and_none(history: Site) -> None:
    history.settings('limit = 2\narchives = "day"\n')
    assert history.build().code == 0
    urls = [url for url, _ in walk(history, "atom.xml")]
    assert urls[1:3] == [f"https://example.org/archive/2025/{day}/atom.xml" for day in ("04/01", "03/03")]
    assert not (history.public / "archive/2025/03/atom.xml").exists()
    history.settings('limit = 2\narchives = "off"\n')
    assert history.build().code == 0
    ((_, document),) = walk(history, "atom.xml")
    assert (len(document.ids), document.mark) == (2, None)
    assert not (history.public / "archive").exists()


def test_an_archive_names_the_program_without_its_version(site: Site) -> None:
    site.write("feed.toml", EVERYTHING.replace("generator = false\n", "") + "limit = 1\n")
    site.post("2025-01-01-a.md")
    site.post("2025-02-01-b.md")
    site.post("2025-05-01-c.md")
    assert site.build().code == 0
    assert re.search(rb"<generator[^>]*>Dateline</generator>", (site.public / "archive/2025/01/atom.xml").read_bytes())
    assert b"version=" not in (site.public / "archive/2025/01/atom.xml").read_bytes().split(b"\n", 1)[1]
    assert b"<generator>Dateline</generator>" in (site.public / "archive/2025/01/rss.xml").read_bytes()
    assert b"<generator>Dateline 0" in (site.public / "rss.xml").read_bytes()


class Event(NamedTuple):
    """A post that comes out: when it is dated, in which offset, and how much later it is let out."""

    moment: datetime
    offset: int
    held: timedelta


START = datetime(2025, 1, 25, tzinfo=UTC)
EVENTS = st.builds(
    Event,
    st.integers(0, 20 * 24).map(lambda hours: START + timedelta(hours=hours)),
    st.integers(-14, 14),
    st.sampled_from([timedelta(0)] * 4 + [timedelta(hours=3), timedelta(days=9)]),
)


@few_and_many(6, 150)
def test_a_client_that_was_away_for_any_while_misses_no_post(drawn: settings) -> None:
    @drawn
    @given(
        st.lists(EVENTS, min_size=1, max_size=14),
        st.sets(st.integers(0, 32 * 24), min_size=1, max_size=6),
        st.sampled_from(["month", "day"]),
        st.integers(1, 3),
        st.sampled_from(NAMES),
    )
    def holds(events: list[Event], visits: set[int], archives: str, limit: int, name: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            site = Site(Path(folder))
            site.settings(f'limit = {limit}\narchives = "{archives}"\n')
            due = {}
            for number, event in enumerate(events):
                date = event.moment.astimezone(timezone(timedelta(hours=event.offset)))
                out = event.moment + event.held
                site.post(f"post-{number}.md", date=date.isoformat(), publishDate=out.isoformat(), title=str(number))
                due[f"tag:example.org,2025-01-01:daily/post-{number}"] = out
            client = Client(site, name)
            for now in sorted({START + timedelta(hours=hours) for hours in visits}):
                out_by_now = {id for id, out in due.items() if out <= now}
                if not out_by_now:
                    continue
                build(BuildOptions(site.posts, site.public, now.isoformat(), accept=True))
                client.update()
                assert client.ids == out_by_now
                assert {id for _, document in walk(site, name) for id in document.ids} == out_by_now

    holds()


def test_each_tag_and_each_author_has_feeds_of_their_own(site: Site) -> None:
    site.write(
        "feed.toml", EVERYTHING + 'limit = 2\n[authors.mike]\nname = "Mike Connors"\nurl = "https://m.example/"\n'
    )
    site.post("2025-05-01-a.md", title="A", tags="[Human Rights, CECOT]", author="mike")
    site.post("2025-05-02-b.md", title="B", tags="[human rights]", authors="[mike, Ana Díaz]")
    site.post("2025-05-03-c.md", title="C", tags="[Human Rights]")
    site.post("2025-05-04-draft.md", title="D", tags="[Secret]", author="Secret", draft="true")
    site.post("2025-05-05-held.md", title="E", tags="[Secret]", date="2026-01-01")
    assert site.build().code == 0
    folders = {file.parent.relative_to(site.public).as_posix() for file in site.public.rglob("rss.xml")}
    assert folders == {".", "tags/human-rights", "tags/cecot", "authors/mike-connors", "authors/ana-díaz"}
    feed = json.loads((site.public / "tags/human-rights/feed.json").read_text("utf-8"))
    assert feed["title"] == "The Daily Example · Human Rights"
    assert feed["home_page_url"] == "https://example.org/tags/human-rights/"
    assert feed["feed_url"] == "https://example.org/tags/human-rights/feed.json"
    assert [item["title"] for item in feed["items"]] == ["C", "B"]
    assert "next_url" not in feed
    ids = {
        folder: feedparser.parse((site.public / folder / "atom.xml").read_bytes()).feed.id for folder in sorted(folders)
    }
    assert ids == {
        ".": "tag:example.org,2025-01-01:daily",
        "authors/ana-díaz": "tag:example.org,2025-01-01:daily/authors/ana-d%C3%ADaz",
        "authors/mike-connors": "tag:example.org,2025-01-01:daily/authors/mike-connors",
        "tags/cecot": "tag:example.org,2025-01-01:daily/tags/cecot",
        "tags/human-rights": "tag:example.org,2025-01-01:daily/tags/human-rights",
    }
    mike = json.loads((site.public / "authors/mike-connors/feed.json").read_text("utf-8"))
    assert mike["authors"] == [{"name": "Mike Connors", "url": "https://m.example/"}]
    assert mike["feed_url"] == "https://example.org/authors/mike-connors/feed.json"
    ana = ElementTree.parse(site.public / "authors/ana-díaz/atom.xml").getroot()
    assert ana.find(f"{ATOM}link[@rel='self']").get("href") == "https://example.org/authors/ana-d%C3%ADaz/atom.xml"  # type: ignore[union-attr]


def test_a_post_that_only_a_tag_or_an_author_still_shows_is_made_for_their_feeds(site: Site) -> None:
    site.write("feed.toml", EVERYTHING + 'limit = 1\narchives = "off"\n')
    for day, tag, author in ((1, "sea", "Mike Connors"), (2, "land", "Jo Li"), (3, "sky", "Ana Díaz")):
        site.post(f"2025-05-0{day}-{tag}.md", f"Text of {tag}.\n", title=tag, tags=f"[{tag}]", author=author)
    assert site.build().code == 0
    feeds = {
        "sea": ("tags/sea", "authors/mike-connors"),
        "land": ("tags/land", "authors/jo-li"),
        "sky": ("tags/sky", "."),
    }
    for tag, folders in feeds.items():
        for folder in folders:
            (item,) = json.loads((site.public / folder / "feed.json").read_text("utf-8"))["items"]
            assert (item["title"], item["content_html"]) == (tag, f"<p>Text of {tag}.</p>")
    site.post("2025-05-01-sea.md", "Other text of sea.\n", title="sea", tags="[sea]", author="Mike Connors")
    assert "Changed: “sea”" in site.build().out
    (item,) = json.loads((site.public / "tags/sea/feed.json").read_text("utf-8"))["items"]
    assert item["content_html"] == "<p>Other text of sea.</p>"


def test_a_tag_of_emoji_alone_has_a_feed_of_its_own(site: Site) -> None:
    site.write("feed.toml", EVERYTHING)
    site.post("2025-05-01-a.md", tags="[🚀, ☀️, u_1f680, u-1f680-b]")
    site.post("2025-05-02-b.md", tags="[☀️, 👩‍🚀]")
    assert site.build().code == 0
    folders = {file.parent.name for file in site.public.glob("tags/*/atom.xml")}
    assert folders == {"u_1f680", "u_2600", "u_1f469_200d_1f680", "u-1f680", "u-1f680-b"}
    feed = ElementTree.parse(site.public / "tags/u_2600/atom.xml").getroot()
    assert feed.findtext("{*}id") == "tag:example.org,2025-01-01:daily/tags/u_2600"
    assert len(feed.findall("{*}entry")) == 2
    site.post("2025-05-02-b.md", tags="[☀]")  # the same emoji, which does not ask for colours
    assert site.build("--accept").code == 0
    feed = ElementTree.parse(site.public / "tags/u_2600/atom.xml").getroot()
    assert len(feed.findall("{*}entry")) == 2


@pytest.mark.parametrize(
    ("tag", "problem"),
    [
        ("'???'", "'???' has no letter or digit for the address of its feed"),
        ("x" * 201, "is too long for the address of its feed"),
    ],
)
def test_a_tag_that_no_feed_can_be_named_by_is_refused(site: Site, tag: str, problem: str) -> None:
    site.write("feed.toml", EVERYTHING)
    site.post(tags=f"[{tag}]")
    result = site.build()
    assert result.code == 1
    assert result.err.startswith("error: posts/2025-04-14-first.md:3: tags: ")
    assert problem in result.err


def test_the_last_post_of_a_tag_takes_its_feed_along(site: Site) -> None:
    site.write("feed.toml", EVERYTHING)
    site.post("2025-05-01-a.md", tags="[a]")
    site.post("2025-05-02-b.md", tags="[b]")
    assert site.build().code == 0
    assert (site.public / "tags/b/rss.xml").exists()
    site.post("2025-05-02-b.md", tags="[a]")
    result = site.build("--accept")
    assert re.search(r"\n3 files +removed\n", result.out)
    assert not (site.public / "tags/b").exists()
    assert "tags/b" not in (site.public / "feeds.opml").read_text("utf-8")


def test_the_list_of_feeds_names_each_once(site: Site) -> None:
    site.write("feed.toml", EVERYTHING + "limit = 1\n")
    site.post("2025-01-01-a.md", tags="[x & y]")
    site.post("2025-05-02-b.md", tags="[größe]")
    assert site.build().code == 0
    root = ElementTree.parse(site.public / "feeds.opml").getroot()
    assert root.get("version") == "2.0"
    listed = {line.get("xmlUrl"): line.get("text") for line in root.iter("outline") if line.get("xmlUrl")}
    assert listed == {
        "https://example.org/rss.xml": "The Daily Example",
        "https://example.org/authors/ana-d%C3%ADaz/rss.xml": "The Daily Example · Ana Díaz",
        "https://example.org/tags/gr%C3%B6sse/rss.xml": "The Daily Example · größe",
        "https://example.org/tags/x-y/rss.xml": "The Daily Example · x & y",
    }
    for line in root.iter("outline"):
        if line.get("xmlUrl"):
            assert line.get("type") == "rss"
            assert line.get("htmlUrl")
    for formats, recommended in {'["json", "atom"]': "atom.xml", '["json"]': "feed.json"}.items():
        site.write("feed.toml", EVERYTHING + f"formats = {formats}\n")
        assert site.build("--accept").code == 0
        assert f"https://example.org/{recommended}" in (site.public / "feeds.opml").read_text("utf-8")
