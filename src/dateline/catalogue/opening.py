"""Opening a catalogue, looking it through where it may be damaged, and discarding it where it is."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path

from dateline.catalogue.connection import CatalogueError, Connection, Damaged, Unavailable, connect
from dateline.catalogue.consulted import Consultations
from dateline.catalogue.entries import Entries
from dateline.catalogue.fields import seal
from dateline.catalogue.files import Files
from dateline.catalogue.labels import Labels
from dateline.catalogue.out import PostsOut
from dateline.catalogue.outputs import Outputs
from dateline.catalogue.posts import Posts
from dateline.catalogue.renderings import MeasuredFiles, Renderings
from dateline.catalogue.rows import COLUMNS, Label
from dateline.catalogue.secrets import Secrets
from dateline.catalogue.texts import Documents, Texts
from dateline.reading.files import make_cache, stamp_of


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
        self.secrets = Secrets(connection)
        self.texts = Texts(connection)
        self.documents = Documents(connection)

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
def open_catalogue(file: Path | None, version: str) -> Iterator[Catalogue]:
    """The catalogue in `file`, or one in memory. One that another version wrote is begun anew.

    One that was changed since it was last closed, or that was never closed, is looked through. Raises CatalogueError.
    """
    if file is None:
        with closing(connect(None, version)) as connection:
            yield Catalogue(connection)
        return
    _make_folder(file.parent)
    is_as_left, is_good = _is_as_left(file), False
    try:
        with closing(connect(file, version)) as connection:
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
            _mark(file).write_text(stamp_of(file) if is_good else "")


@contextmanager
def open_copy(file: Path, version: str) -> Iterator[Catalogue]:
    """A catalogue in memory that begins as the one in `file`, where that is good. What is put there goes nowhere.

    What was proven is to be proven again, since what there is to note of it is told only then.
    """
    with closing(_copied(file, version) or connect(None, version)) as connection:
        yield Catalogue(connection)


def _copied(file: Path, version: str) -> Connection | None:
    is_as_left = _is_as_left(file)
    try:
        connection = connect(None, version, file)
    except CatalogueError:
        return None
    try:
        if not is_as_left:
            _look_through(connection)
        _forget_proofs(connection)
    except (CatalogueError, UnicodeDecodeError):
        connection.close()
        return None
    return connection


def _mark(file: Path) -> Path:
    """Where the stamp of a catalogue is kept that was closed when it was good."""
    return file.with_suffix(".closed")


def _is_as_left(file: Path) -> bool:
    with suppress(OSError):
        return _mark(file).read_text(errors="replace") == stamp_of(file) != ""
    return False


def discard(file: Path, error: CatalogueError) -> None:
    """Remove a catalogue that is broken; one that is locked, or on a full disk, may serve again."""
    if isinstance(error, Unavailable):
        return
    for suffix in ("", "-wal", "-shm"):
        try:
            Path(f"{file}{suffix}").unlink(missing_ok=True)
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
    for table in ("secrets", "blocks", "texts", "documents"):
        connection.execute(f"DELETE FROM {table}")


def _make_folder(folder: Path) -> None:
    try:
        make_cache(folder)
    except OSError as error:
        raise Unavailable(f"{folder}: {error.strerror}") from None
