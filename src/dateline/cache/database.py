"""The cache of a folder of posts: open it, verify it if it may be damaged, and make a new one if it is of no use."""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from functools import partial
from typing import NamedTuple

from dateline.cache import current, maintenance
from dateline.cache.entry_tables import Dependencies, Entries, Renderings
from dateline.cache.hidden_posts import HiddenPosts, PublishedTexts
from dateline.cache.post_tables import Labels, PostFiles, Posts
from dateline.cache.published_posts import PublishedPosts
from dateline.cache.serialize import COLUMNS, Label, row_checksum
from dateline.cache.sqlite import (
    CacheDamagedError,
    CacheError,
    CacheUnavailableError,
    Connection,
    Table,
    closed_after_errors,
    connect,
    copy,
    create,
    reopen,
    settle,
)
from dateline.errors import OutputError, reason_of
from dateline.fileio import create_new
from dateline.hashing import checksum, digest
from dateline.paths import CachePaths

MOST_TEMPLATES = 1000  # that are kept; others are made when settings change


class Outputs(Table):
    """The files of each output folder, each with the key under which it was written, and its stamp then."""

    def of(self, folder: str) -> dict[str, tuple[str, str]]:
        """Return key and stamp of the files of a folder, by path."""
        rows = self._connection.rows("SELECT path, key, stamp FROM outputs WHERE folder = :folder", folder=folder)
        return {path: (key, stamp) for path, key, stamp in rows}

    def keep(self, folder: str, outputs: Mapping[str, tuple[str, str]], before: Mapping[str, tuple[str, str]]) -> None:
        """Replace what is known of a folder, which was `before`."""
        with self._connection.transaction():
            gone = [(folder, path) for path in before.keys() - outputs]
            self._connection.executemany("DELETE FROM outputs WHERE folder = ? AND path = ?", gone)
            rows = [(folder, path, *output) for path, output in outputs.items() if before.get(path) != output]
            self._connection.executemany("INSERT OR REPLACE INTO outputs VALUES (?, ?, ?, ?)", rows)


class Templates(Table):
    """What was cut out of documents to make more of them fast, by a key of all that it depends on."""

    def get(self, key: str) -> bytes | None:
        """Return a template; None if there is none, or if it is damaged."""
        row = self._connection.first("SELECT value, checksum FROM templates WHERE key = :key", key=key)
        return row[0] if row and row[1] == _seal(key, row[0]) else None

    def put(self, key: str, value: bytes) -> None:
        """Store a template, unless the cache cannot be written to at this moment; the oldest of too many go."""
        execute = self._connection.execute
        with self._connection.impatient(), suppress(CacheError):
            execute("INSERT OR REPLACE INTO templates VALUES (?, ?, ?)", (key, value, _seal(key, value)))
            execute("DELETE FROM templates WHERE rowid <= (SELECT max(rowid) FROM templates) - ?", (MOST_TEMPLATES,))


def _seal(key: str, value: object) -> int:
    return checksum(key, digest(value))


class Location(NamedTuple):
    """What another process needs to open the database of a cache."""

    file: str


class Cache:
    """The tables of posts, entries and outputs, by subject. Published posts and labels may be those of one edition."""

    def __init__(self, connection: Connection, edition: str | None = None) -> None:
        self._connection = connection
        self.files = PostFiles(connection)
        self.posts = Posts(connection)
        self.published = PublishedPosts(connection, edition)
        self.labels = Labels(connection, edition)
        self.renderings = Renderings(connection)
        self.dependencies = Dependencies(connection)
        self.entries = Entries(connection)
        self.outputs = Outputs(connection)
        self.hidden_posts = HiddenPosts(connection)
        self.post_texts = PublishedTexts[int](connection, "post_texts")
        self.document_texts = PublishedTexts[str](connection, "document_texts")
        self.templates = Templates(connection)

    def of(self, edition: str) -> "Cache":
        """Return the cache with the published posts and the labels of one edition alone."""
        return Cache(self._connection, edition)

    @property
    def location(self) -> Location | None:
        """Where other processes find what is committed; None if it is in the memory of this one."""
        file = self._connection.file
        return Location(file) if file else None

    def settle(self) -> None:
        """Let other processes read this cache, which may be new and was filled fast; not within a transaction."""
        if self._connection.file:
            settle(self._connection, shares_memory=_shares_memory(self._connection.file))

    def transaction(self) -> AbstractContextManager[None]:
        """Commit everything that the block writes, or nothing."""
        return self._connection.transaction()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def metadata(self, name: str) -> str | None:
        """Return a fact about the last build."""
        value: str | None = self._connection.value("SELECT value FROM about WHERE name = :name", name=name)
        return value

    def set_metadata(self, name: str, value: str) -> None:
        """Keep a fact about this build."""
        self._connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))


