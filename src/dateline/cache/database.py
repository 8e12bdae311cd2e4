"""Opening a catalogue, looking it through where it may be damaged, and discarding it where it is."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress

from dateline.cache import directory
from dateline.cache.connection import CatalogueError, Connection, Damaged, Unavailable, connect
from dateline.cache.dependencies import Consultations
from dateline.cache.entries import Entries
from dateline.cache.files import Files
from dateline.cache.hidden_posts import HiddenPosts
from dateline.cache.labels import Labels
from dateline.cache.outputs import Outputs
from dateline.cache.posts import Posts
from dateline.cache.published import PostsOut
from dateline.cache.renderings import MeasuredFiles, Renderings
from dateline.cache.rows import COLUMNS, Label
from dateline.cache.serialize import seal
from dateline.cache.texts import PublishedTexts
from dateline.content.scan import stamp_of
from dateline.errors import reason_of
from dateline.fileio import replace_whole
from dateline.paths import Cache


class Catalogue:
    """Posts, what was made of them, and where that stands: a drawer for each thing to ask for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.files = Files(connection)
        self.posts = Posts(connection)
        self.out = PostsOut(connection)
        self.labels = Labels(connection)
        self.renderings = Renderings(connection)
        self.measured = MeasuredFiles(connection)
        self.consulted = Consultations(connection)
        self.entries = Entries(connection)
        self.outputs = Outputs(connection)
        self.hidden_posts = HiddenPosts(connection)
        self.post_texts = PublishedTexts[int](connection, "post_texts")
        self.document_texts = PublishedTexts[str](connection, "document_texts")

    def transaction(self) -> AbstractContextManager[None]:
        """All that is put in here, or nothing."""
        return self._connection.transaction()

    def about(self, name: str) -> str | None:
        """A fact about the last scan."""
        row = self._connection.first("SELECT value FROM about WHERE name = :name", name=name)
        return row[0] if row else None

    def note(self, name: str, value: str) -> None:
        """Keep a fact about this scan."""
        self._connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))


@contextmanager
def open_catalogue(cache: Cache | None, version: str) -> Iterator[Catalogue]:
    """The catalogue in a cache, which is made where there is none, or one in memory.

    One that another version wrote is begun anew. One that was changed since it was last closed, or that was never
    closed, is looked through. Raises CatalogueError.
    """
    if cache is None:
        with closing(connect(None, version)) as connection:
            yield Catalogue(connection)
        return
    try:
        directory.prepare(cache)
    except OSError as error:
        raise Unavailable(f"{error.filename or cache.folder}: {reason_of(error)}") from None
    is_as_left, is_good = _is_as_left(cache), False
    try:
        shares_memory = not directory.is_on_network(cache.folder)
        with closing(connect(cache.database, version, shares_memory=shares_memory)) as connection:
            if not is_as_left:
                _look_through(connection)
            is_good = True
            yield Catalogue(connection)
    except CatalogueError:
        is_good = False
        raise
    except UnicodeDecodeError:
        if is_good:
            raise
        raise Damaged from None
    finally:
        with suppress(OSError):
            replace_whole(cache.closed, stamp_of(cache.database).encode() if is_good else b"")


@contextmanager
def open_copy(cache: Cache | None, version: str) -> Iterator[Catalogue]:
    """A catalogue in memory that begins as the one in a cache, where that is good. What is put there goes nowhere.

    What was proven is to be proven again, since what there is to note of it is told only then.
    """
    with closing((cache and _copied(cache, version)) or connect(None, version)) as connection:
        yield Catalogue(connection)


def _copied(cache: Cache, version: str) -> Connection | None:
    try:
        directory.check(cache)
        is_as_left = _is_as_left(cache)
        connection = connect(None, version, cache.database)
    except (OSError, CatalogueError):
        return None
    try:
        if not is_as_left:
            _look_through(connection)
        _forget_proofs(connection)
    except (CatalogueError, UnicodeDecodeError):
        connection.close()
        return None
    return connection


def _is_as_left(cache: Cache) -> bool:
    with suppress(OSError):
        return directory.read(cache.closed).decode(errors="replace") == stamp_of(cache.database) != ""
    return False


def discard(cache: Cache, error: CatalogueError) -> None:
    """Remove a catalogue that is broken; one that is locked, or on a full disk, may serve again."""
    if isinstance(error, Unavailable):
        return
    for file in cache.of_sqlite():
        try:
            os.unlink(file)
        except FileNotFoundError:
            continue
        except OSError:
            return


def _look_through(connection: Connection) -> None:
    """Raise Damaged where something is not as it was put in. Renderings are looked at when they are used."""
    if connection.first("PRAGMA integrity_check(1)") != ("ok",):
        raise Damaged
    _forget_proofs(connection)  # for they rest on what cannot be looked through
    labels: dict[int, list[Label]] = {}
    for number, *label in connection.execute("SELECT number, kind, slug, name, folded FROM labels"):
        labels.setdefault(number, []).append(Label(*label))
    for number, sealed, *values in connection.execute(f"SELECT number, seal, {', '.join(COLUMNS[:-1])} FROM posts"):
        if sealed != seal(*values, *sorted(labels.get(number, ()))):
            raise Damaged


def _forget_proofs(connection: Connection) -> None:
    for table in ("hidden_posts", "post_texts", "document_texts"):
        connection.execute(f"DELETE FROM {table}")
