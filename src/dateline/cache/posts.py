"""Posts, whether they are out or not."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal, NamedTuple

from dateline.cache.connection import Drawer
from dateline.cache.schema import DRAFT, MAIN, WITHDRAWN
from dateline.cache.serialize import post_of
from dateline.cache.sql import AMONG, NEWEST_FIRST, OUT, listed
from dateline.model import Post


class Numbered(NamedTuple):
    """A post, its number in the catalogue, the keys of its file and of its text, and what it says as one text."""

    number: int
    key: str
    text_key: str
    fields: str
    post: Post


class Posts(Drawer):
    """Every post, drafts and held ones too."""

    def all(self) -> list[Numbered]:
        """Every post, newest first, without the items that notes make."""
        return self._numbered(f"WHERE part = '' {NEWEST_FIRST}")

    def get(self, numbers: Collection[int]) -> list[Numbered]:
        """Posts by their numbers, newest first."""
        return self._numbered(f"WHERE {AMONG} {NEWEST_FIRST}", numbers=listed(numbers))

    def at(self, path: str) -> Post | None:
        """The post that `path` holds."""
        return self._first("WHERE path = :path AND part = ''", path=path)

    def of_id(self, atom_id: str) -> Post | None:
        """The post that has this id in Atom, be it out or not."""
        return self._first("WHERE atom_id = :id", id=atom_id)

    def number_of(self, atom_id: str) -> int | None:
        """The number of the post that has this id in Atom."""
        row = self._connection.first("SELECT number FROM posts WHERE atom_id = :id", id=atom_id)
        return row[0] if row else None

    def count(self) -> int:
        """How many post files there are."""
        return int(self._connection.first("SELECT count(*) FROM posts WHERE part = ''")[0])

    def drafts(self) -> int:
        """How many post files are drafts."""
        row = self._connection.first(f"SELECT count(*) FROM posts INDEXED BY posts_drafts WHERE place = {DRAFT}")
        return int(row[0])

    def next_due(self, now: datetime) -> Post | None:
        """The held post that comes out first."""
        where = f"WHERE place = {MAIN} AND part = '' AND due_at > :now ORDER BY due_at, id LIMIT 1"
        return self._first(where, now=now.timestamp())

    def updated_after(self, now: datetime) -> list[Post]:
        """The posts that are out and say that they changed later than now, and those that are withdrawn later."""
        # Of its own accord SQLite reads through all posts that are out.
        where = f"""
            INDEXED BY posts_updated WHERE (updated_at > due_at OR place = {WITHDRAWN}) AND updated_at > :now
            AND (place = {WITHDRAWN} OR {OUT}) AND part = '' ORDER BY path
        """
        return [found.post for found in self._numbered(where, now=now.timestamp())]

    def clashes(self, column: Literal["atom_id", "url"], paths: Collection[str] | None) -> list[list[Post]]:
        """Posts that share, among them or with one at `paths`, what no two may."""
        theirs = f"SELECT {column} FROM posts WHERE path IN (SELECT value FROM json_each(:paths))"
        among = "" if paths is None else f"WHERE {column} IN ({theirs})"
        shared = self._connection.rows(
            f"SELECT {column} FROM posts {among} GROUP BY {column} HAVING count(*) > 1", paths=listed(paths or ())
        )
        return [
            [found.post for found in self._numbered(f"WHERE {column} = :shared ORDER BY path", shared=value)]
            for (value,) in shared
        ]

    def _first(self, where: str, **values: Any) -> Post | None:
        return next((found.post for found in self._numbered(where, **values)), None)

    def _numbered(self, where: str, **values: Any) -> list[Numbered]:
        rows = self._connection.rows(f"SELECT number, key, text_key, fields FROM posts {where}", **values)
        return [Numbered(number, key, text_key, fields, post_of(fields)) for number, key, text_key, fields in rows]
