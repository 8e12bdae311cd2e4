"""What published posts and documents say, kept so that a new draft can be compared with it without reading them."""

from collections.abc import Collection, Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from dateline.cache.sqlite import CacheDamagedError, Connection, Table

Owner = TypeVar("Owner", int, str)


class PublishedText(NamedTuple, Generic[Owner]):
    """What `owner`, the number of a post or the path of a document, says under the `key` of its inputs.

    `html` is the fingerprint of the HTML of a post, 0 for a document. `names` are lines, the first and last empty.
    """

    owner: Owner
    key: str
    html: int
    names: str
    text: str


class PublishedTexts(Table, Generic[Owner]):
    """Texts by owner. Each was searched for every post in `hidden_posts`."""

    def __init__(self, connection: Connection, table: str) -> None:
        super().__init__(connection)
        self._table = table

    def keys(self) -> dict[Owner, str]:
        """Return the key of each text."""
        table = self._table
        return dict(self._connection.rows(f"SELECT owner, key FROM {table} INDEXED BY {table}_key"))

    def html(self) -> set[int]:
        """Return the fingerprints of the HTML of posts."""
        table = self._table
        return {html for (html,) in self._connection.execute(f"SELECT html FROM {table} INDEXED BY {table}_key")}

    def all(self) -> Iterator[tuple[Owner, str, list[str]]]:
        """Yield owner, text and names."""
        for owner, text, names in self._connection.execute(f"SELECT owner, text, names FROM {self._table}"):
            yield owner, text, names.split("\n")

    def get(self, owner: Owner) -> tuple[str, list[str]]:
        """Return text and names. Raises CacheError."""
        row = self._connection.first(f"SELECT text, names FROM {self._table} WHERE owner = :owner", owner=owner)
        if row is None:
            raise CacheDamagedError
        return row[0], row[1].split("\n")

    def at(self, url: str) -> tuple[str, list[str]]:
        """Return text and names of the post at a URL, empty if none is published."""
        query = f"SELECT text, names FROM {self._table} JOIN posts ON number = owner WHERE url = :url AND part = ''"
        text, names = self._connection.first(query, url=url) or ("", "")
        return text, names.split("\n")

    def is_named(self, name: str) -> bool:
        """Return whether a text has this name."""
        query = f"SELECT 1 FROM {self._table} WHERE instr(names, :name) LIMIT 1"
        return self._connection.first(query, name=f"\n{name}\n") is not None

    def keep(self, texts: Iterable[PublishedText[Owner]]) -> None:
        """Keep texts that were searched."""
        self._connection.executemany(f"INSERT OR REPLACE INTO {self._table} VALUES (?, ?, ?, ?, ?)", texts)

    def forget(self, owners: Collection[Owner]) -> None:
        """Have the texts of some owners searched again."""
        self._connection.executemany(f"DELETE FROM {self._table} WHERE owner = ?", [(owner,) for owner in owners])
