"""Posts that are out: which of them feeds and pages show, and where they are to be read."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from dateline.cache.connection import Drawer
from dateline.cache.schema import WITHDRAWN
from dateline.cache.serialize import post_of
from dateline.cache.sql import AMONG, NEWEST_FIRST, OUT, OUT_SOMEWHERE, listed, out_among
from dateline.model import Post, Withdrawal

_TITLE = f"json_extract(fields, '$[{Post._fields.index('title')}]')"


class Out(NamedTuple):
    """What others know of a post that is out. `day` is its date as written, `shown` all that its entry shows."""

    number: int
    path: str
    part: str
    title: str
    url: str
    canonical_url: str
    day: str
    updated_at: int
    shown: int | None

    @property
    def is_here(self) -> bool:
        """Whether it has a page of its own, in the output."""
        return not self.part and self.url == self.canonical_url


class PostsOut(Drawer):
    """Posts that are out, by number."""

    def all(self, now: datetime) -> list[Out]:
        """Every post that is out, newest first."""
        rows = self._connection.rows(
            f"""
            SELECT number, path, part, {_TITLE}, url, canonical_url, day, updated_at, shown
            FROM posts WHERE {OUT} {NEWEST_FIRST}
            """,
            now=now.timestamp(),
        )
        return list(map(Out._make, rows))

    def newest(self, now: datetime, limit: int) -> list[int]:
        """The newest posts that are out, ties broken by id."""
        return self._connection.numbers(
            f"SELECT number FROM posts WHERE {OUT} {NEWEST_FIRST} LIMIT :limit", now=now.timestamp(), limit=limit
        )

    def as_they_came(self, now: datetime) -> list[tuple[int, str, int | None]]:
        """Every post that is out, in the order in which they came out: number, day as written, and what it shows."""
        return self._connection.rows(
            f"SELECT number, day, shown FROM posts INDEXED BY posts_out WHERE {OUT} ORDER BY due_at, published_at, id",
            now=now.timestamp(),
        )

    def corrections(self, now: datetime, limit: int = -1) -> list[int]:
        """The newest corrections and retractions of posts that are out; all of them without a limit."""
        return self._connection.numbers(
            f"""
            SELECT number FROM posts INDEXED BY posts_notes WHERE part != '' AND {OUT_SOMEWHERE}
            {NEWEST_FIRST} LIMIT :limit
            """,
            now=now.timestamp(),
            limit=limit,
        )

    def withdrawn(self, limit: int) -> list[tuple[str, Withdrawal]]:
        """The posts withdrawn last, of those that had been out: the id of each in Atom."""
        rows = self._connection.rows(
            f"""
            SELECT atom_id, fields FROM posts INDEXED BY posts_withdrawn
            WHERE place = {WITHDRAWN} AND due_at <= updated_at ORDER BY updated_at DESC, id LIMIT :limit
            """,
            limit=limit,
        )
        found = [(atom_id, post_of(fields).withdrawn) for atom_id, fields in rows]
        return [(atom_id, withdrawal) for atom_id, withdrawal in found if withdrawal]

    def shown(self, numbers: Collection[int]) -> str:
        """All that the entries of posts show, as a key."""
        rows = self._connection.rows(f"SELECT shown FROM posts WHERE {AMONG} {NEWEST_FIRST}", numbers=listed(numbers))
        return ",".join(str(shown) for (shown,) in rows)

    def shown_by(self, now: datetime, numbers: Collection[int]) -> dict[int, int | None]:
        """What each of those of some posts shows that are out, as keys."""
        where, values = out_among(numbers)
        query = f"SELECT number, shown FROM posts INDEXED BY posts_number WHERE {where}"
        return dict(self._connection.rows(query, now=now.timestamp(), **values))

    def addresses(self, now: datetime) -> set[str]:
        """Where posts are to be read."""
        rows = self._connection.rows(f"SELECT canonical_url FROM posts WHERE {OUT}", now=now.timestamp())
        return {url for (url,) in rows}

    def aliases(self, now: datetime) -> list[tuple[str, str, list[str]]]:
        """The posts that had other addresses: path, address, and the paths of pages that lead there."""
        rows = self._connection.rows(
            f"""
            SELECT path, canonical_url, aliases FROM posts INDEXED BY posts_aliases
            WHERE aliases != '[]' AND {OUT} ORDER BY path
            """,
            now=now.timestamp(),
        )
        return [(path, url, json.loads(aliases)) for path, url, aliases in rows]

    def owners(self, urls: Collection[str], now: datetime) -> dict[str, str]:
        """The paths of posts, by those of their addresses that are among `urls`."""
        query = f"SELECT url, path FROM posts WHERE url IN (SELECT value FROM json_each(:urls)) AND {OUT}"
        return dict(self._connection.rows(query, urls=listed(urls), now=now.timestamp()))
