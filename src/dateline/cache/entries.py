"""Entries: which have to be made, what is kept of them, and what feeds and pages get."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from dateline.cache.connection import Damaged, Drawer
from dateline.cache.dependencies import Consultations, Consulted
from dateline.cache.posts import Numbered
from dateline.cache.renderings import KEEP, Measured, MeasuredFiles, row_of
from dateline.cache.rows import Values
from dateline.cache.schema import DRAFT
from dateline.cache.serialize import attached_of, attached_text, post_of
from dateline.cache.sql import AMONG, NEWEST_FIRST, listed, out_among
from dateline.hashing import checksum
from dateline.model import Attached, Entry, Post, Rendering

# Puts addresses into the HTML of a rendering.
Fill = Callable[[str, Sequence[str]], str]
_TEASER = ("place", "due_at", "fields", "summary", "note")


class Made(NamedTuple):
    """An entry that was made of a post: its rendering, under a key, and what its references were resolved to.

    `is_new`: the rendering is not kept yet. `is_provisional`: the entry has to be made again next time.
    """

    post: Numbered
    key: str
    rendering: Rendering
    is_new: bool
    urls: Sequence[str]
    media: Sequence[str]
    attached: Attached
    consulted: Sequence[Consulted]
    measured: Sequence[Measured]
    is_provisional: bool


class Kept(NamedTuple):
    """An entry as it is kept: what its post says and where references lead, as JSON, and HTML with slots for those."""

    number: int
    shown: int | None
    place: int
    due_at: int
    fields: str
    html: str
    summary: str
    note: str
    urls: str
    attached: str

    def entry(self, fill: Fill | None) -> Entry:
        """The entry, in whatever process it is wanted.

        Raises CatalogueError where it is not what was kept: nothing else would notice, and feeds would say it.
        """
        if self.shown != checksum(self.fields, self.html, self.summary, self.note, self.urls, self.attached):
            raise Damaged
        post = _shown_post(self.fields, self.place, self.due_at)
        summary, attached = post.summary or self.summary, attached_of(self.attached)
        if fill is None:
            return Entry(post, "", f"{summary} {self.note}".strip() or post.title, attached)
        return Entry(post, fill(self.html, json.loads(self.urls)), summary or self.note or post.title, attached)


class Entries(Drawer):
    """Entries of posts that are out, by the numbers of their posts."""

    def unmade(self, now: datetime, numbers: Collection[int] | None) -> list[int]:
        """The posts, of all that are out or of `numbers`, whose entries have to be made; newest first."""
        where, values = out_among(numbers)
        return self._connection.numbers(
            f"""
            SELECT number FROM posts WHERE number IN (
                SELECT number FROM posts INDEXED BY posts_number WHERE shown IS NULL AND {where}
            ) {NEWEST_FIRST}
            """,
            now=now.timestamp(),
            **values,
        )

    def forget(self) -> None:
        """Have every entry made anew, from renderings where they still fit."""
        self._connection.execute("UPDATE posts SET shown = NULL")

    def keep(self, made: Sequence[Made]) -> None:
        """Keep entries in place of the last ones of those posts."""
        Consultations(self._connection).keep([(entry.post.number, entry.consulted) for entry in made])
        MeasuredFiles(self._connection).keep(measured for entry in made for measured in entry.measured)
        rendered: list[Values] = []
        resolved: list[Values] = []
        shown: list[tuple[int | None, int]] = []
        for entry in made:
            number, (html, _, summary, _, note) = entry.post.number, entry.rendering
            urls, media, attached = json.dumps(entry.urls), json.dumps(entry.media), attached_text(entry.attached)
            if entry.is_new:
                rendered.append(row_of(number, entry.key, entry.rendering, urls, media, attached))
            else:
                resolved.append((urls, media, attached, number))
            key = checksum(entry.post.fields, html, summary, note, urls, attached)
            shown.append((None if entry.is_provisional else key, number))
        self._connection.executemany(KEEP, rendered)
        self._connection.executemany(
            "UPDATE renderings SET urls = ?, media = ?, attached = ? WHERE number = ?", resolved
        )
        self._connection.executemany("UPDATE posts SET shown = ? WHERE number = ?", shown)

    def get(self, numbers: Collection[int], fill: Fill | None) -> list[Entry]:
        """The entries of posts, newest first. `fill` puts addresses into the HTML of a rendering.

        Without it there is no HTML, and the notes that it ends with are in the summary. Raises CatalogueError.
        """
        return [kept.entry(fill) for kept in self.kept(numbers)]

    def kept(self, numbers: Collection[int]) -> list[Kept]:
        """Entries as they are kept, newest first. Raises CatalogueError where one is not there."""
        return list(map(Kept._make, self._joined(Kept._fields, numbers)))

    def teasers(self, numbers: Collection[int]) -> list[Entry]:
        """The entries of posts without their text, newest first, for lists of them. Raises CatalogueError."""
        entries = []
        for place, due_at, fields, summary, note in self._joined(_TEASER, numbers):
            post = _shown_post(fields, place, due_at)
            entries.append(Entry(post, "", post.summary or summary or note or post.title))
        return entries

    def media(self, now: datetime, numbers: Collection[int] | None) -> dict[str, str]:
        """The files that the entries of published posts, all or `numbers`, want; each with the path of one post."""
        where, values = out_among(numbers)
        rows = self._connection.rows(
            f"""
            SELECT media, path FROM renderings INDEXED BY renderings_media CROSS JOIN posts USING (number)
            WHERE media != '[]' AND {where} ORDER BY published_at, id DESC
            """,
            now=now.timestamp(),
            **values,
        )
        return {wanted: path for media, path in rows for wanted in json.loads(media)}

    def _joined(self, columns: Iterable[str], numbers: Collection[int]) -> list[Any]:
        rows = self._connection.rows(
            f"SELECT {', '.join(columns)} FROM posts JOIN renderings USING (number) WHERE {AMONG} {NEWEST_FIRST}",
            numbers=listed(numbers),
        )
        if len(rows) != len(numbers):
            raise Damaged
        return rows


def _shown_post(fields: str, place: int, due_at: int) -> Post:
    """A post that is not kept out, and is due when the query that chose it took it to be."""
    post = post_of(fields)
    if place >= DRAFT or post.kept_out or due_at != int(post.due.timestamp()):
        raise Damaged
    return post
