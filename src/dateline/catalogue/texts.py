"""What published posts say, kept to be compared with what hidden ones do."""

from collections.abc import Collection, Iterator, Sequence

from dateline.catalogue.connection import Damaged, Drawer


class Texts(Drawer):
    """Texts of published posts, and digests of them, by number."""

    def all(self) -> Iterator[tuple[int, str]]:
        """What each post says."""
        return self._connection.execute("SELECT number, text FROM texts")

    def of(self, number: int) -> str:
        """What a post says. Raises CatalogueError."""
        row = self._connection.first("SELECT text FROM texts WHERE number = :number", number=number)
        if row is None:
            raise Damaged
        return str(row[0])

    def shown(self) -> dict[int, int]:
        """The key of what each post showed when digests of it were kept."""
        return dict(self._connection.rows("SELECT number, shown FROM blocks"))

    def digests(self) -> Iterator[tuple[int, int, bytes]]:
        """Digests of what posts say: number, the key of what the post showed then, and digests as they were kept."""
        return self._connection.execute("SELECT number, shown, blocks FROM blocks")

    def keep(self, texts: Sequence[tuple[int, int, bytes, str]]) -> None:
        """Keep what published posts say: number, the key of what each shows, digests, and the text."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?)", [(number, *rest) for number, *rest, _ in texts]
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
