"""The tables of the embargo: the hidden posts that were searched for, and the published texts that were searched."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, Generic, TypeVar

from dateline.cache.sqlite import ASIDE, DRAFT, INVALID, WITHDRAWN, CacheDamagedError, Connection, Table, json_array

Owner = TypeVar("Owner", bound=int | str)
# Plain text, in lines, and names.
Text = tuple[str, Collection[str]]


class HiddenPosts(Table):
    """Hidden posts, by number: drafts, and posts scheduled for later."""

    def numbers(self, now: datetime) -> list[int]:
        """Return the numbers of drafts and scheduled posts; drop the searches for posts that are neither any more."""
        numbers = self._connection.numbers(
            f"""
            SELECT number FROM posts INDEXED BY posts_drafts WHERE status = {DRAFT} UNION ALL
            SELECT number FROM posts INDEXED BY posts_out WHERE status < {ASIDE} AND part = '' AND due_at > :now
            UNION ALL SELECT number FROM posts INDEXED BY posts_invalid WHERE status = {INVALID} AND due_at > :now
            """,
            now=now.timestamp(),
        )
        query = "DELETE FROM hidden_posts WHERE number NOT IN (SELECT value FROM json_each(?))"
        self._connection.execute(query, (json_array(numbers),))
        return numbers

    def pages(self, now: datetime) -> list[tuple[str, str]]:
        """Return path and URL of each post that has no page because it is withdrawn, a draft or scheduled."""
        query = f"""
            SELECT path, url FROM posts
            WHERE part = '' AND (status IN ({DRAFT}, {WITHDRAWN}) OR (status < {ASIDE} AND due_at > :now))
        """
        return self._connection.rows(query, now=now.timestamp())

    def searched(self) -> dict[int, tuple[str, str, str]]:
        """Return key, title and details of the posts that nothing in the tables of texts gives away, by number."""
        rows = self._connection.execute("SELECT number, key, title, details FROM hidden_posts")
        return {number: (key, title, details) for number, key, title, details in rows}

    def keep(self, posts: Iterable[tuple[int, str, str, str]]) -> None:
        """Record that posts were searched for in all texts and not found: number, key, title and details."""
        self._connection.executemany("INSERT OR REPLACE INTO hidden_posts VALUES (?, ?, ?, ?)", posts)

    def forget(self, numbers: Collection[int]) -> None:
        """Have posts searched for again."""
        self._connection.executemany("DELETE FROM hidden_posts WHERE number = ?", [(number,) for number in numbers])


class PublishedTexts(Table, Generic[Owner]):
    """What each `owner`, the number of a post or the path of a document, says under the `key` of its inputs.

    Each text was searched for every post in `hidden_posts`.
    """

    def __init__(self, connection: Connection, table: str) -> None:
        super().__init__(connection)
        self._table = table

    def keys(self) -> dict[Owner, str]:
        """Return the key of each text."""
        return dict(self._connection.rows(f"SELECT owner, key FROM {self._table} INDEXED BY {self._table}_key"))

    def html(self) -> set[int]:
        """Return the fingerprints of the HTML of posts."""
        return {*self._connection.numbers(f"SELECT html FROM {self._table} INDEXED BY {self._table}_key")}

    def all(self) -> Iterator[tuple[Owner, Text]]:
        """Yield each owner with its text."""
        for owner, text, names in self._connection.execute(f"SELECT owner, text, names FROM {self._table}"):
            yield owner, (text, names.split("\n"))

    def get(self, owner: Owner) -> Text:
        """Return a text. Raises CacheError."""
        text = self._text("WHERE owner = :owner", owner=owner)
        if text is None:
            raise CacheDamagedError
        return text

    def at(self, url: str) -> Text:
        """Return the text of the post at a URL, empty if none is published there."""
        return self._text("JOIN posts ON number = owner WHERE url = :url AND part = ''", url=url) or ("", ())

    def _text(self, where: str, **values: Any) -> Text | None:
        row = self._connection.first(f"SELECT text, names FROM {self._table} {where}", **values)
        return row and (row[0], row[1].split("\n"))

    def is_named(self, name: str) -> bool:
        """Return whether a text has this name."""
        query = f"SELECT 1 FROM {self._table} WHERE instr(names, :name) LIMIT 1"
        return self._connection.first(query, name=f"\n{name}\n") is not None

    def keep(self, texts: Iterable[tuple[Owner, str, int, Text]]) -> None:
        """Keep texts that were searched: owner, key, the fingerprint of a post's HTML (0 for a document), and text."""
        rows = [(owner, key, html, "\n".join(["", *names, ""]), text) for owner, key, html, (text, names) in texts]
        self._connection.executemany(f"INSERT OR REPLACE INTO {self._table} VALUES (?, ?, ?, ?, ?)", rows)

    def forget(self, owners: Collection[Owner]) -> None:
        """Have the texts of some owners searched again."""
        self._connection.executemany(f"DELETE FROM {self._table} WHERE owner = ?", [(owner,) for owner in owners])
