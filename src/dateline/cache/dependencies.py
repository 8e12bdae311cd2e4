"""What the references of entries were looked up under."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from dateline.cache.connection import Drawer
from dateline.cache.schema import DRAFT

# What a link to a post leads to, as far as that post decides it.
_ANSWER = f"CASE WHEN place >= {DRAFT} THEN 'kept out' WHEN due_at > :now THEN 'held' ELSE canonical_url END"
_NO_POST = "FROM consulted CROSS JOIN posts USING (number) WHERE post IS NULL AND shown IS NOT NULL"


class Consulted(NamedTuple):
    """What a reference was looked up under: the answer of a post there, or None, and the stamp of a file."""

    path: str
    post: str | None
    stamp: str


class Consultations(Drawer):
    """The paths that references were looked up under, and what was found there."""

    def answer(self, path: str, now: datetime) -> str | None:
        """What a link to the post at `path` leads to: its address, ``kept out`` or ``held``; None where none is."""
        row = self._connection.first(
            f"SELECT {_ANSWER} FROM posts WHERE path = :path AND part = ''", path=path, now=now.timestamp()
        )
        return row[0] if row else None

    def files(self) -> dict[str, str]:
        """Paths, under the folder of posts, that the references of entries were looked up under, and are no posts.

        Each with the stamp that it had, which is none of a file's where that could not tell of a later change.
        """
        query = f"SELECT consulted.path, max(consulted.stamp) {_NO_POST} GROUP BY consulted.path"
        return dict(self._connection.rows(query))

    def keep(self, consulted: Sequence[tuple[int, Sequence[Consulted]]]) -> None:
        """Keep what was consulted for entries, by the numbers of their posts, in place of what was before."""
        self._connection.executemany("DELETE FROM consulted WHERE number = ?", [(number,) for number, _ in consulted])
        self._connection.executemany(
            "INSERT INTO consulted (number, path, post, stamp) VALUES (?, ?, ?, ?)",
            [(number, *one) for number, found in consulted for one in found],
        )

    def forget_changed(self, now: datetime, stamps: Mapping[str, str]) -> None:
        """Have those entries made anew whose references lead elsewhere now. `stamps` are those of `files`."""
        to_posts = self._connection.numbers(
            f"""
            SELECT DISTINCT consulted.number FROM consulted
            LEFT JOIN posts ON posts.path = consulted.path AND posts.part = ''
            WHERE ifnull(CASE WHEN posts.path IS NOT NULL THEN {_ANSWER} END, '') != ifnull(consulted.post, '')
            """,
            now=now.timestamp(),
        )
        to_files = self._connection.rows(f"SELECT number, consulted.path, consulted.stamp {_NO_POST}")
        numbers = {*to_posts, *(number for number, path, stamp in to_files if stamps[path] != stamp)}
        self._connection.executemany("UPDATE posts SET shown = NULL WHERE number = ?", [(n,) for n in numbers])
