"""Templates of bytes change nothing: what is filled is what feedgen and the JSON encoder write."""

import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import TypeVar

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

Value = TypeVar("Value")
PUBLICATION, _ = read_settings(SETTINGS)
IN_PLAIN_SUITE = ("podcast", "pictures-and-enclosures", "withdrawn", "archives")

SPECIAL = [*"&<>\"'\t\n\r]", "]]>", "<![CDATA[", "&amp;", "&#x3C;", "qz0textzq", "qsq", " "]
CARRIED = [*map(chr, range(0x20, 0x7F)), *"é—☀\x85\xa0\u2028\ue000\ufffd，\U0001f600", *SPECIAL * 4]


class Draw:
    """Random values from a seed. Every text has at least one character."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def text(self) -> str:
        return "".join(self._random.choices(CARRIED, k=self._random.randint(1, 12)))

    def address(self) -> str:
        return f"https://example.org/{self.text()}"

    def number(self) -> int:
        return self._random.randint(1, 5000)

    def flag(self) -> bool:
        return self._random.random() < 0.5

    def perhaps(self, value: Callable[[], Value]) -> Value | None:
        return value() if self.flag() else None

    def some(self, value: Callable[[], Value], least: int = 0) -> tuple[Value, ...]:
        return tuple(value() for _ in range(self._random.randint(least, 3)))

    def moment(self) -> datetime:
        zone = timezone(timedelta(minutes=self._random.choice([0, 0, -840, -210, 60, 345, 840])))
        seconds = self._random.randint(86_400, 4_120_000_000)
        return datetime.fromtimestamp(seconds, zone).replace(
            microsecond=self._random.choice([0, 0, 1, 10_000, 999_999])
        )

    def author(self) -> Author:
        return Author(self.text(), self.perhaps(self.text), self.perhaps(self.address))

    def picture(self) -> Picture:
        sizes = self.perhaps(self.number), self.perhaps(self.number)
        return Picture(self.address(), self.perhaps(self.text), self.perhaps(self.text), *sizes)

    def enclosure(self) -> Enclosure:
        size = self.perhaps(self.number) or 0
        return Enclosure(self.address(), self.text(), size, self.perhaps(self.text), self.perhaps(self.number))

    def transcript(self) -> Transcript:
        return Transcript(self.address(), self.text())

    def episode(self) -> Episode:
        numbers = self.perhaps(self.number), self.perhaps(self.number), self.perhaps(self.flag), None
        return Episode(self.perhaps(self.text), *numbers, self.perhaps(self.text), ())

    def entry(self) -> Entry:
        url, published = self.address(), self.moment()
        post = Post(
            path="a.md",
            id=self._random.choice([url, "tag:example.org,2025:a", self.text()]),
            url=url,
            title=self.perhaps(self.text) or "",
            published=published,
            updated=self.perhaps(self.moment) or published,
            due=published,
            timed=True,
            authors=self.some(self.author, 1),
            tags=self.some(self.text),
            language=self._random.choice(["en", "es"]),
            draft=False,
            link=None,
            aliases=(),
            body_line=1,
            first_words=self.text(),
            related=self.perhaps(self.address),
            episode=self.perhaps(self.episode),
        )
        attached = Attached(self.perhaps(self.picture), self.some(self.enclosure), self.some(self.transcript))
        return Entry(post, self.perhaps(self.text) or "", self.text(), self._random.choice([Attached(), attached]))

    def podcast(self) -> Podcast:
        return Podcast(
            guid=self.text(),
            author=self.text(),
            categories=self.some(lambda: (self.text(), self.perhaps(self.text))),
            explicit=self.flag(),
            image=self.address(),
            owner=Author(self.text(), self.text()),
            kind=self.perhaps(self.text),
        )

    def feed(self) -> Feed:
        return Feed(
            publication=PUBLICATION._replace(
                title=self.text(),
                description=self.text(),
                rights=self.perhaps(self.text),
                hub=self.perhaps(self.address),
                stylesheet=self.flag(),
            ),
            id=self.text(),
            title=self.text(),
            home=self.address(),
            base=self.address(),
            authors=self.some(self.author),
            updated=self.moment(),
            entries=self.some(self.entry, 1),
            icon=self.perhaps(self.address),
            logo=self.perhaps(self.address),
            image=self.perhaps(lambda: Image(self.address(), self.number(), self.number())),
            generator=self.perhaps(lambda: (self.text(), self.perhaps(self.text))),
            current=self.perhaps(self.address),
            previous=self.perhaps(self.address),
            next=self.perhaps(self.address),
            complete=self.flag(),
            tombstones=self.some(lambda: Tombstone(self.text(), self.moment(), self.perhaps(self.text))),
            moved=self.perhaps(lambda: Move(self.address(), self.moment())),
            podcast=self.perhaps(self.podcast),
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


@few_and_many(30, 2000)
def test_any_feed_is_the_same_with_templates_and_without(drawn: settings) -> None:
    known = InMemory()

    @drawn
    @given(st.integers(0, 2**64).map(Draw))
    def holds(draw: Draw) -> None:
        for feed in (draw.feed() for _ in range(2)):
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
    feed, good, known = example(), InMemory(), InMemory()
    expected = {name: written(name, feed, good) for name in FORMATS}
    for number, (key, value) in enumerate(good.values.items()):
        ways = list(_damaged(value))
        known.values[key] = ways[number % len(ways)]
    assert len(known.values) > 2 * len(ways)
    assert {name: written(name, feed, known) for name in FORMATS} == expected
    assert known.values == good.values


@pytest.mark.parametrize("name", ["rss", "rss entries", "rss entries tags", "atom", "atom entries authors"])
def test_a_shape_without_a_template_is_written_by_feedgen(name: str) -> None:
    feed, known = example(), InMemory()
    format = name.partition(" ")[0]
    expected = written(format, feed, known)
    left = InMemory()
    left.values.update({key: b"" for key in known.values if key.startswith((f"{name} str", f"{name} media"))})
    assert left.values
    assert written(format, feed, left) == expected
    assert not all(left.values.values())


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
    entries = [*feed.entries] * 5
    lazily = feed._replace(entries=iter(entries))
    assert written(name, lazily) == written(name, feed._replace(entries=entries), slow=True)
