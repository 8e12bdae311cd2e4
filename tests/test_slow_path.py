"""Templates of bytes change nothing: what is filled is what feedgen and the JSON encoder write."""

import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW, SETTINGS, Site, few_and_many
from hypothesis import given, settings
from hypothesis import strategies as st
from test_golden import CASES, expected_of, posts_of, tree

from dateline import formats
from dateline.content.config import read_settings
from dateline.feed_formats import FORMATS
from dateline.formats import templates
from dateline.formats.templates import InMemory, Templates
from dateline.hashing import digest_bytes
from dateline.model import (
    Attached,
    Author,
    Enclosure,
    Entry,
    Episode,
    Feed,
    Image,
    Move,
    Picture,
    Podcast,
    Post,
    Tombstone,
    Transcript,
)
from dateline.options import BuildOptions
from dateline.pipeline import build
from dateline.text import controls, forbidden_character

PUBLICATION, _ = read_settings(SETTINGS)
IN_PLAIN_SUITE = ("podcast", "pictures-and-enclosures", "withdrawn", "archives")

SPECIAL = st.sampled_from([*"&<>\"'\t\n\r]", "]]>", "<![CDATA[", "&amp;", "&#x3C;", "qz0textzq", "qsq", " "])
CARRIED = st.characters(codec="utf-8").filter(lambda c: not forbidden_character(c) and not controls(c))
TEXT = st.lists(SPECIAL | CARRIED | st.sampled_from("abc"), min_size=1, max_size=8).map("".join)
OPTIONAL = st.none() | TEXT
ADDRESS = TEXT.map("https://example.org/{}".format)
SIZE = st.none() | st.integers(1, 5000)
MOMENT = st.datetimes(
    datetime(1970, 1, 2),
    datetime(2100, 12, 30),
    timezones=st.sampled_from([UTC, *(timezone(timedelta(minutes=by)) for by in (-840, -210, 60, 345, 840))]),
)
AUTHOR = st.builds(Author, TEXT, OPTIONAL, st.none() | ADDRESS)
PICTURE = st.builds(Picture, ADDRESS, OPTIONAL, OPTIONAL, SIZE, SIZE)
ENCLOSURE = st.builds(Enclosure, ADDRESS, TEXT, st.integers(0, 10**9), OPTIONAL, SIZE)
EPISODE = st.builds(Episode, OPTIONAL, SIZE, SIZE, st.none() | st.booleans(), SIZE, OPTIONAL, transcripts=st.just(()))
ATTACHED = st.builds(
    Attached,
    st.none() | PICTURE,
    st.lists(ENCLOSURE, max_size=2).map(tuple),
    st.lists(st.builds(Transcript, ADDRESS, TEXT), max_size=2).map(tuple),
)


@st.composite
def entries(draw: Any) -> Entry:
    title, published, url = draw(st.just("") | TEXT), draw(MOMENT), draw(ADDRESS)
    post = Post(
        path="a.md",
        id=draw(st.sampled_from([url, "tag:example.org,2025:a"]) | TEXT),
        url=url,
        title=title,
        published=published,
        updated=draw(st.just(published) | MOMENT),
        due=published,
        timed=True,
        authors=tuple(draw(st.lists(AUTHOR, min_size=1, max_size=3))),
        tags=tuple(draw(st.lists(TEXT, max_size=3))),
        language=draw(st.sampled_from(["en", "es"])),
        draft=False,
        link=None,
        aliases=(),
        body_line=1,
        first_words=draw(TEXT),
        related=draw(st.none() | ADDRESS),
        episode=draw(st.none() | EPISODE),
    )
    return Entry(post, draw(st.just("") | TEXT), draw(TEXT), draw(st.just(Attached()) | ATTACHED))


