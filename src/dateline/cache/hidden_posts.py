"""Hidden posts: drafts, and posts scheduled for later; and what was found out when they were last searched for."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from dateline.cache.sqlite import DRAFT, MAIN, WITHDRAWN, Table, json_array


class SearchedPost(NamedTuple):
    """A hidden post that nothing in `post_texts` and `document_texts` gives away. `details` is JSON."""

    number: int
    key: str
    title: str
    details: str


class HiddenPosts(Table):
    """Hidden posts, by number."""

    def numbers(self, now: datetime) -> list[int]:
        """Return the numbers of drafts and scheduled posts; drop the searches for posts that are neither any more."""
        numbers = self._connection.numbers(
            f"""
            SELECT number FROM posts INDEXED BY posts_drafts WHERE place = {DRAFT} UNION ALL
            SELECT number FROM posts INDEXED BY posts_out WHERE place = {MAIN} AND part = '' AND due_at > :now
            """,
            now=now.timestamp(),
        )
        self._connection.execute(
            "DELETE FROM hidden_posts WHERE number NOT IN (SELECT value FROM json_each(?))", (json_array(numbers),)
        )
        return numbers

    def pages(self, now: datetime) -> list[tuple[str, str]]:
        """Return path and URL of each post that has no page because it is withdrawn, a draft or scheduled."""
        return self._connection.rows(
            f"""
            SELECT path, url FROM posts
            WHERE part = '' AND (place IN ({DRAFT}, {WITHDRAWN}) OR (place = {MAIN} AND due_at > :now))
            """,
            now=now.timestamp(),
        )

    def searched(self) -> dict[int, SearchedPost]:
        """Return the posts that were searched for, by number."""
        rows = self._connection.rows("SELECT number, key, title, details FROM hidden_posts")
        return {row[0]: SearchedPost(*row) for row in rows}

    def keep(self, posts: Sequence[SearchedPost]) -> None:
        """Record that posts were searched for in all published texts, without a finding."""
        self._connection.executemany("INSERT OR REPLACE INTO hidden_posts VALUES (?, ?, ?, ?)", posts)

    def forget(self, numbers: Collection[int]) -> None:
        """Have posts searched for again."""
        self._connection.executemany("DELETE FROM hidden_posts WHERE number = ?", [(number,) for number in numbers])
