"""One publisher on this machine at a time for each target."""

import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dateline.errors import TargetError
from dateline.fileio import open_regular
from dateline.paths import publishing_lock
from dateline.system import is_own, lock


@contextmanager
def publishing_to(target: str, place: str) -> Iterator[str]:
    """Hold the lock of this user for the target at a place, and yield a token that only its holders know.

    So an unfinished upload with this token is one of a publisher that is gone: the system frees the lock when a process
    ends, however that comes. Where no lock can be kept, the token is a new one. Raises TargetError if it is held.
    """
    descriptor = _opened(place)
    if descriptor is None:
        yield secrets.token_hex(16)
        return
    try:
        try:
            lock(descriptor)
        except BlockingIOError:
            problem = "another process on this machine is publishing there now"
            raise TargetError(target, None, problem, "wait for it to end, or stop it") from None
        yield _token(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def work_folder(target: str, place: str) -> Iterator[Path]:
    """Hold the lock for the target at a place, and yield an empty folder, which is removed after that.

    One that was left behind, since its process was killed, is removed before. Raises TargetError if the lock is held.
    """
    with publishing_to(target, place):
        lock_file = publishing_lock(place)
        above = f"{lock_file}.work" if lock_file and os.path.isfile(lock_file) else None
        if above:
            shutil.rmtree(above, ignore_errors=True)
            with suppress(OSError):
                os.mkdir(above, 0o700)
        # A name of its own, for programs that a killed process started may still write to the old one.
        within = above if above and os.path.isdir(above) else None
        with tempfile.TemporaryDirectory(prefix="dateline-", dir=within, ignore_cleanup_errors=True) as folder:
            yield Path(folder)
        if above:
            with suppress(OSError):
                os.rmdir(above)


def _opened(place: str) -> int | None:
    file = publishing_lock(place)
    if not file:
        return None
    folder = os.path.dirname(file)
    with suppress(OSError):
        os.makedirs(folder, 0o700, exist_ok=True)
        status = os.lstat(folder)
        if stat.S_ISDIR(status.st_mode) and is_own(status):
            return open_regular(file, os.O_RDWR | os.O_CREAT, follow=False)
    return None


def _token(descriptor: int) -> str:
    token = os.read(descriptor, 100).decode(errors="replace")
    if not re.fullmatch("[0-9a-f]{32}", token):
        token = secrets.token_hex(16)
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, token.encode())
    return token
