"""Opens, copies and writes files so that nothing planted at their path is followed, waited for or overwritten.

Posts, settings and the output folder may come from anybody's repository: a name in it can be a link, a pipe or a
device. A build that has nothing to do runs through here, so this imports next to nothing.
"""

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from io import BufferedReader
from typing import BinaryIO

from dateline.paths import temporary_name
from dateline.system import NO_FOLLOW, NO_WAIT

StrPath = str | os.PathLike[str]

_COPY_SIZE = 2**30  # bytes that the system is asked to copy in one go
_BUFFER = 2**18  # bytes of small pieces that are written in one go


class NotRegularError(OSError):
    """A link, pipe, device or socket in place of a regular file."""

    def __init__(self, path: StrPath) -> None:
        super().__init__(None, "not a regular file", os.fspath(path))


def open_regular(path: StrPath, flags: int = os.O_RDONLY, *, follow: bool = True) -> int:
    """Open a regular file and return its descriptor; never waits for the other end of a pipe.

    Without `follow`, a link at the end of the path is refused. Raises NotRegularError for anything but a file,
    IsADirectoryError for a folder, and other kinds of OSError.
    """
    return open_with_status(path, flags, follow=follow)[0]


def open_with_status(path: StrPath, flags: int = os.O_RDONLY, *, follow: bool = True) -> tuple[int, os.stat_result]:
    """Open a regular file like `open_regular`, and return its descriptor and its state."""
    flags |= NO_WAIT | (0 if follow else NO_FOLLOW)
    if not follow and os.path.islink(path):
        raise NotRegularError(path)
    try:
        descriptor = os.open(path, flags, 0o666)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.EOPNOTSUPP):  # a socket, on Linux and on macOS
            raise NotRegularError(path) from None
        raise
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
        raise NotRegularError(path)
    return descriptor, status


def read_regular(path: StrPath, limit: int | None = None, *, follow: bool = True) -> bytes:
    """Return the bytes of a regular file. Raises what `open_regular` does, and OSError for more than `limit` bytes."""
    descriptor, status = open_with_status(path, follow=follow)
    try:
        if limit is not None and status.st_size > limit:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), os.fspath(path))
        return read_bytes(descriptor, status.st_size)
    finally:
        os.close(descriptor)


def read_bytes(descriptor: int, size: int) -> bytes:
    """Return this many of the next bytes of an open file, or all that there are. Raises OSError."""
    content = part = os.read(descriptor, size)
    while part and len(content) < size:  # a system may return less than it was asked for
        content += (part := os.read(descriptor, size - len(content)))
    return content


def create_new(path: StrPath, mode: int = 0o666) -> int:
    """Create a file that must not exist, not even as a link, and return its descriptor for writing."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW, mode)


def write_new(path: StrPath, content: bytes | BufferedReader | Iterable[bytes], mode: int = 0o666) -> os.stat_result:
    """Write bytes, pieces of them, or a copy of an open file, to a file that must not exist, not even as a link.

    Return the state of the new file. Raises OSError; no part of the file stays then.
    """
    descriptor = create_new(path, mode)
    try:
        try:
            if isinstance(content, bytes):
                _write(descriptor, content)
            else:
                with open(descriptor, "wb", _BUFFER, closefd=False) as file:
                    if isinstance(content, BufferedReader):
                        _copy(content, file)
                    else:
                        file.writelines(content)
            return os.fstat(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        os.unlink(path)
        raise


def _write(descriptor: int, content: bytes) -> None:
    while (count := os.write(descriptor, content)) < len(content):  # a system may write less than it was asked to
        content = content[count:]


def _copy(source: BufferedReader, target: BinaryIO) -> None:
    """Copy a file, which takes no time and no space where a file system can share blocks between copies.

    A hard link would be wrong: an edit of the one file would change the other, and publish it without a build.
    """
    done = 0
    with suppress(AttributeError, OSError):  # not on this system, or not between these file systems
        while count := os.copy_file_range(source.fileno(), target.fileno(), _COPY_SIZE, done):
            done += count
    if done != os.fstat(source.fileno()).st_size:
        import shutil

        source.seek(0)
        target.seek(0)
        target.truncate()
        shutil.copyfileobj(source, target, 2**20)


def replace_whole(path: StrPath, content: bytes | BufferedReader, mode: int = 0o666) -> None:
    """Replace a file by a new one, or by a copy of an open file, in one step. Raises OSError."""
    new = os.path.join(os.path.dirname(path), temporary_name())
    try:
        write_new(new, content, mode)
        os.replace(new, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(new)
        raise


def is_regular(path: StrPath) -> bool:
    """Return whether there is a regular file, and not a link to one, at a path."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False
