"""Published posts: which ones feeds and pages show, and at which addresses."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from dateline.cache.serialize import decode_post
from dateline.cache.sqlite import (
    AMONG,
    IN_FEEDS,
    LISTED,
    NEWEST_FIRST,
    ON_SITE,
    PAGE,
    PUBLISHED_ANYWHERE,
    WITHDRAWN,
    EditionTable,
    json_array,
    published_among,
)
from dateline.model import Post, Withdrawal


def _field(name: str, part: str = "") -> str:
    return f"json_extract(fields, '$[{Post._fields.index(name)}]{part}')"


_NAME = f"ifnull(nullif({_field('title')}, ''), {_field('first_words')})"
# The columns of PublishedPost.
_SHOWN = (
    f"number, path, part, {_NAME}, {_field('language')}, {_field('tags', '[0]')}, url, canonical_url, day, updated_at,"
    f" translation_key, entry_key, {_field('canonical')}, status"
)


class PublishedPost(NamedTuple):
    """What pages show of other posts. `day` is the date as written, `entry_key` the key of all that the entry shows.

    `name` is the title, or the first words of a note, `canonical` where the text was first published, if elsewhere.
    """

    number: int
    path: str
    part: str
    name: str
    language: str
    first_tag: str | None
    url: str
    canonical_url: str
    day: str
    updated_at: int
    translation_key: str
    entry_key: int | None
    canonical: str | None
    status: int

    @property
    def has_page(self) -> bool:
        """Whether it has a page of its own in the output."""
        return not self.part and self.url == self.canonical_url


class PublishedPosts(EditionTable):
    """Published posts, by number."""

    def all(self, now: datetime) -> list[PublishedPost]:
        """Return every post in lists of the site, newest first."""
        return self._shown(f"SELECT {_SHOWN} FROM posts WHERE {LISTED} {self._in_edition} {NEWEST_FIRST}", now)

    def pages(self, now: datetime) -> list[PublishedPost]:
        """Return every page, in the order of addresses."""
        where = f"WHERE status = {PAGE} AND due_at <= :now {self._in_edition} ORDER BY url"
        return self._shown(f"SELECT {_SHOWN} FROM posts INDEXED BY posts_pages {where}", now)

    def menu(self, now: datetime) -> list[tuple[str, str, str]]:
        """Return title, canonical URL and language of the pages in the menu, in its order."""
        query = f"""
            SELECT {_field("title")}, canonical_url, {_field("language")} FROM posts INDEXED BY posts_pages
            WHERE status = {PAGE} AND due_at <= :now AND {_field("menu")} IS NOT NULL {self._in_edition}
            ORDER BY {_field("menu")}, 1, path
        """
        return self._connection.rows(query, now=now, edition=self._edition)

    def _shown(self, query: str, now: datetime) -> list[PublishedPost]:
        return list(map(PublishedPost._make, self._connection.rows(query, now=now, edition=self._edition)))

    def newest(self, now: datetime, limit: int) -> list[int]:
        """Return the newest posts in feeds, ties broken by id."""
        query = f"SELECT number FROM posts WHERE {IN_FEEDS} {self._in_edition} {NEWEST_FIRST} LIMIT :limit"
        return self._connection.numbers(query, now=now, edition=self._edition, limit=limit)

    def oldest_first(self, now: datetime, *, on_site: bool = False) -> list[tuple[int, str, int | None]]:
        """Return every post in feeds in the order of publication: number, day as written, and entry key.

        With `on_site`, all that are on the site come with them, pages too.
        """
        where = ON_SITE if on_site else f"{ON_SITE} AND {IN_FEEDS}"
        query = f"""
            SELECT number, day, entry_key FROM posts INDEXED BY posts_out
            WHERE {where} {self._in_edition} ORDER BY due_at, published_at, id
        """
        return self._connection.rows(query, now=now, edition=self._edition)

    def corrections(self, now: datetime, limit: int = -1) -> list[int]:
        """Return the newest corrections and retractions of published posts; all of them without a limit."""
        query = f"""
            SELECT number FROM posts INDEXED BY posts_notes WHERE part != '' AND {PUBLISHED_ANYWHERE}
            {self._in_edition} {NEWEST_FIRST} LIMIT :limit
        """
        return self._connection.numbers(query, now=now, edition=self._edition, limit=limit)

    def withdrawn(self, limit: int) -> list[tuple[str, Withdrawal]]:
        """Return the posts withdrawn last, of those that had been published: the id of each in Atom."""
        query = f"""
            SELECT atom_id, fields FROM posts INDEXED BY posts_withdrawn
            WHERE status = {WITHDRAWN} AND due_at <= updated_at AND {_field("in_feeds")} {self._in_edition}
            ORDER BY updated_at DESC, id LIMIT :limit
        """
        rows = self._connection.rows(query, edition=self._edition, limit=limit)
        found = [(id, decode_post(fields).withdrawn) for id, fields in rows]
        return [(id, withdrawal) for id, withdrawal in found if withdrawal]

    def newest_first(self, numbers: Collection[int]) -> list[int]:
        """Return numbers of posts in the order of these, newest first."""
        query = f"SELECT number FROM posts WHERE {AMONG} {NEWEST_FIRST}"
        return self._connection.numbers(query, numbers=json_array(numbers))

    def entry_keys(self, numbers: Collection[int]) -> str:
        """Return one key of all that the entries of posts show."""
        query = f"SELECT entry_key FROM posts WHERE {AMONG} {NEWEST_FIRST}"
        return ",".join(str(key) for (key,) in self._connection.rows(query, numbers=json_array(numbers)))

    def entry_keys_by_number(self, now: datetime, numbers: Collection[int]) -> dict[int, int | None]:
        """Return the entry key of each post, of `numbers`, that is published."""
        where, values = published_among(numbers)
        query = f"SELECT number, entry_key FROM posts INDEXED BY posts_number WHERE {where}"
        return dict(self._connection.rows(query, now=now, **values))

    def addresses(self, now: datetime) -> set[str]:
        """Return the canonical URLs of published posts."""
        rows = self._connection.rows(f"SELECT canonical_url FROM posts WHERE {ON_SITE}", now=now)
        return {url for (url,) in rows}

    def aliases(self, now: datetime) -> list[tuple[str, str, list[str]]]:
        """Return the posts that have redirects: path, canonical URL, and the paths of the redirects."""
        query = f"""
            SELECT path, canonical_url, aliases FROM posts INDEXED BY posts_aliases
            WHERE aliases != '[]' AND {ON_SITE} ORDER BY path
        """
        return [(path, url, json.loads(aliases)) for path, url, aliases in self._connection.rows(query, now=now)]

    def translations(self, now: datetime) -> dict[str, dict[str, str]]:
        """Return the URLs of pages by their translation keys and editions, without two that have both in common."""
        query = f"""
            SELECT translation_key, edition, min(url) FROM posts WHERE {ON_SITE} AND part = '' AND url = canonical_url
            GROUP BY translation_key, edition HAVING count(*) = 1 ORDER BY translation_key, edition
        """
        found: dict[str, dict[str, str]] = {}
        for key, edition, url in self._connection.rows(query, now=now):
            found.setdefault(key, {})[edition] = url
        return found

    def owners(self, urls: Collection[str], now: datetime) -> dict[str, str]:
        """Return the paths of posts by those of their URLs that are among `urls`."""
        query = f"SELECT url, path FROM posts WHERE url IN (SELECT value FROM json_each(:urls)) AND {ON_SITE}"
        return dict(self._connection.rows(query, urls=json_array(urls), now=now))
