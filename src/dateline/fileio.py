"""Opens files so that nothing planted at their place is followed, waited for or overwritten.

Posts, settings and the output folder may come from a repository that somebody else made: a name in it can be a link, a
pipe or a device.
"""

import errno
import os
import stat
from contextlib import suppress

from dateline.paths import temporary_name

Place = str | os.PathLike[str]


class NotRegularError(OSError):
    """A link, pipe, device or socket where a regular file is expected."""

    def __init__(self, place: Place) -> None:
        super().__init__(None, "not a regular file", os.fspath(place))


def open_regular(place: Place, flags: int = os.O_RDONLY, *, follow: bool = True) -> int:
    """Open a regular file and return its descriptor; never waits for the other end of a pipe.

    Without `follow`, a link at the end of the path is refused. Raises OSError, which is NotRegularError where there is
    something else than a file, and IsADirectoryError where there is a folder.
    """
    flags |= os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    if not follow and os.path.islink(place):
        raise NotRegularError(place)
    try:
        descriptor = os.open(place, flags, 0o666)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket
            raise NotRegularError(place) from None
        raise
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(place))
        raise NotRegularError(place)
    return descriptor


def read_regular(place: Place, limit: int | None = None, *, follow: bool = True) -> bytes:
    """Read the whole of a regular file. Raises as `open_regular` does, and OSError for more than `limit` bytes."""
    descriptor = open_regular(place, follow=follow)
    try:
        size = os.fstat(descriptor).st_size
        if limit is not None and size > limit:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), os.fspath(place))
        content = part = os.read(descriptor, size)
        while part and len(content) < size:  # a system may give less than was asked for
            content += (part := os.read(descriptor, size - len(content)))
        return content
    finally:
        os.close(descriptor)


def create_new(place: Place) -> int:
    """Create a file that must not exist, not even as a link, and return its descriptor for writing."""
    return os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)


def write_all(descriptor: int, content: bytes) -> None:
    """Write everything to a descriptor and close it; a file object around it takes longer than writing a page."""
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    finally:
        os.close(descriptor)


def replace_whole(place: Place, content: bytes) -> None:
    """Write a file next to its place and move it there, so that it is the old one or the new one. Raises OSError."""
    new = os.path.join(os.path.dirname(place), temporary_name())
    try:
        write_all(create_new(new), content)
        os.replace(new, place)
    except BaseException:
        with suppress(OSError):
            os.unlink(new)
        raise


def is_regular(place: Place) -> bool:
    """Whether there is a regular file, not a link to one, at a place."""
    try:
        return stat.S_ISREG(os.lstat(place).st_mode)
    except (OSError, ValueError):
        return False