PODCAST = st.builds(
    Podcast,
    guid=TEXT,
    author=TEXT,
    categories=st.lists(st.tuples(TEXT, OPTIONAL), max_size=2).map(tuple),
    explicit=st.booleans(),
    image=ADDRESS,
    owner=st.builds(Author, TEXT, TEXT),
    kind=OPTIONAL,
)
PUBLICATIONS = st.builds(
    PUBLICATION._replace,
    title=TEXT,
    description=TEXT,
    rights=OPTIONAL,
    hub=st.none() | ADDRESS,
    stylesheet=st.booleans(),
)
FEEDS = st.builds(
    Feed,
    publication=PUBLICATIONS,
    id=TEXT,
    title=TEXT,
    home=ADDRESS,
    base=ADDRESS,
    authors=st.lists(AUTHOR, max_size=2).map(tuple),
    updated=MOMENT,
    entries=st.lists(entries(), min_size=1, max_size=4).map(tuple),
    icon=st.none() | ADDRESS,
    logo=st.none() | ADDRESS,
    image=st.none() | st.builds(Image, ADDRESS, st.integers(1, 144), st.integers(1, 400)),
    generator=st.none() | st.tuples(TEXT, OPTIONAL),
    current=st.none() | ADDRESS,
    previous=st.none() | ADDRESS,
    next=st.none() | ADDRESS,
    complete=st.booleans(),
    tombstones=st.lists(st.builds(Tombstone, TEXT, MOMENT, OPTIONAL), max_size=2).map(tuple),
    moved=st.none() | st.builds(Move, ADDRESS, MOMENT),
    podcast=st.none() | PODCAST,
)


def written(name: str, feed: Feed, known: Templates | None = None, *, slow: bool = False) -> str:
    return b"".join(formats.write(name, feed, known, slow=slow)).decode()


def example() -> Feed:
    """A feed of two entries that have everything."""
    moment = datetime(2025, 4, 14, 9, 30, tzinfo=timezone(timedelta(hours=-6)))
    author = Author("Ana & Díaz", "ana@example.org", "https://example.org/?a&b")
    episode = Episode("Title", 3, 2, True, 5, "full", ())
    picture = Picture("https://example.org/a&b.png", 'a "picture"', "image/png", 1400, 1400)
    enclosures = (Enclosure("https://example.org/a.mp3?a&b", "audio/mpeg", 5, "One", 7),) * 2
    transcripts = (Transcript("https://example.org/a.vtt", "text/vtt"),)
    first = Post(
        path="a.md",
        id="a & b",
        url="https://example.org/?a&b",
        title="A < B & C",
        published=moment,
        updated=moment + timedelta(days=1),
        due=moment,
        timed=True,
        authors=(author, Author("B")),
        tags=("x & y", "z"),
        language="es",
        draft=False,
        link=None,
        aliases=(),
        body_line=1,
        related="https://example.com/?a&b",
        episode=episode,
    )
    entry = Entry(first, "<p>One &amp; two ]]></p>\n", "a < b", Attached(picture, enclosures, transcripts))
    note = first._replace(id="n", title="", first_words="First words", updated=moment, language="en", episode=None)
    show = Podcast("guid", "Ana", (("Arts", "Books"),), False, "https://example.org/c.png", author, "serial")
    return Feed(
        publication=PUBLICATION._replace(rights="© & all", hub="https://hub.example/?a&b", stylesheet=True),
        id="tag:example.org,2025-01-01:daily",
        title="News & <views>",
        home="https://example.org/",
        base="https://example.org/",
        authors=(author,),
        updated=moment,
        entries=(entry, Entry(note, "", "note")),
        icon="https://example.org/i.png",
        logo="https://example.org/l.png",
        image=Image("https://example.org/l.png", 88, 31),
        generator=("Dateline", "1"),
        previous="https://example.org/archive/2025/03/",
        complete=False,
        tombstones=(Tombstone("tag:example.org,2025:x", moment, "gone & lost"),),
        moved=Move("https://example.net/", moment),
        podcast=show,
    )


