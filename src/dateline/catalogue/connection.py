"""The one fence around sqlite3: a connection to the file of a catalogue, and what can be wrong with that."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from dateline.catalogue.schema import TABLES

CatalogueError = sqlite3.Error
# It is locked, on a full disk, or cannot be made where it is to be.
Unavailable = sqlite3.OperationalError


class Damaged(sqlite3.DatabaseError):
    """What the catalogue holds is not what was put into it."""

    def __init__(self, *_: object) -> None:  # made again where it comes from another process
        super().__init__("it is damaged")


class Connection(sqlite3.Connection):
    """Answers queries, whose values go by name, in the forms in which they are wanted."""

    def rows(self, query: str, **values: Any) -> list[Any]:
        """All rows, as tuples."""
        return self.execute(query, values).fetchall()

    def first(self, query: str, **values: Any) -> Any:
        """The first row, or None."""
        return self.execute(query, values).fetchone()

    def numbers(self, query: str, **values: Any) -> list[int]:
        """The only column of all rows: numbers of posts."""
        return [number for (number,) in self.execute(query, values)]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is put in here, or nothing."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")


class Drawer:
    """What the catalogue has of one kind of things. All drawers share a connection, and so a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection


def connect(file: Path | None, version: str, copied: Path | None = None) -> Connection:
    """A connection to a file, or to a database in memory, which may begin as what is `copied`.

    What another version wrote is dropped.
    """
    connection = sqlite3.connect(file or ":memory:", timeout=10, isolation_level=None, factory=Connection)
    try:
        if copied:
            with closing(sqlite3.connect(f"{copied.absolute().as_uri()}?mode=rw", uri=True)) as original:
                original.backup(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA temp_store = MEMORY")
        with connection.transaction():
            _begin(connection, version)
    except BaseException:
        connection.close()
        raise
    return connection


def _begin(connection: Connection, version: str) -> None:
    """Begin anew, unless this version wrote what is there."""
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    about = dict(connection.execute("SELECT name, value FROM about")) if "about" in tables else {}
    if about.get("version") == version:
        return
    for table in tables:
        connection.execute(f'DROP TABLE "{table}"')
    for statement in TABLES.split(";"):
        connection.execute(statement)
    connection.execute("INSERT INTO about VALUES ('version', ?)", (version,))
