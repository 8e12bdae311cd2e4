"""Rules that hold for any input, on examples that Hypothesis makes up."""

import json
import posixpath
import re
import tempfile
from calendar import timegm
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from html import unescape
from pathlib import Path
from typing import Any
from unicodedata import category
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import feedparser
from conftest import SETTINGS, Site, few_and_many
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.content.config import MARKDOWNS, read_settings
from dateline.content.dates import FIRST_YEAR, LAST_YEAR, read_date
from dateline.content.ids import is_uri, post_id, publication_id, slugify
from dateline.content.posts import read_post
from dateline.content.urls import feed_file
from dateline.errors import BuildError, InputError, PostError
from dateline.feed_formats import FORMATS
from dateline.model import Post, Source
from dateline.options import BuildOptions
from dateline.pipeline import build
from dateline.render import beginning, render
from dateline.text import controls, forbidden_character

PUBLICATION, _ = read_settings(SETTINGS)
NEW_YORK = ZoneInfo("America/New_York")
# Characters that a feed can carry, those that mean something to YAML, Markdown, HTML and XML more often.
CARRIED = st.characters(codec="utf-8").filter(lambda c: not forbidden_character(c) and not controls(c))
TEXT = st.text(st.sampled_from("\n\n  #-*_[]()<>&;:\"'`|!^~=+{}\\") | CARRIED)


def _is_left_alone(text: str) -> bool:
    """Whether feedparser gives `text` back: it "mends" what looks like UTF-8 that was once read as Latin-1."""
    try:
        return text.isascii() or not text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return True


SEEN = CARRIED.filter(lambda c: category(c)[0] not in "CZ")
LINE = st.tuples(SEEN, st.text(CARRIED)).map("".join).map(lambda text: " ".join(text.split())).filter(_is_left_alone)


@contextmanager
def a_site() -> Iterator[Site]:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.settings()
        yield site


@given(st.text() | TEXT, st.text() | TEXT)
def test_any_text_gives_a_post_or_a_post_error(front_matter: str, body: str) -> None:
    for text in (front_matter, f"---\n{front_matter}\n---\n{body}", f"+++\n{front_matter}\n+++\n{body}"):
        try:
            post = read_post(Source("2025-04-14-x.md", text), PUBLICATION, beginning)
        except PostError as error:
            assert not any("\n" in str(problem) for problem in error.problems)
        else:
            assert isinstance(post, Post)


KEYS = st.sampled_from(["title", "date", "updated", "author", "authors", "tags", "summary", "id", "slug", "draft"])
YAML_VALUES = st.sampled_from(
    ["", "x", "2025-04-15", "true", "[a, b]", "{name: A}", '"\\0"', "'", "*x", "&x y", "|\n a"]
)


@given(st.dictionaries(KEYS, YAML_VALUES | LINE))
def test_any_front_matter_gives_a_post_or_a_post_error(fields: dict[str, str]) -> None:
    lines = "".join(f"{key}: {value}\n" for key, value in fields.items())
    try:
        post = read_post(Source("2025-04-14-x.md", f"---\n{lines}---\n"), PUBLICATION, beginning)
    except PostError as error:
        assert all(problem.remedy and "\n" not in str(problem) for problem in error.problems)
    else:
        assert post.authors
        assert post.published.utcoffset() is not None
        assert post.updated >= post.published


@few_and_many(12, 300)
def test_any_bytes_in_a_file_give_feeds_or_an_error(drawn: settings) -> None:
    @drawn
    @given(st.binary(max_size=300))
    def holds(content: bytes) -> None:
        with a_site() as site:
            site.post("2025-01-01-good.md")
            site.write("2025-04-14-x.md", b"---\ntitle: X\n---\n" + content)
            try:
                build(BuildOptions(site.posts, site.public, now="2025-06-01", cache=False))
            except BuildError as refused:
                assert all("\n" not in str(error) for error in refused.problems)
                assert not site.public.exists()
            else:
                assert len(site.json()["items"]) == 2

    holds()


