"""One build at a time in an output folder."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path

from dateline.errors import OutputError, printable
from dateline.fileio import NotRegularError, open_regular
from dateline.output.manifest import writing_to
from dateline.paths import LOCK

PATIENCE = 60.0  # seconds to wait for another build that makes no progress; rendering one post may take 30
_BEAT = 1.0  # seconds between two signs of progress


@contextmanager
def locked(folder: Path, waiting: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Hold the output folder, made if need be, against other builds.

    Yields what has to be called now and then, to show those who wait that the build makes progress. Calls `waiting`
    while another build holds the folder. Raises OutputError where that one makes no progress for PATIENCE.
    """
    made = list(takewhile(lambda above: not os.path.lexists(above), (folder, *folder.parents)))
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = _acquire(folder / LOCK, waiting)
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()}\n".encode())
        yield _heart(descriptor)
    finally:
        with suppress(OSError):
            (folder / LOCK).unlink()
            for above in made:
                above.rmdir()  # which does nothing to one that was written to
        os.close(descriptor)


def _heart(descriptor: int) -> Callable[[], None]:
    """Give what marks the lock as alive, by its modification time, at most once in a while."""
    last = time.monotonic()

    def beat() -> None:
        nonlocal last
        if time.monotonic() - last > _BEAT:
            last = time.monotonic()
            with suppress(OSError):
                os.utime(descriptor)

    return beat


def _acquire(file: Path, waiting: Callable[[], None]) -> int:
    seen: tuple[int, int] | None = None
    until = 0.0
    while True:
        descriptor = open_regular(file, os.O_RDWR | os.O_CREAT, follow=False)
        try:
            status = os.fstat(descriptor)
            if status.st_nlink > 1:  # under another name it may be anything, and to lock it is to overwrite it
                raise NotRegularError(file)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it last removes the file: a lock on one that is gone is a lock on nothing.
            with suppress(FileNotFoundError):
                if os.path.samestat(status, os.lstat(file)):
                    return descriptor
        except BlockingIOError:
            if seen != (status.st_ino, status.st_mtime_ns):  # another holder, or the same one got further
                seen, until = (status.st_ino, status.st_mtime_ns), time.monotonic() + PATIENCE
            if time.monotonic() > until:
                holder = printable(os.pread(descriptor, 100, 0).decode(errors="replace").strip())
                os.close(descriptor)
                problem = f"another build ({holder}) is using this folder and makes no progress"
                raise OutputError(str(file.parent), None, problem, "wait for it to finish, or stop it") from None
            waiting()
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        time.sleep(0.05)