# By process and thread. A process that was forked must neither use nor close a connection that it inherited.
_Key = tuple[int, int, Location | None]
_open: dict[_Key, Cache] = {}
_reopened: dict[_Key, Cache] = {}


def reopened(location: Location | None) -> Cache:
    """Return the settled cache that another process has open at a location, to read it and to put templates there.

    It is kept for the next call. In the process that opened the cache, this is that cache itself, and only there may
    the location be None. Raises CacheError.
    """
    key = os.getpid(), threading.get_ident(), location
    found = _open.get(key) or _reopened.get(key)
    if found:
        return found
    for other in [other for other in _reopened if other[:2] == key[:2]]:
        _reopened.pop(other).close()
    if location is None:
        raise CacheUnavailableError("it is in the memory of another process")
    _reopened[key] = Cache(reopen(location.file))
    return _reopened[key]


@contextmanager
def _opened(connection: Connection) -> Iterator[Cache]:
    """Yield the cache of a connection, which is closed at the end."""
    cache = Cache(connection)
    key = os.getpid(), threading.get_ident(), cache.location
    with closing(connection):
        _open[key] = cache
        try:
            yield cache
        finally:
            _open.pop(key, None)


@contextmanager
def open_cache(paths: CachePaths | None, *, in_memory: bool = False) -> Iterator[Cache]:
    """Open the cache on disk, or a new one if it is missing or another version wrote it. Raises CacheError.

    A file that was changed since it was last closed, or never closed, is verified; a damaged one is not used again. A
    new one takes its place at the end, also after an exception, with what was committed.

    Without `paths`, the cache is a temporary one: a file, so that other processes can read it, or `in_memory` if that
    is what the caller wants, or if no temporary folder can be made. Raises OutputError for a file that has no room.
    """
    with ExitStack() as stack:
        if paths is None:
            yield stack.enter_context(_temporary(None if in_memory else _temporary_file(stack)))
            return
        database = _locked(paths, stack)
        try:
            connection = _verified(paths, database, _connect) if database else None
        except CacheError as error:
            _after_use(paths, database or "", error)
            raise
        if connection:
            yield stack.enter_context(_existing(paths, connection))
        else:
            yield stack.enter_context(_new(paths))


@contextmanager
def open_copy(paths: CachePaths) -> Iterator[Cache]:
    """Open a temporary copy of the cache on disk. Changes are not kept. Raises CacheError if there is none.

    Proofs are not copied: what they note is reported only when they are made.
    """
    with ExitStack() as stack:
        with ExitStack() as locked:
            if not (database := _locked(paths, locked, creates_folders=False)):
                raise CacheUnavailableError("there is none")
            connection = _verified(paths, database, partial(copy, _temporary_file(stack)))
        if not connection:
            raise CacheUnavailableError("another version wrote it")
        cache = stack.enter_context(_opened(connection))
        _forget_proofs(connection)
        yield cache


def _locked(paths: CachePaths, stack: ExitStack, *, creates_folders: bool = True) -> str | None:
    """Return the path of the database, if there is one, locked until the stack ends. Raises CacheUnavailableError."""
    try:
        (maintenance.prepare if creates_folders else maintenance.check)(paths)
        stack.enter_context(current.in_use(paths))
        return current.current_database(paths)
    except OSError as error:
        raise CacheUnavailableError(f"{error.filename or paths.folder}: {reason_of(error)}") from None


