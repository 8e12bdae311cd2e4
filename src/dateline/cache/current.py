"""Which file holds the cache. A new cache is filled in a file with a name that no other had; a pointer then names it.

So no write-ahead log and no open connection of another process can meet the new file. (SQLite would replay the log that
an older file of the same name has left, and bring old rows back.) A build that is killed leaves a file that nothing
names. Whoever uses a cache shares a lock; files that the pointer does not name are removed by whoever finds that nobody
else uses any of them: not by the side of another build that fills its own, nor of one that still reads the old one.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dateline.cache import maintenance
from dateline.content.scan import stamp_of
from dateline.fileio import create_new, open_regular, read_regular, replace_whole
from dateline.paths import CachePaths, database_files, database_name, database_of
from dateline.system import lock, share, unlock

_POINTER_SIZE = 100  # bytes; a longer one is damaged


@contextmanager
def in_use(paths: CachePaths) -> Iterator[None]:
    """Let nobody else remove files of the cache; before and after, remove those that nobody needs. Raises OSError."""
    descriptor = open_regular(paths.lock, os.O_RDWR | os.O_CREAT, follow=False)
    try:
        _remove_unused(paths, descriptor)
        share(descriptor)
        try:
            yield
        finally:
            _remove_unused(paths, descriptor)
            unlock(descriptor)  # processes that were forked have the lock, too
    finally:
        os.close(descriptor)


def current_database(paths: CachePaths) -> str | None:
    """Return the path of the database; None if there is none, or the pointer is damaged. Needs the shared lock.

    Raises OSError if something in its place is not a regular file of this user.
    """
    name = _current_name(paths)
    if name is None:
        return None
    database = os.path.join(paths.folder, name)
    for file in database_files(database):
        maintenance.check_file(file)
    return database if os.path.lexists(database) else None


def _current_name(paths: CachePaths) -> str | None:
    try:
        name = read_regular(paths.pointer, _POINTER_SIZE, follow=False).decode(errors="replace").removesuffix("\n")
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EFBIG):
            return None
        raise
    return name if database_of(name) == name else None


def create_file(paths: CachePaths) -> str:
    """Create an empty file for a new database, and return its path. Raises OSError."""
    database = os.path.join(paths.folder, database_name())
    os.close(create_new(database))
    return database


def put_in_place(paths: CachePaths, database: str) -> None:
    """Make a new database, which is closed, the current one. Raises OSError."""
    for file in filter(os.path.lexists, database_files(database)[:2]):  # a worker may still have its log open
        descriptor = open_regular(file, os.O_RDWR, follow=False)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    replace_whole(paths.pointer, f"{os.path.basename(database)}\n".encode())
    mark_closed(paths, database, is_good=True)


def mark_closed(paths: CachePaths, database: str, *, is_good: bool) -> None:
    """Note whether the database is undamaged, now that it is closed, if it is still the current one. Raises OSError."""
    if _current_name(paths) == os.path.basename(database):
        replace_whole(paths.closed, stamp_of(database).encode() if is_good else b"")


def is_unchanged(paths: CachePaths, database: str) -> bool:
    """Return whether nobody has changed the database since it was closed undamaged."""
    with suppress(OSError):
        return maintenance.read(paths.closed).decode(errors="replace") == stamp_of(database) != ""
    return False


def discard(paths: CachePaths, database: str) -> None:
    """Use a damaged database no more. Raises OSError."""
    if _current_name(paths) == os.path.basename(database):
        os.unlink(paths.pointer)


def _remove_unused(paths: CachePaths, descriptor: int) -> None:
    """Remove the databases that are not the current one, if nobody shares the lock of this open file."""
    with suppress(OSError):
        lock(descriptor)
        name = _current_name(paths)
        for file in os.listdir(paths.folder):
            if database_of(file) not in (None, name):
                with suppress(OSError):
                    os.unlink(os.path.join(paths.folder, file))
