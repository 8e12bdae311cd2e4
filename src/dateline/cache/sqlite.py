"""The SQLite file of the cache: its tables, the connection to it, and what queries have in common.

No other module imports sqlite3.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from dateline.cache.maintenance import MAX_SIZE
from dateline.hashing import versions

# The status of a row of posts: in the main feed and all lists of the site, in those lists alone, a page, which is in
# neither, an item that only the feed of corrections has; then hidden as a draft, as withdrawn, or because something in
# it is wrong.
MAIN, SITE, PAGE, ASIDE, DRAFT, WITHDRAWN, INVALID = range(7)

TABLES = """
    CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE files (path TEXT PRIMARY KEY, stamp TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE posts ( -- and the items that their notes make, by the `part` of each
        number INTEGER PRIMARY KEY,
        path TEXT NOT NULL, part TEXT NOT NULL, key TEXT NOT NULL, head_key TEXT NOT NULL, text_key TEXT NOT NULL,
        id TEXT NOT NULL, atom_id TEXT NOT NULL, url TEXT NOT NULL, canonical_url TEXT NOT NULL,
        status INTEGER NOT NULL, day TEXT NOT NULL, aliases TEXT NOT NULL,
        published_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
        edition TEXT NOT NULL, translation_key TEXT NOT NULL,
        entry_key INTEGER, -- of all that the entry shows, NULL if it has to be built
        fields TEXT NOT NULL, checksum INTEGER NOT NULL,
        UNIQUE (path, part)
    );
    CREATE TABLE labels ( -- columns in the order of the key, or integrity_check of SQLite 3.40 takes some for NULL
        kind TEXT NOT NULL, slug TEXT NOT NULL,
        number INTEGER NOT NULL,
        folded TEXT NOT NULL, name TEXT NOT NULL,
        PRIMARY KEY (kind, slug, number, folded)
    ) WITHOUT ROWID;
    CREATE TABLE link_keys ( -- the names by which links find a post, each with a date of it, or with none
        key TEXT NOT NULL, date TEXT NOT NULL,
        number INTEGER NOT NULL
    );
    CREATE TABLE renderings ( -- `shown` is of what entries show, HTML is UTF-8, the last four columns are of the entry
        number INTEGER PRIMARY KEY,
        key TEXT NOT NULL, shown INTEGER NOT NULL, checksum INTEGER NOT NULL,
        "references" TEXT NOT NULL, dropped TEXT NOT NULL, template_code TEXT NOT NULL,
        html BLOB NOT NULL, summary TEXT NOT NULL, note TEXT NOT NULL,
        urls TEXT NOT NULL, media TEXT NOT NULL, attached TEXT NOT NULL, unanswered TEXT NOT NULL
    );
    CREATE TABLE media_info ( -- what was read of a file that had this stamp
        path TEXT NOT NULL, kind TEXT NOT NULL, stamp TEXT NOT NULL, info TEXT NOT NULL,
        PRIMARY KEY (path, kind)
    ) WITHOUT ROWID;
    CREATE TABLE dependencies (
        path TEXT NOT NULL, number INTEGER NOT NULL,
        target TEXT, stamp TEXT NOT NULL,
        PRIMARY KEY (path, number)
    ) WITHOUT ROWID;
    CREATE TABLE outputs (
        folder TEXT NOT NULL, path TEXT NOT NULL, key TEXT NOT NULL, stamp TEXT NOT NULL,
        PRIMARY KEY (folder, path)
    ) WITHOUT ROWID;
    CREATE TABLE hidden_posts ( -- that nothing in the next two tables gives away, under the key of what they say
        number INTEGER PRIMARY KEY,
        key TEXT NOT NULL, title TEXT NOT NULL, details TEXT NOT NULL
    );
    CREATE TABLE post_texts ( -- owner is the number of a post
        owner INTEGER PRIMARY KEY,
        key TEXT NOT NULL, html INTEGER NOT NULL, names TEXT NOT NULL, text TEXT NOT NULL
    );
    CREATE TABLE document_texts ( -- owner is the path of a document
        owner TEXT PRIMARY KEY, key TEXT NOT NULL, html INTEGER NOT NULL, names TEXT NOT NULL, text TEXT NOT NULL
    );
    CREATE TABLE templates (key TEXT PRIMARY KEY, value BLOB NOT NULL, checksum INTEGER NOT NULL)
"""

# What belongs to a post goes with it. With foreign keys instead, SQLite would look for the post of each new row.
_TRIGGER = """
    CREATE TRIGGER posts_deleted AFTER DELETE ON posts BEGIN
        DELETE FROM labels WHERE number = OLD.number;
        DELETE FROM link_keys WHERE number = OLD.number;
        DELETE FROM renderings WHERE number = OLD.number;
        DELETE FROM dependencies WHERE number = OLD.number;
        DELETE FROM hidden_posts WHERE number = OLD.number;
        DELETE FROM post_texts WHERE owner = OLD.number;
    END
""".strip()

# SQLite reads whole posts where an index has all that a query needs, hence INDEXED BY in queries. Indexes are created
# after a new cache is filled: indexing all rows at once takes a fifth of the time.
INDEXES = f"""
    CREATE INDEX IF NOT EXISTS posts_newest ON posts (edition, published_at DESC, id) WHERE status < {PAGE};
    CREATE INDEX IF NOT EXISTS posts_notes ON posts (edition, published_at DESC, id) WHERE part != '';
    CREATE INDEX IF NOT EXISTS posts_withdrawn ON posts (edition, updated_at DESC, id) WHERE status = {WITHDRAWN};
    CREATE INDEX IF NOT EXISTS posts_out ON posts (due_at, published_at, id, edition, day, entry_key, status)
        WHERE status < {ASIDE};
    CREATE INDEX IF NOT EXISTS posts_pages ON posts (edition, url) WHERE status = {PAGE};
    CREATE INDEX IF NOT EXISTS posts_drafts ON posts (number) WHERE status = {DRAFT};
    CREATE INDEX IF NOT EXISTS posts_invalid ON posts (number) WHERE status = {INVALID};
    CREATE INDEX IF NOT EXISTS posts_number ON posts (number, status, due_at, edition, entry_key, published_at, id);
    CREATE INDEX IF NOT EXISTS posts_updated ON posts (updated_at) WHERE updated_at > due_at OR status = {WITHDRAWN};
    CREATE INDEX IF NOT EXISTS posts_aliases ON posts (path) WHERE aliases != '[]';
    CREATE INDEX IF NOT EXISTS posts_atom_id ON posts (atom_id);
    CREATE INDEX IF NOT EXISTS posts_url ON posts (url);
    CREATE INDEX IF NOT EXISTS post_texts_key ON post_texts (owner, key, html);
    CREATE INDEX IF NOT EXISTS document_texts_key ON document_texts (owner, key, html);
    CREATE INDEX IF NOT EXISTS labels_number ON labels (number);
    CREATE INDEX IF NOT EXISTS link_keys_key ON link_keys (key, date, number);
    CREATE INDEX IF NOT EXISTS link_keys_number ON link_keys (number);
    CREATE INDEX IF NOT EXISTS renderings_media ON renderings (number) WHERE media != '[]';
    CREATE INDEX IF NOT EXISTS renderings_template_code ON renderings (number)
        WHERE template_code != '[]' OR unanswered != '[]';
    CREATE INDEX IF NOT EXISTS dependencies_number ON dependencies (number)
"""

# As SQLite keeps them in its own table.
_TABLES = [*(statement.strip() for statement in TABLES.split(";")), _TRIGGER]
_INDEXES = [statement.strip().replace("IF NOT EXISTS ", "") for statement in INDEXES.split(";")]

# Conditions for posts in the main feed, in lists of the site, and on the site, which may be pages; and for all of these
# and the items of corrections. Each begins with the condition of an index.
LISTED = f"status < {PAGE} AND due_at <= :now"
IN_FEEDS = f"{LISTED} AND status = {MAIN}"
ON_SITE = f"status < {ASIDE} AND due_at <= :now"
PUBLISHED_ANYWHERE = f"status < {DRAFT} AND due_at <= :now"
NEWEST_FIRST = "ORDER BY published_at DESC, id"
AMONG = "number IN (SELECT value FROM json_each(:numbers))"
# Which posts a link finds by a key, and up to how many of them are looked at.
LINK_KEY = "link_keys.key = :key AND date >= :date AND date < :date || '~'"
MOST_ANSWERS = 30

_FAST = ("page_size = 16384", "journal_mode = MEMORY", "synchronous = OFF")
PATIENCE = 10.0  # seconds to wait for another process that writes

sqlite3.register_adapter(datetime, datetime.timestamp)

CacheError = sqlite3.Error
# The file is locked, on a full disk, or cannot be created.
CacheUnavailableError = sqlite3.OperationalError


class CacheDamagedError(sqlite3.DatabaseError):
    """The cache does not hold what was stored in it."""

    def __init__(self, *_: object) -> None:  # unpickled where it comes from another process
        super().__init__("it is damaged")


class Connection(sqlite3.Connection):
    """A connection whose queries take their values by name; datetimes are seconds since 1970.

    `file` is None for a database in memory. One that `is_new` is being filled, and no other process reads it yet.
    """

    file: str | None = None
    is_new = False

    def rows(self, query: str, **values: Any) -> list[Any]:
        """Return all rows, as tuples."""
        return self.execute(query, values).fetchall()

    def first(self, query: str, **values: Any) -> Any:
        """Return the first row, or None."""
        return self.execute(query, values).fetchone()

    def value(self, query: str, **values: Any) -> Any:
        """Return the first column of the first row, or None."""
        row = self.first(query, **values)
        return row[0] if row else None

    def numbers(self, query: str, **values: Any) -> list[int]:
        """Return the only column of all rows: numbers of posts."""
        return [number for (number,) in self.execute(query, values)]

    @contextmanager
    def impatient(self) -> Iterator[None]:
        """Have the block hardly wait for another process that writes."""
        self.execute("PRAGMA busy_timeout = 50")
        try:
            yield
        finally:
            self.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything that the block writes, or nothing."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")


class Table:
    """One or several SQL tables about one subject. All share a connection, and so a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection


class EditionTable(Table):
    """A table about the posts of one edition, or of all."""

    def __init__(self, connection: Connection, edition: str | None) -> None:
        super().__init__(connection)
        self._edition = edition
        self._in_edition = "" if edition is None else "AND edition = :edition"  # goes after another condition


def json_array(values: Collection[int | str | tuple[str, str]]) -> str:
    """Return values as json_each takes them."""
    return json.dumps(list(values))


def published_among(numbers: Collection[int] | None) -> tuple[str, dict[str, str]]:
    """Return the condition for posts in any feed, all or those of `numbers`, and its values apart from `now`."""
    if numbers is None:
        return PUBLISHED_ANYWHERE, {}
    return f"{PUBLISHED_ANYWHERE} AND posts.{AMONG}", {"numbers": json_array(numbers)}


def connect(file: str, *, shares_memory: bool) -> Connection | None:
    """Connect to the cache in a file; None if another version wrote it. Raises CacheDamagedError if none did.

    `shares_memory`: no process on another machine has the file open.
    """
    with closed_after_errors(_open(file, "synchronous = NORMAL")) as connection:
        if _is_of_this_version(connection):
            _settle(connection, shares_memory=shares_memory)
            return connection
    connection.close()
    return None


def create(file: str | None) -> Connection:
    """Connect to a new cache in an empty file, or in memory, to fill it fast: after a crash, it is of no use."""
    with closed_after_errors(_open(file, *_FAST)) as connection:
        connection.is_new = True
        with connection.transaction():
            for statement in _TABLES:
                connection.execute(statement)
            connection.execute("INSERT INTO about VALUES ('version', ?)", (versions(),))
    return connection


def copy(file: str | None, original: str) -> Connection | None:
    """Connect to a copy of a cache, in an empty file or in memory, as `create` does; None as `connect` does."""
    with closed_after_errors(_open(file, *_FAST)) as connection:
        connection.is_new = True
        with closing(sqlite3.connect(_uri(original), uri=True)) as source:
            source.backup(connection)
        if _is_of_this_version(connection):
            return connection
    connection.close()
    return None


def reopen(file: str) -> Connection:
    """Connect to a cache that another process has open. Raises CacheError if the file is missing.

    Leaves it to that process to move what is written from the write-ahead log to the file.
    """
    return _open(file, "synchronous = NORMAL", "wal_autocheckpoint = 0")


def settle(connection: Connection, *, shares_memory: bool) -> None:
    """Let other processes read and write a new cache, which so far was filled fast, at the same time as this one."""
    if connection.is_new:
        _settle(connection, shares_memory=shares_memory)
        connection.is_new = False


def _settle(connection: Connection, *, shares_memory: bool) -> None:
    connection.execute(f"PRAGMA journal_mode = {'WAL' if shares_memory else 'DELETE'}")


@contextmanager
def closed_after_errors(connection: Connection) -> Iterator[Connection]:
    """Close a connection if the block raises."""
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


def _open(file: str | None, *settings: str) -> Connection:
    name = _uri(file) if file else ":memory:"
    connection = sqlite3.connect(name, timeout=PATIENCE, isolation_level=None, factory=Connection, uri=bool(file))
    with closed_after_errors(connection):
        connection.file = file
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_SIZE)
        for setting in (*settings, "trusted_schema = OFF", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {setting}")
    return connection


def _uri(file: str) -> str:
    """Return the address of a file that is opened, but not created."""
    return f"{Path(file).absolute().as_uri()}?mode=rw"


def _is_of_this_version(connection: Connection) -> bool:
    """Return whether this version wrote the database. Raises CacheDamagedError if it says so, but has other tables."""
    created = {sql.strip() for (sql,) in connection.rows("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    about = dict(connection.rows("SELECT name, value FROM about")) if _TABLES[0] in created else {}
    if about.get("version") != versions():
        return False
    if created.difference(_TABLES, _INDEXES) or not created.issuperset(_TABLES):
        raise CacheDamagedError
    return True