@contextmanager
def _existing(paths: CachePaths, connection: Connection) -> Iterator[Cache]:
    database = connection.file or ""
    failed: CacheError | None = None
    try:
        with _opened(connection) as cache:
            yield cache
    except CacheError as error:
        failed = error
        raise
    finally:
        _after_use(paths, database, failed)


def _after_use(paths: CachePaths, database: str, error: CacheError | None) -> None:
    """Note how a database was closed, or discard it; one that is locked, or on a full disk, may work again."""
    with suppress(OSError):
        if error and not isinstance(error, CacheUnavailableError):
            current.discard(paths, database)
        else:
            current.mark_closed(paths, database, is_good=not error)


@contextmanager
def _new(paths: CachePaths) -> Iterator[Cache]:
    """Fill a new cache, which is put in place at the end unless something is wrong with it."""
    try:
        database = current.create_file(paths)
    except OSError as error:
        raise CacheUnavailableError(f"{error.filename}: {reason_of(error)}") from None
    is_good = True
    try:
        with _opened(create(database)) as cache:
            try:
                yield cache
            finally:
                with suppress(CacheError):
                    cache.settle()
    except CacheError:
        is_good = False
        raise
    finally:
        if is_good:
            with suppress(OSError):
                current.put_in_place(paths, database)


@contextmanager
def _temporary(file: str | None) -> Iterator[Cache]:
    try:
        with _opened(create(file)) as cache:
            yield cache
    except CacheUnavailableError as error:
        if file is None:
            raise
        folder, problem = os.path.dirname(os.path.dirname(file)), f"no temporary file can be written there: {error}"
        raise OutputError(folder, None, problem, "make room, or name another folder with TMPDIR") from None


def _temporary_file(stack: ExitStack) -> str | None:
    """Return the path of a new empty file, removed with the stack; None if no folder for it can be made."""
    from tempfile import TemporaryDirectory

    with suppress(OSError):
        folder = stack.enter_context(TemporaryDirectory(prefix="dateline-", ignore_cleanup_errors=True))
        file = os.path.join(folder, "cache.sqlite")
        os.close(create_new(file))
        return file
    return None


def _verified(paths: CachePaths, database: str, connect_to: Callable[[str], Connection | None]) -> Connection | None:
    """Connect to the cache on disk; None if another version wrote it. Raises CacheError if it is damaged."""
    is_unchanged = current.is_unchanged(paths, database)
    try:
        connection = connect_to(database)
        if connection and not is_unchanged:
            with closed_after_errors(connection):
                _verify(connection)
    except UnicodeDecodeError:
        raise CacheDamagedError from None
    return connection


def _connect(database: str) -> Connection | None:
    return connect(database, shares_memory=_shares_memory(database))


def _shares_memory(database: str) -> bool:
    """Return whether all processes that use a database are on this machine, as far as is known."""
    return not maintenance.is_on_network(os.path.dirname(database))


def _verify(connection: Connection) -> None:
    """Raise CacheDamagedError if a post is not what was stored. Renderings are verified when they are used."""
    if connection.first("PRAGMA integrity_check(1)") != ("ok",):
        raise CacheDamagedError
    _forget_proofs(connection)  # they cannot be verified
    labels: dict[int, list[Label]] = {}
    for number, *label in connection.execute("SELECT number, kind, slug, name, folded FROM labels"):
        labels.setdefault(number, []).append(Label(*label))
    link_keys: dict[int, list[tuple[str, str]]] = {}
    for number, *key in connection.execute("SELECT number, key, date FROM link_keys"):
        link_keys.setdefault(number, []).append((key[0], key[1]))
    for number, stored, *values in connection.execute(f"SELECT number, checksum, {', '.join(COLUMNS[:-1])} FROM posts"):
        if stored != row_checksum(tuple(values), labels.get(number, ()), link_keys.get(number, ())):
            raise CacheDamagedError


def _forget_proofs(connection: Connection) -> None:
    for table in ("hidden_posts", "post_texts", "document_texts"):
        connection.execute(f"DELETE FROM {table}")