@few_and_many(40, 4000)
def test_any_feed_is_the_same_with_templates_and_without(drawn: settings) -> None:
    known = InMemory()

    @drawn
    @given(FEEDS)
    def holds(feed: Feed) -> None:
        for name in FORMATS:
            assert written(name, feed, known) == written(name, feed, slow=True)

    holds()
    assert all(known.values.values()), "a shape for which no template can be cut"


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=() if case in IN_PLAIN_SUITE else pytest.mark.slow) for case in CASES]
)
def test_golden_folders_come_out_the_same_without_templates(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, ways = formats.write, []

    def noted(name: str, feed: Feed, *known: Templates, slow: bool = False) -> Iterator[bytes]:
        ways.append(slow)
        return write(name, feed, *known, slow=slow)

    monkeypatch.setattr(formats, "write", noted)
    build(BuildOptions(posts_of(case, tmp_path), tmp_path / "public", now=NOW, cache=False, slow_path=True))
    assert tree(tmp_path / "public") == expected_of(case)
    assert all(ways)


@pytest.mark.slow
def test_no_golden_folder_has_a_shape_without_a_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, known = formats.write, InMemory()

    def noted(name: str, feed: Feed, *_: Templates, slow: bool = False) -> Iterator[bytes]:
        return write(name, feed, known)

    monkeypatch.setattr(formats, "write", noted)
    for case in CASES:
        build(BuildOptions(posts_of(case, tmp_path / case), tmp_path / case / "public", now=NOW, cache=False, jobs=1))
        shutil.rmtree(tmp_path / case)
    assert known.values
    assert all(known.values.values())


def test_slow_path_is_an_option_of_build(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.post()
    assert site.build().code == 0
    fast = site.tree()
    shutil.rmtree(site.public)
    monkeypatch.setattr(templates, "_document", None)
    assert site.build("--slow-path").code == 0
    assert site.tree() == fast


def test_known_templates_are_filled_without_feedgen(tmp_path: Path) -> None:
    feed, known = example(), InMemory()
    expected = [written(name, feed, known) for name in FORMATS]
    file = tmp_path / "feed"
    file.write_bytes(pickle.dumps((feed, known.values, expected)))
    code = """\
import pickle, sys
from dateline import formats
from dateline.formats.templates import InMemory
feed, values, expected = pickle.loads(open(sys.argv[1], "rb").read())
known = InMemory()
known.values.update(values)
known.put = None
assert [b"".join(formats.write(name, feed, known)).decode() for name in ("rss", "atom", "json")] == expected
print(sorted({"dateutil", "feedgen", "lxml", "tempfile"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def _damaged(value: bytes) -> Iterator[bytes]:
    """Yield a stored template in ways in which it must not be used."""
    middle = len(value) // 2
    yield value[:middle]
    yield value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1 :]
    yield b"\xff" * 40
    pieces, texts, dates, parts = json.loads(value[32:])
    wrong: tuple[object, ...] = (
        [],
        {},
        [pieces, texts, dates],
        [pieces[:1], texts, dates, [[5, 0]]],
        [pieces, texts, [[[1, 99], "utc"]], parts],
        [pieces, [[[1, 0], [["&", 5, None]]]], dates, parts],
        [pieces, 3, dates, parts],
        ["x", texts, [[[0, 0], "no"]], [["0", "0"]]],
    )
    for content in wrong:
        text = json.dumps(content).encode()
        yield digest_bytes(text).encode() + text


def test_a_damaged_template_is_cut_anew() -> None:
    feed, good = example(), InMemory()
    expected = {name: written(name, feed, good) for name in FORMATS}
    for variants in zip(*map(_damaged, good.values.values()), strict=True):
        known = InMemory()
        known.values.update(zip(good.values, variants, strict=True))
        assert {name: written(name, feed, known) for name in FORMATS} == expected
        assert known.values == good.values


def test_a_shape_without_a_template_is_written_by_feedgen(monkeypatch: pytest.MonkeyPatch) -> None:
    feed = example()
    for refused in ("rss", "rss entries", "rss entries tags", "atom", "atom entries authors"):
        known, put = InMemory(), InMemory()
        written("rss", feed, put)
        written("atom", feed, put)
        known.values.update({key: b"" for key in put.values if key.startswith((f"{refused} str", f"{refused} media"))})
        for name in ("rss", "atom"):
            assert written(name, feed, known) == written(name, feed, slow=True)


@pytest.mark.parametrize("name", ["rss", "atom"])
@pytest.mark.parametrize("character", ["\0", "\x01", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_what_xml_forbids_is_refused_by_templates_too(name: str, character: str) -> None:
    feed = example()
    (entry, _), known = feed.entries, InMemory()
    for wrong in (
        feed._replace(title=character),
        feed._replace(entries=(entry._replace(html=f"é{character}"),)),
        feed._replace(entries=(entry._replace(post=entry.post._replace(tags=(character,))),)),
    ):
        for _ in range(2):
            with pytest.raises(ValueError, match=r"XML|surrogates"):
                written(name, wrong, known)
    assert written(name, feed, known) == written(name, feed, slow=True)


@pytest.mark.parametrize("name", FORMATS)
def test_entries_are_read_once_and_wait_in_a_file_if_they_are_many(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "_IN_MEMORY", 2000)
    feed = example()
    once = iter(feed.entries * 5)
    lazily = feed._replace(entries=once)  # type: ignore[arg-type]
    assert written(name, lazily) == written(name, feed._replace(entries=feed.entries * 5), slow=True)
