"""What posts and documents that are published say, kept to be compared with what hidden posts do."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from dateline.cache.sqlite import CacheDamagedError, Table


class Texts(Table):
    """Texts of published posts, and digests of them, by number."""

    def all(self) -> Iterator[tuple[int, str]]:
        """What each post says."""
        return self._connection.execute("SELECT number, text FROM texts")

    def of(self, number: int) -> str:
        """What a post says. Raises CacheError."""
        row = self._connection.first("SELECT text FROM texts WHERE number = :number", number=number)
        if row is None:
            raise CacheDamagedError
        return str(row[0])

    def shown(self) -> dict[int, int]:
        """The key of what each post showed when digests of it were kept."""
        return dict(self._connection.rows("SELECT number, shown FROM blocks"))

    def html(self) -> set[int]:
        """The digest of the HTML that each post shows."""
        return {html for (html,) in self._connection.execute("SELECT html FROM blocks")}

    def digests(self) -> Iterator[tuple[int, int, bytes]]:
        """Digests of what posts say: number, the key of what the post showed then, and digests as they were kept."""
        return self._connection.execute("SELECT number, shown, blocks FROM blocks")

    def keep(self, texts: Sequence[tuple[int, int, int, bytes, str]]) -> None:
        """Keep what published posts say: number, key of what each shows, digest of its HTML, digests, and the text."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?)", [(number, *rest) for number, *rest, _ in texts]
        )
        self._connection.executemany(
            "INSERT OR REPLACE INTO texts VALUES (?, ?)", [(number, text) for number, *_, text in texts]
        )

    def forget_digests(self, numbers: Collection[int]) -> None:
        """Forget the digests of what posts say."""
        self._connection.executemany("DELETE FROM blocks WHERE number = ?", [(number,) for number in numbers])

    def forget(self) -> None:
        """Forget what published posts say, for now they say more or less of it."""
        for table in ("blocks", "texts"):
            self._connection.execute(f"DELETE FROM {table}")


class Documents(Table):
    """Documents that were looked through, by path, and digests of what they say."""

    def keys(self) -> dict[str, str]:
        """The keys of what documents show."""
        return dict(self._connection.rows("SELECT path, key FROM documents INDEXED BY documents_key"))

    def digests(self) -> Iterator[tuple[str, bytes]]:
        """Digests of what documents say, as they were kept."""
        return self._connection.execute("SELECT path, blocks FROM documents")

    def keep(self, path: str, key: str, digests: bytes) -> None:
        """Keep of a document what it shows, and digests of what it says."""
        self._connection.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", (path, key, digests))

    def forget(self, paths: Iterable[str]) -> None:
        """Forget that documents were looked through."""
        self._connection.executemany("DELETE FROM documents WHERE path = ?", [(path,) for path in paths])
