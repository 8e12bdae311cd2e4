"""The tables of entries: renderings of posts, where their references lead, and what both depend on."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from dateline.cache.serialize import (
    PostRow,
    Values,
    decode_attached,
    decode_post,
    decode_references,
    decode_template_code,
    decode_texts,
    encode,
    encode_list,
)
from dateline.cache.sqlite import (
    AMONG,
    DRAFT,
    LINK_KEY,
    MOST_ANSWERS,
    NEWEST_FIRST,
    PUBLISHED_ANYWHERE,
    CacheDamagedError,
    Table,
    json_array,
    published_among,
)
from dateline.hashing import checksum, checksum_bytes
from dateline.model import Attached, Entry, Post, Reference, Rendering

# Puts URLs into the HTML of a rendering.
Fill = Callable[[str, Sequence[str]], str]

_PUT_RENDERING = "INSERT OR REPLACE INTO renderings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[]', '[]', '', '[]')"
# Bytes even if damage has made a text of it. To convert a whole text, often to no end, takes SQLite and us long.
_HTML = "CAST(html AS BLOB)"
# What a link to a post leads to, as far as that post decides it.
_TARGET = f"CASE WHEN status >= {DRAFT} THEN 'hidden' WHEN due_at > :now THEN 'scheduled' ELSE canonical_url END"
# The paths of all posts that a key finds, and where a link to each leads.
_ANSWER = f"""
    SELECT ifnull(group_concat(path || ' ' || target, char(10)), '') FROM (
        SELECT path, {_TARGET} AS target FROM link_keys CROSS JOIN posts USING (number)
        WHERE {LINK_KEY} LIMIT {MOST_ANSWERS + 1}
    )
