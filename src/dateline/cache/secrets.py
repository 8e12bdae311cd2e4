"""What nobody may know of yet, and that nothing which is published tells of it."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from dateline.cache.sqlite import DRAFT, MAIN, WITHDRAWN, Table, json_array


class Secrets(Table):
    """Hidden posts, by number, and how they were looked for."""

    def hidden(self, now: datetime) -> list[int]:
        """The numbers of drafts and of posts that are held, newest first. Forgets what was kept of others' secrets."""
        numbers = self._connection.numbers(
            f"""
            SELECT number FROM posts INDEXED BY posts_drafts WHERE place = {DRAFT} UNION ALL
            SELECT number FROM posts INDEXED BY posts_out WHERE place = {MAIN} AND part = '' AND due_at > :now
            """,
            now=now.timestamp(),
        )
        self._connection.execute(
            "DELETE FROM secrets WHERE number NOT IN (SELECT value FROM json_each(?))", (json_array(numbers),)
        )
        return numbers

    def pages(self, now: datetime) -> list[tuple[str, str]]:
        """The path and the address of each post that is withdrawn, a draft or held, and so has no page."""
        return self._connection.rows(
            f"""
            SELECT path, url FROM posts
            WHERE part = '' AND (place IN ({DRAFT}, {WITHDRAWN}) OR (place = {MAIN} AND due_at > :now))
            """,
            now=now.timestamp(),
        )

    def all(self) -> dict[int, tuple[str, str, str]]:
        """By number, the key under which a hidden post was looked for, its title, and what was kept of it then."""
        rows = self._connection.rows("SELECT number, key, title, kept FROM secrets")
        return {number: (key, title, kept) for number, key, title, kept in rows}

    def windows(self) -> Iterator[bytes]:
        """The digests, as they were kept, of all that hidden posts say and no other post may."""
        return (windows for (windows,) in self._connection.execute("SELECT windows FROM secrets"))

    def keep(self, secrets: Sequence[tuple[int, str, str, str, bytes]]) -> None:
        """Keep of hidden posts that they were looked for: number, key, title, what was found out, and digests."""
        self._connection.executemany("INSERT OR REPLACE INTO secrets VALUES (?, ?, ?, ?, ?)", secrets)

    def forget(self, numbers: Collection[int]) -> None:
        """Forget that hidden posts were looked for."""
        self._connection.executemany("DELETE FROM secrets WHERE number = ?", [(number,) for number in numbers])
