"""The one fence around sqlite3: a connection to the file of a catalogue, and what can be wrong with that."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from dateline.cache.directory import MAX_SIZE
from dateline.cache.schema import INDEXES, TABLES

# As SQLite keeps them in its own table.
_TABLES = [statement.strip() for statement in TABLES.split(";")]
_INDEXES = [statement.strip().replace("IF NOT EXISTS ", "") for statement in INDEXES.split(";")]

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


def connect(file: str | None, version: str, copied: str | None = None, *, shares_memory: bool = True) -> Connection:
    """A connection to a file, or to a database in memory, which may begin as what is `copied`.

    What another version wrote is dropped. `shares_memory`: no process on another machine has the file open.
    """
    connection = sqlite3.connect(file or ":memory:", timeout=10, isolation_level=None, factory=Connection)
    try:
        if copied:
            with closing(sqlite3.connect(f"{Path(copied).absolute().as_uri()}?mode=rw", uri=True)) as original:
                original.backup(connection)
        if file or copied:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_SIZE)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA journal_mode = {'WAL' if shares_memory else 'DELETE'}")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA temp_store = MEMORY")
        with connection.transaction():
            _begin(connection, version)
    except BaseException:
        connection.close()
        raise
    return connection


def _begin(connection: Connection, version: str) -> None:
    """Begin anew, unless this version wrote what is there. Raises Damaged where no version of ours could have."""
    found = connection.rows("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    if any(name.startswith("sqlite_") or not sql.startswith(("CREATE TABLE ", "CREATE INDEX ")) for name, sql in found):
        raise Damaged
    made = {sql.strip() for _, sql in found}
    about = dict(connection.execute("SELECT name, value FROM about")) if _TABLES[0] in made else {}
    if about.get("version") == version:
        if made.difference(_TABLES, _INDEXES) or not made.issuperset(_TABLES):
            raise Damaged
        return
    for name, sql in found:
        if sql.startswith("CREATE TABLE "):
            connection.execute('DROP TABLE "{}"'.format(name.replace('"', '""')))
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute("INSERT INTO about VALUES ('version', ?)", (version,))
