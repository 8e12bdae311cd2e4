"""Files that are published as they are: compared, and copied by the system, however big they are."""

import hashlib
import os
import shutil
from io import BufferedReader
from pathlib import Path

from dateline.errors import OutputError, reason_of
from dateline.fileio import open_regular

_AT_ONCE = 1024 * 1024  # bytes
_AT_MOST = 2**30  # bytes that the system is asked to copy in one go


def same_digest(file: Path, place: Path) -> str | None:
    """The digest of a file where the one at `place` holds the same bytes, each of the two read once; else None."""
    if file.stat().st_size != place.stat().st_size:
        return None
    digest = hashlib.sha256()
    with source(file) as one, open(open_regular(place, follow=False), "rb") as other:
        while part := one.read(_AT_ONCE):
            if other.read(len(part)) != part:
                return None
            digest.update(part)
        return digest.hexdigest() if not other.read(1) else None


def copy(file: Path, descriptor: int) -> None:
    """Copy a file into one that is open, and close that.

    Where the file system can share blocks between copies, that takes no time and no room. Never a hard link: an edit in
    place of the one would be published without a build.
    """
    with open(descriptor, "wb", buffering=0) as other, source(file) as one:
        if not _copied_by_the_system(one.fileno(), other.fileno()):
            shutil.copyfileobj(one, other, _AT_ONCE)


def _copied_by_the_system(one: int, other: int) -> bool:
    """Whether the system copied all. If it did not, nothing was written and nothing was read."""
    if not hasattr(os, "copy_file_range"):
        return False
    done = False
    while True:
        try:
            count = os.copy_file_range(one, other, _AT_MOST)
        except OSError:
            if done:
                raise
            return False  # not between these file systems, or not on this one
        if not count:
            return done or not os.fstat(one).st_size
        done = True


def digest_of(file: Path) -> str:
    """The digest of a file's bytes."""
    with source(file) as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def read(file: Path) -> bytes:
    """The bytes of a file. Raises OutputError where it is there no longer."""
    with source(file) as opened:
        return opened.read()


def source(file: Path) -> BufferedReader:
    """A file to copy, open. Raises OutputError where it is there no longer."""
    try:
        return open(open_regular(file), "rb")
    except OSError as error:
        reason = reason_of(error)
        raise OutputError(str(file), None, f"cannot be read: {reason}", "build again when it is there") from None