"""
# A key stands among the paths as ``//date/key``, which is no path.
_IS_KEY = "dependencies.path >= '//' AND dependencies.path < '/0'"
_ON_FILES = "FROM dependencies CROSS JOIN posts USING (number) WHERE target IS NULL AND entry_key IS NOT NULL"


class Dependency(NamedTuple):
    """A path at which a reference was looked up: where the post there leads, or None, and the stamp of a file there.

    Or a key by which posts were looked up, as ``//date/key``, and what `Dependencies.answer` said.
    """

    path: str
    target: str | None
    stamp: str


class MediaInfo(NamedTuple):
    """What was read of a media file: width and height of a picture, and how many seconds a recording plays."""

    width: int | None = None
    height: int | None = None
    duration: int | None = None


class ResolvedEntry(NamedTuple):
    """What the references of a rendering, whose checksum of all that is shown this is, lead to.

    - `media`: files to publish: where each is, relative to the folder of posts, and its path in the output.
    - `unanswered`: the kinds of template code that should link to a post or a file, but lead to none.
    - `media_info`: what was read of files: path, kind, stamp, and what it is.
    """

    number: int
    fields: str
    shown: int
    urls: Sequence[str]
    media: Sequence[tuple[str, str]]
    attached: Attached
    unanswered: Sequence[str]
    dependencies: Sequence[Dependency]
    media_info: Sequence[tuple[str, str, str, MediaInfo]]


class RenderingRow(NamedTuple):
    """A rendering under its key, as the cache stores it; `shown` is a checksum of what entries show of it."""

    key: str
    shown: int
    checksum: int
    references: str
    dropped: str
    template_code: str
    html: bytes
    summary: str
    note: str


def rendering_row(key: str, rendering: Rendering) -> RenderingRow:
    """Return the row of a rendering."""
    text, references, summary, dropped, note, template_code = rendering
    html = text.encode()
    shown = shown_checksum(html, summary, note)
    others = encode_list(references), encode_list(dropped), encode_list(template_code)
    return RenderingRow(key, shown, checksum(shown, *others), *others, html, summary, note)


def shown_checksum(html: bytes, summary: str, note: str) -> int:
    """Return a checksum of what entries show of a rendering."""
    return checksum_bytes(b"\0".join((html, f"{summary}\0{note}".encode(errors="surrogatepass"))))


def entry_key(fields: str, shown: int, urls: str = "[]", attached: str = "") -> int:
    """Return the key of all that an entry shows: its post, what is shown of its rendering, its URLs and media."""
    return checksum(fields, shown, urls, attached)


class CachedEntry(NamedTuple):
    """An entry as the cache holds it: its post and URLs as JSON, and HTML in UTF-8 with slots for those."""

    number: int
    entry_key: int | None
    status: int
    due_at: int
    fields: str
    html: bytes
    summary: str
    note: str
    urls: str
    attached: str

    def entry(self, fill: Fill | None) -> Entry:
        """Return the entry. `fill` puts URLs into the HTML.

        Without it there is no HTML, and the notes at its end are in the summary. Raises CacheError if the entry is
        damaged: nothing else would notice, and feeds would publish it.
        """
        shown = shown_checksum(self.html, self.summary, self.note)
        if self.entry_key != entry_key(self.fields, shown, self.urls, self.attached):
            raise CacheDamagedError
        post = _published_post(self.fields, self.status, self.due_at)
        summary, attached = post.summary or self.summary, _attached(self.attached)
        if fill is None:
            return Entry(post, "", f"{summary} {self.note}".strip() or post.name, attached)
        return Entry(post, fill(self.html.decode(), json.loads(self.urls)), summary or self.note or post.name, attached)


class Entries(Table):
    """Entries of published posts, by the numbers of their posts."""

    def unbuilt(self, now: datetime, numbers: Collection[int] | None) -> list[int]:
        """Return the published posts, all or those of `numbers`, whose entries have to be built; newest first."""
        where, values = published_among(numbers)
        unbuilt = f"SELECT number FROM posts INDEXED BY posts_number WHERE entry_key IS NULL AND {where}"
        query = f"SELECT number FROM posts WHERE number IN ({unbuilt}) {NEWEST_FIRST}"
        return self._connection.numbers(query, now=now, **values)

    def forget(self) -> None:
        """Have every entry built again, from its rendering if that is still valid."""
        self._connection.execute("UPDATE posts SET entry_key = NULL")

    def keep(self, entries: Sequence[ResolvedEntry]) -> None:
        """Replace the entries of these posts, whose renderings are in the cache."""
        execute = self._connection.executemany
        execute("DELETE FROM dependencies WHERE number = ?", [(entry.number,) for entry in entries])
        dependencies = [(entry.number, *dependency) for entry in entries for dependency in entry.dependencies]
        execute("INSERT INTO dependencies (number, path, target, stamp) VALUES (?, ?, ?, ?)", dependencies)
        infos = [(*file, encode(info)) for entry in entries for *file, info in entry.media_info]
        execute("INSERT OR REPLACE INTO media_info VALUES (?, ?, ?, ?)", infos)
        rows: list[Values] = []
        keys: list[Values] = []
        for entry in entries:
            urls, attached = encode_list(entry.urls), encode(entry.attached) if any(entry.attached) else ""
            media, unanswered = encode_list(entry.media), encode_list(entry.unanswered)
            rows.append((urls, media, attached, unanswered, entry.number))
            keys.append((entry_key(entry.fields, entry.shown, urls, attached), entry.number))
        execute("UPDATE renderings SET (urls, media, attached, unanswered) = (?, ?, ?, ?) WHERE number = ?", rows)
        execute("UPDATE posts SET entry_key = ? WHERE number = ?", keys)

    def get(self, numbers: Collection[int], fill: Fill | None) -> list[Entry]:
        """Return the entries of posts, newest first, as `CachedEntry.entry` does. Raises CacheError."""
        return [cached.entry(fill) for cached in self.cached(numbers)]

    def cached(self, numbers: Collection[int]) -> list[CachedEntry]:
        """Return entries as the cache holds them, newest first. Raises CacheError if one is missing."""
        columns = [_HTML if name == "html" else name for name in CachedEntry._fields]
        return list(map(CachedEntry._make, self._select(columns, numbers)))

    def teasers(self, numbers: Collection[int]) -> list[Entry]:
        """Return the entries of posts without their text, newest first, for lists. Raises CacheError."""
        entries = []
        columns = "status due_at fields summary note attached".split()
        for status, due_at, fields, summary, note, attached in self._select(columns, numbers):
            post = _published_post(fields, status, due_at)
            entries.append(Entry(post, "", post.summary or summary or note or post.name, _attached(attached)))
        return entries

    def media(self, now: datetime, numbers: Collection[int] | None) -> dict[tuple[str, str], str]:
        """Return the files that the entries of published posts, all or `numbers`, need; each with one post's path.

        The keys are as in `ResolvedEntry.media`.
        """
        where, values = published_among(numbers)
        query = f"""
            SELECT media, path FROM renderings INDEXED BY renderings_media CROSS JOIN posts USING (number)
            WHERE media != '[]' AND {where} ORDER BY published_at, id DESC
        """
        rows = self._connection.rows(query, now=now, **values)
        return {(source, to): path for media, path in rows for source, to in json.loads(media)}

    def _select(self, columns: Iterable[str], numbers: Collection[int]) -> list[Any]:
        query = f"SELECT {', '.join(columns)} FROM posts JOIN renderings USING (number) WHERE {AMONG} {NEWEST_FIRST}"
        rows = self._connection.rows(query, numbers=json_array(numbers))
        if len(rows) != len(numbers):
            raise CacheDamagedError
        return rows


def _attached(text: str) -> Attached:
    return decode_attached(text) if text else Attached()


def _published_post(fields: str, status: int, due_at: int) -> Post:
    """Return a post that is as published as the query that chose it took it to be. Raises CacheError."""
    post = decode_post(fields)
    if status >= DRAFT or post.kept_out or due_at != int(post.due.timestamp()):
        raise CacheDamagedError
    return post


class Renderings(Table):
    """Renderings, by the number of the post and the key of its text."""

    def get(self, number: int, key: str) -> Rendering | None:
        """Return the rendering of a post under this key. Raises CacheError."""
        columns = ", ".join(_HTML if name == "html" else f'"{name}"' for name in RenderingRow._fields)
        query = f"SELECT {columns} FROM renderings WHERE number = :number AND key = :key"
        stored = self._connection.first(query, number=number, key=key)
        if stored is None:
            return None
        _, _, _, references, dropped, found, html, summary, note = stored
        found = decode_template_code(found)
        text = html.decode(errors="replace")
        rendering = Rendering(text, decode_references(references), summary, decode_texts(dropped), note, found)
        if rendering_row(key, rendering) != stored:
            raise CacheDamagedError
        return rendering

    def missing(self, numbers: Sequence[int], key_end: str) -> list[int]:
        """Return those of `numbers`, in their order, whose posts have no rendering under the key of their text now."""
        query = f"""
            SELECT number FROM posts JOIN renderings USING (number) WHERE {AMONG} AND renderings.key = text_key || :end
        """
        there = {*self._connection.numbers(query, numbers=json_array(numbers), end=key_end)}
        return [number for number in numbers if number not in there]

    def references(self, numbers: Sequence[int], key_end: str) -> Iterator[tuple[PostRow, tuple[Reference, ...], int]]:
        """Yield posts that have renderings, newest first, with what these refer to, and checksums of what is shown."""
        query = f"""
            SELECT number, posts.key, head_key, text_key, fields, "references", shown
            FROM posts JOIN renderings USING (number) WHERE {AMONG} AND renderings.key = text_key || :end {NEWEST_FIRST}
        """
        for *row, references, shown in self._connection.rows(query, numbers=json_array(numbers), end=key_end):
            yield PostRow._make((*row, decode_post(row[-1]))), decode_references(references), shown

    def keys(self, paths: Collection[str]) -> dict[str, str]:
        """Return the keys of the renderings of posts, by path."""
        query = """
            SELECT path, renderings.key FROM posts JOIN renderings USING (number)
            WHERE part = '' AND path IN (SELECT value FROM json_each(:paths))
        """
        return dict(self._connection.rows(query, paths=json_array(paths)))

    def with_template_code(self, now: datetime) -> dict[str, int]:
        """Return how many published posts have template code, by its kind, the most common first. Raises CacheError."""
        query = f"""
            SELECT template_code, unanswered
            FROM renderings INDEXED BY renderings_template_code CROSS JOIN posts USING (number)
            WHERE (template_code != '[]' OR unanswered != '[]') AND part = '' AND entry_key IS NOT NULL
            AND {PUBLISHED_ANYWHERE}
        """
        numbers = Counter(
            kind
            for found, unanswered in self._connection.rows(query, now=now)
            for kind in {*(one.kind for one in decode_template_code(found)), *decode_texts(unanswered)}
        )
        return dict(sorted(numbers.items(), key=lambda row: (-row[1], row[0])))

    def keep(self, renderings: Iterable[tuple[int, Values]]) -> None:
        """Keep rows of renderings, each with the number of its post, that have no entries yet."""
        self._connection.executemany(_PUT_RENDERING, [(number, *row) for number, row in renderings])


class Dependencies(Table):
    """What was found at the paths where references were looked up."""

    def media_info(self, path: str, kind: str, stamp: str) -> MediaInfo | None:
        """Return what was read of a media file when it had this stamp."""
        query = "SELECT info FROM media_info WHERE path = :path AND kind = :kind AND stamp = :stamp"
        info = self._connection.value(query, path=path, kind=kind, stamp=stamp)
        return MediaInfo(*json.loads(info)) if info else None

    def post_at(self, path: str, now: datetime) -> tuple[Post, str] | None:
        """Return the post at `path`, if any, and where a link to it leads: its URL, ``hidden`` or ``scheduled``."""
        query = f"SELECT fields, {_TARGET} FROM posts WHERE path = :path AND part = ''"
        row = self._connection.first(query, path=path, now=now)
        return (decode_post(row[0]), row[1]) if row else None

    def answer(self, key: str, date: str, now: datetime) -> str:
        """Return a text that changes with the posts that a key finds, and with where links to them lead."""
        return str(self._connection.value(_ANSWER, key=key, date=date, now=now))

    def files(self) -> dict[str, str]:
        """Return the paths, below the folder of posts, that entries depend on and that are not posts.

        Each with the stamp that it had; one that could have missed a later change is no file's.
        """
        query = f"SELECT dependencies.path, max(dependencies.stamp) {_ON_FILES} GROUP BY dependencies.path"
        return dict(self._connection.rows(query))

    def forget_changed(self, now: datetime, stamps: Mapping[str, str]) -> None:
        """Have the entries built again whose references lead elsewhere now. `stamps` are those of `files` now."""
        query = f"""
            SELECT DISTINCT dependencies.number FROM dependencies
            LEFT JOIN posts ON posts.path = dependencies.path AND posts.part = ''
            WHERE NOT ({_IS_KEY})
            AND ifnull(CASE WHEN posts.path IS NOT NULL THEN {_TARGET} END, '') != ifnull(dependencies.target, '')
        """
        to_posts = self._connection.numbers(query, now=now)
        asked = self._connection.rows(f"SELECT path, target, number FROM dependencies WHERE {_IS_KEY} ORDER BY path")
        for path, answers in groupby(asked, lambda row: row[0]):
            date, _, key = path.removeprefix("//").partition("/")
            answer = self.answer(key, date, now)
            to_posts += [number for _, before, number in answers if before != answer]
        to_files = self._connection.rows(f"SELECT number, dependencies.path, dependencies.stamp {_ON_FILES}")
        numbers = {*to_posts, *(number for number, path, stamp in to_files if stamps[path] != stamp)}
        self._connection.executemany("UPDATE posts SET entry_key = NULL WHERE number = ?", [(n,) for n in numbers])
