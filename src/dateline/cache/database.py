"""The cache of a folder of posts: open it, verify it if it may be damaged, and discard it if it is."""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, suppress

from dateline.cache import maintenance
from dateline.cache.entry_tables import Dependencies, Entries, Renderings
from dateline.cache.hidden_posts import HiddenPosts, PublishedTexts
from dateline.cache.post_tables import Labels, PostFiles, Posts
from dateline.cache.published_posts import PublishedPosts
from dateline.cache.serialize import COLUMNS, Label, row_checksum
from dateline.cache.sqlite import CacheDamagedError, CacheError, CacheUnavailableError, Connection, Table, connect
from dateline.content.scan import stamp_of
from dateline.errors import reason_of
from dateline.fileio import replace_whole
from dateline.paths import CachePaths


class Outputs(Table):
    """The files of each output folder, each with the key under which it was written, and its stamp then."""

    def of(self, folder: str) -> dict[str, tuple[str, str]]:
        """Return key and stamp of the files of a folder, by path."""
        rows = self._connection.rows("SELECT path, key, stamp FROM outputs WHERE folder = :folder", folder=folder)
        return {path: (key, stamp) for path, key, stamp in rows}

    def keep(self, folder: str, outputs: Mapping[str, tuple[str, str]]) -> None:
        """Replace what is known of a folder."""
        before = self.of(folder)
        with self._connection.transaction():
            gone = [(folder, path) for path in before.keys() - outputs]
            self._connection.executemany("DELETE FROM outputs WHERE folder = ? AND path = ?", gone)
            rows = [(folder, path, *output) for path, output in outputs.items() if before.get(path) != output]
            self._connection.executemany("INSERT OR REPLACE INTO outputs VALUES (?, ?, ?, ?)", rows)


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

    def of(self, edition: str) -> "Cache":
        """Return the cache with the published posts and the labels of one edition alone."""
        return Cache(self._connection, edition)

    def transaction(self) -> AbstractContextManager[None]:
        """Commit everything that the block writes, or nothing."""
        return self._connection.transaction()

    def metadata(self, name: str) -> str | None:
        """Return a fact about the last build."""
        value: str | None = self._connection.value("SELECT value FROM about WHERE name = :name", name=name)
        return value

    def set_metadata(self, name: str, value: str) -> None:
        """Keep a fact about this build."""
        self._connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))


@contextmanager
def open_cache(paths: CachePaths | None) -> Iterator[Cache]:
    """Open the cache on disk, created if it is missing, or without `paths` one in memory. Raises CacheError.

    What another version wrote is dropped. A file that was changed since it was last closed, or never closed, is
    verified.
    """
    if paths is None:
        with closing(connect(None)) as connection:
            yield Cache(connection)
        return
    try:
        maintenance.prepare(paths)
    except OSError as error:
        raise CacheUnavailableError(f"{error.filename or paths.folder}: {reason_of(error)}") from None
    is_good = False
    try:
        with closing(_verified(paths)) as connection:
            is_good = True
            yield Cache(connection)
    except CacheError:
        is_good = False
        raise
    finally:
        with suppress(OSError):
            replace_whole(paths.closed, stamp_of(paths.database).encode() if is_good else b"")


@contextmanager
def open_copy(paths: CachePaths) -> Iterator[Cache]:
    """Open a copy, in memory, of the cache on disk. Changes are not kept. Raises CacheError if there is none.

    Proofs are not copied: what they note is reported only when they are made.
    """
    try:
        maintenance.check(paths)
    except OSError:
        raise CacheUnavailableError from None
    with closing(_verified(paths, copy=True)) as connection:
        _forget_proofs(connection)
        yield Cache(connection)


def _verified(paths: CachePaths, *, copy: bool = False) -> Connection:
    """Connect to the cache on disk, or to a copy of it. Raises CacheError if it is damaged."""
    is_unchanged = _is_unchanged(paths)
    try:
        if copy:
            connection = connect(None, paths.database)
        else:
            connection = connect(paths.database, shares_memory=not maintenance.is_on_network(paths.folder))
        try:
            if not is_unchanged:
                _verify(connection)
        except BaseException:
            connection.close()
            raise
    except UnicodeDecodeError:
        raise CacheDamagedError from None
    return connection


def _is_unchanged(paths: CachePaths) -> bool:
    """Return whether nobody has changed the database since it was closed without an error."""
    with suppress(OSError):
        return maintenance.read(paths.closed).decode(errors="replace") == stamp_of(paths.database) != ""
    return False


def discard(paths: CachePaths, error: CacheError) -> None:
    """Remove a damaged cache; one that is locked, or on a full disk, may work again."""
    if isinstance(error, CacheUnavailableError):
        return
    for file in paths.database_files:
        try:
            os.unlink(file)
        except FileNotFoundError:
            continue
        except OSError:
            return


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