@few_and_many(12, 300)
def test_any_post_gives_feeds_that_say_what_it_says(drawn: settings) -> None:
    @drawn
    @given(
        title=LINE,
        author=LINE.filter(lambda name: not any(c in "<>@" for c in name) and any(c.isalnum() for c in name)),
        summary=LINE,
        tags=st.lists(LINE, max_size=3),
        body=TEXT,
        moment=st.datetimes(
            datetime(FIRST_YEAR, 1, 2),
            datetime(2025, 5, 31),
            timezones=st.sampled_from([UTC, NEW_YORK, ZoneInfo("Asia/Kathmandu")]),
        ).map(lambda moment: datetime.fromisoformat(moment.replace(microsecond=0).isoformat())),
    )
    def holds(title: str, author: str, summary: str, tags: list[str], body: str, moment: datetime) -> None:
        # JSON between quotation marks is YAML too.
        fields = {
            "title": title,
            "date": moment.isoformat(),
            "author": {"name": author},
            "summary": summary,
            "tags": tags,
        }
        text = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields.items())
        with a_site() as site:
            site.write("2025-04-14-x.md", f"---\n{text}---\n{body}")
            try:
                build(BuildOptions(site.posts, site.public, now="2025-06-01", cache=False))
            except BuildError as refused:
                # Nothing else can be wrong with such a post.
                assert all(
                    error.problem.startswith(("text:", "link:", "media:", "title:")) for error in refused.problems
                )
                return
            for name in ("rss.xml", "atom.xml"):
                feed = feedparser.parse(
                    (site.public / name).read_bytes(), sanitize_html=False, resolve_relative_uris=False
                )
                assert not feed.bozo, feed.get("bozo_exception")
                (entry,) = feed.entries
                _agree(entry, fields, moment, name)
            # feedparser takes what looks like HTML in a title of RSS for HTML.
            assert ElementTree.parse(site.public / "rss.xml").findtext("channel/item/title") == title
            (item,) = site.json()["items"]
            assert (item["title"], item["summary"], item["authors"]) == (title, summary, [{"name": author}])
            assert datetime.fromisoformat(item["date_published"]) == moment

    holds()


def _agree(entry: Any, fields: dict[str, Any], moment: datetime, name: str) -> None:
    assert datetime.fromtimestamp(timegm(entry.published_parsed), UTC) == moment
    assert entry.author == fields["author"]["name"]
    if name == "atom.xml":
        assert entry.title == fields["title"]
        assert unescape(entry.summary) == fields["summary"]


@given(TEXT, st.sampled_from(MARKDOWNS), st.booleans())
def test_rendering_is_a_pure_function_that_leaves_nothing_harmful(body: str, engine: str, smart: bool) -> None:
    try:
        first = render(body, engine=engine, footnote_prefix="x", smart_quotes=smart)
    except InputError:
        return
    assert first == render(body, engine=engine, footnote_prefix="x", smart_quotes=smart)
    assert len(first.summary) <= 300
    lowered = first.html.lower()
    assert not any(tag in lowered for tag in ("<script", "<iframe", "<form", "<style", "<object", "<embed"))


@given(st.text(max_size=40) | st.from_regex(r"[0-9a-zA-Z :,./+-]{1,30}", fullmatch=True))
def test_any_date_is_read_or_refused(text: str) -> None:
    try:
        written = read_date(text, NEW_YORK, time(12))
    except InputError:
        return
    assert FIRST_YEAR <= written.moment.year <= LAST_YEAR
    assert written.moment.utcoffset() is not None


@given(
    st.datetimes(datetime(FIRST_YEAR, 1, 2), datetime(LAST_YEAR, 12, 30)),
    st.sampled_from(["%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%a, %d %b %Y", "%Y%m%d", "%d-%b-%Y", "%A %d %B %Y"]),
)
def test_a_day_is_read_as_it_was_written(day: datetime, pattern: str) -> None:
    written = read_date(day.strftime(pattern), NEW_YORK, time(12))
    assert written.moment.date() == day.date()
    assert (written.moment.hour, written.timed) == (12, False)


@given(
    st.datetimes(datetime(FIRST_YEAR, 1, 2), datetime(LAST_YEAR, 12, 30)).map(lambda day: day.replace(microsecond=0)),
    st.sampled_from(["+00:00", "Z", "-05:00", "+05:45", "+1400"]),
)
def test_a_moment_with_an_offset_is_read_as_it_was_written(moment: datetime, offset: str) -> None:
    written = read_date(moment.isoformat() + offset, NEW_YORK, time(12))
    assert written.moment.replace(tzinfo=None) == moment
    assert written.moment == datetime.fromisoformat(moment.isoformat() + offset)


OLD_IDS = """
    https://swift.example/ http://blog.example https://h.example:8080/feed/?type=atom urn:example:news
    urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6 tag:blogger.com,1999:blog-7 tag:h.example,2019:/
""".split()


@given(st.sampled_from([PUBLICATION.id, *OLD_IDS]), st.text(CARRIED, min_size=1))
def test_an_id_made_from_a_file_name_is_a_uri_and_a_slug_is_stable(publication: str, stem: str) -> None:
    id = post_id(publication_id(publication), stem)
    assert id.startswith(f"{publication.rstrip('/')}/")
    assert "//" not in id.removeprefix(publication.partition("//")[0] + "//")
    assert id.isascii()
    assert is_uri(id)
    assert slugify(slugify(stem)) == slugify(stem)


@given(st.one_of(st.text(), st.text("./%2eEfF\\a?#: ").map("feed/{}.xml".format)))
def test_a_feed_file_is_refused_or_below_the_output(text: str) -> None:
    try:
        path = feed_file(text)
    except InputError:
        return
    assert posixpath.normpath(path) == path
    assert not path.startswith("/")
    assert not re.search(r"(^|/)\.|[\0\n\\]", path)


def test_the_table_of_formats_is_complete() -> None:
    assert tuple(FORMATS) == PUBLICATION.formats
