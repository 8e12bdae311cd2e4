"""The tables of post files, of the posts in them, hidden ones too, and of their tags and authors."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any, Literal

from dateline.cache.entry_tables import Renderings
from dateline.cache.serialize import COLUMNS, PostFile, PostRow, decode_post
from dateline.cache.sqlite import (
    AMONG,
    ASIDE,
    DRAFT,
    IN_FEEDS,
    INDEXES,
    INVALID,
    LINK_KEY,
    LISTED,
    MOST_ANSWERS,
    NEWEST_FIRST,
    ON_SITE,
    WITHDRAWN,
    EditionTable,
    Table,
    json_array,
)
from dateline.model import Post

_PART = COLUMNS.index("part")
_PUT_STAMP = "INSERT OR REPLACE INTO files VALUES (?, ?)"
_PUT_POST = f"""
    INSERT INTO posts (number, entry_key, {", ".join(COLUMNS)}) VALUES (?, ?, {", ".join("?" for _ in COLUMNS)})
    ON CONFLICT (path, part)
    DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in ("entry_key", *COLUMNS))}
"""
_PUT_LABEL = "INSERT OR IGNORE INTO labels (number, kind, slug, name, folded) VALUES (?, ?, ?, ?, ?)"
_PUT_LINK_KEY = "INSERT INTO link_keys (number, key, date) VALUES (?, ?, ?)"
_DELETE_NOTES = "DELETE FROM posts WHERE path = ? AND part != '' AND part NOT IN (SELECT value FROM json_each(?))"


class PostFiles(Table):
    """Post files, by path."""

    def stamps(self) -> dict[str, str]:
        """Return the stamp of each post file; an empty one if it could miss a later edit."""
        return dict(self._connection.rows("SELECT path, stamp FROM files"))

    def put(self, files: Sequence[PostFile]) -> None:
        """Store what has changed in post files, within a transaction, in place of what there is of them."""
        execute = self._connection.executemany
        changed = [file for file in files if file.values]
        execute(_PUT_STAMP, [(file.path, file.stamp) for file in files])
        numbered = self._numbered(changed)
        execute(_PUT_POST, [(number, file.entry_key, *file.values) for number, file in numbered])
        execute(_PUT_POST, [(None, None, *note) for file in changed for note in file.notes])
        self._put_owned(numbered)

    def _put_owned(self, numbered: Sequence[tuple[int, PostFile]]) -> None:
        """Store what belongs to posts."""
        execute = self._connection.executemany
        execute(_PUT_LABEL, [(number, *label) for number, file in numbered for label in file.labels])
        execute(_PUT_LINK_KEY, [(number, *key) for number, file in numbered for key in file.link_keys])
        made = ((number, file.rendering) for number, file in numbered)
        Renderings(self._connection).keep((number, row) for number, row in made if row and isinstance(row, tuple))

    def _numbered(self, files: Sequence[PostFile]) -> list[tuple[int, PostFile]]:
        """Return files with the numbers of their posts: new ones, or those they had, of which little else is left."""
        query = "SELECT path, number FROM posts WHERE part = '' AND path IN (SELECT value FROM json_each(:paths))"
        rows = self._connection.rows(query, paths=json_array([file.path for file in files]))
        before: dict[str, int] = dict(rows)
        self._clear([file for file in files if file.path in before], before)
        free = count(1 + (self._connection.value("SELECT max(number) FROM posts") or 0))
        return [(before.get(file.path) or next(free), file) for file in files]

    def _clear(self, replaced: Sequence[PostFile], numbers: Mapping[str, int]) -> None:
        """Delete what else there is of files: labels, link keys, notes that are no longer in them, and dependencies."""
        execute = self._connection.executemany
        for table in ("labels", "link_keys", "dependencies"):
            execute(f"DELETE FROM {table} WHERE number = ?", [(numbers[file.path],) for file in replaced])
        parts = [(file.path, json_array([str(note[_PART]) for note in file.notes])) for file in replaced]
        execute(_DELETE_NOTES, parts)

    def outdate(self) -> None:
        """Have every post file read again, since they were read with other settings."""
        self._connection.execute("UPDATE files SET stamp = ''")

    def forget(self, path: str) -> None:
        """Drop a post file that is gone, or can no longer be read."""
        for table in ("files", "posts"):
            self._connection.execute(f"DELETE FROM {table} WHERE path = ?", (path,))

    def create_indexes(self) -> None:
        """Create the indexes that queries need, once most rows are there: that is faster than keeping them up."""
        for index in INDEXES.split(";"):
            self._connection.execute(index)


class Posts(Table):
    """Every post, drafts and scheduled ones too."""

    def all(self) -> list[PostRow]:
        """Return every post, newest first, without the items that notes make."""
        return self._select(f"WHERE part = '' {NEWEST_FIRST}")

    def get(self, numbers: Collection[int]) -> list[PostRow]:
        """Return posts by their numbers, newest first."""
        return self._select(f"WHERE {AMONG} {NEWEST_FIRST}", numbers=json_array(numbers))

    def by_paths(self, paths: Collection[str]) -> dict[str, PostRow]:
        """Return the posts in these files, by path."""
        where = "WHERE part = '' AND path IN (SELECT value FROM json_each(:paths))"
        return {row.post.path: row for row in self._select(where, paths=json_array(paths))}

    def by_path(self, path: str) -> Post | None:
        """Return the post in this file."""
        return self._first("WHERE path = :path AND part = ''", path=path)

    def by_link_key(self, key: str, date: str) -> list[Post]:
        """Return the posts that links find by this key, on dates that begin with `date`, but none if they are many."""
        where = f"WHERE number IN (SELECT number FROM link_keys WHERE {LINK_KEY}) LIMIT {MOST_ANSWERS + 1}"
        found = [row.post for row in self._select(where, key=key, date=date)]
        return found if len(found) <= MOST_ANSWERS else []

    def by_id(self, atom_id: str) -> Post | None:
        """Return the post that has this id in Atom, published or not, unless it is invalid."""
        return self._first(f"WHERE atom_id = :id AND status != {INVALID}", id=atom_id)

    def number_of(self, atom_id: str) -> int | None:
        """Return the number of the post that has this id in Atom."""
        number: int | None = self._connection.value("SELECT number FROM posts WHERE atom_id = :id", id=atom_id)
        return number

    def count(self) -> int:
        """Return how many post files there are."""
        return int(self._connection.value("SELECT count(*) FROM posts WHERE part = ''"))

    def drafts(self) -> int:
        """Return how many post files are drafts."""
        query = f"SELECT count(*) FROM posts INDEXED BY posts_drafts WHERE status = {DRAFT}"
        return int(self._connection.value(query))

    def next_due(self, now: datetime) -> Post | None:
        """Return the scheduled post that will be published first."""
        return next(iter(self.scheduled(now, 1)), None)

    def scheduled(self, now: datetime, most: int) -> list[Post]:
        """Return the scheduled posts that will be published first, in order."""
        where = f"WHERE status < {ASIDE} AND part = '' AND due_at > :now ORDER BY due_at, id LIMIT :most"
        return [row.post for row in self._select(where, now=now, most=most)]

    def updated_after(self, now: datetime) -> list[Post]:
        """Return published posts whose `updated` is later than now, and posts that will be withdrawn later."""
        # Without INDEXED BY, SQLite reads every published post.
        where = f"""
            INDEXED BY posts_updated WHERE (updated_at > due_at OR status = {WITHDRAWN}) AND updated_at > :now
            AND (status = {WITHDRAWN} OR {ON_SITE}) AND part = '' ORDER BY path
        """
        return [row.post for row in self._select(where, now=now)]

    def clashes(self, column: Literal["atom_id", "url"], paths: Collection[str] | None) -> list[list[Post]]:
        """Return posts that share a value that must be unique; with `paths`, only those that share one of theirs.

        What an invalid post would have is unknown.
        """
        theirs = f"SELECT {column} FROM posts WHERE path IN (SELECT value FROM json_each(:paths))"
        among = "" if paths is None else f"AND {column} IN ({theirs})"
        query = f"SELECT {column} FROM posts WHERE status != {INVALID} {among} GROUP BY {column} HAVING count(*) > 1"
        shared = self._connection.rows(query, paths=json_array(paths or ()))
        where = f"WHERE {column} = :shared AND status != {INVALID} ORDER BY path"
        return [[row.post for row in self._select(where, shared=value)] for (value,) in shared]

    def _first(self, where: str, **values: Any) -> Post | None:
        return next((row.post for row in self._select(where, **values)), None)

    def _select(self, where: str, **values: Any) -> list[PostRow]:
        rows = self._connection.rows(f"SELECT number, key, head_key, text_key, fields FROM posts {where}", **values)
        return [PostRow._make((*row, decode_post(row[-1]))) for row in rows]


class Labels(EditionTable):
    """Tags and authors that have feeds, each a kind and a slug, and the posts of each."""

    def all(self, now: datetime, *, listed: bool = False) -> list[tuple[str, str, str, int, str]]:
        """Return the labels of posts in feeds, in order: kind, slug, a name, number of posts, their entry keys.

        With `listed`, the posts are those in lists of the site.
        """
        query = f"""
            SELECT kind, slug, min(name), count(*), group_concat(ifnull(entry_key, ''))
            FROM labels JOIN posts INDEXED BY posts_number USING (number)
            WHERE {LISTED if listed else IN_FEEDS} {self._in_edition} GROUP BY kind, slug ORDER BY kind, slug
        """
        return self._connection.rows(query, now=now, edition=self._edition)

    def tags(self) -> list[tuple[str, int]]:
        """Return the slug and the post of each tag of each post."""
        return self._connection.rows("SELECT slug, number FROM labels WHERE kind = 'tags'")

    def newest(self, kind: str, slug: str, now: datetime, limit: int, *, listed: bool = False) -> list[int]:
        """Return the numbers of the newest posts of a label: in feeds or, with `listed`, in lists of the site."""
        query = f"""
            SELECT number FROM labels CROSS JOIN posts INDEXED BY posts_number USING (number)
            WHERE kind = :kind AND slug = :slug AND {LISTED if listed else IN_FEEDS} {self._in_edition} {NEWEST_FIRST}
            LIMIT :limit
        """
        return self._connection.numbers(query, kind=kind, slug=slug, now=now, edition=self._edition, limit=limit)

    def names(self) -> list[tuple[str, str, str, str]]:
        """Return each kind and slug with the first and the last of its names, in the order of the alphabet."""
        return self._connection.rows("SELECT kind, slug, min(name), max(name) FROM labels GROUP BY kind, slug")

    def spellings(self, slugs: Collection[tuple[str, str]], now: datetime) -> list[tuple[str, str, str, str]]:
        """Return kind, slug, name and the path of one post for names of published posts, the earliest post first.

        Only labels with one of `slugs`, each given with its kind, are looked at.
        """
        query = f"""
            SELECT kind, slug, name, path FROM labels JOIN posts USING (number)
            WHERE (kind, slug) IN (
                SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:slugs)
            ) AND {LISTED}
            ORDER BY published_at, path
        """
        return self._connection.rows(query, slugs=json_array(slugs), now=now)
