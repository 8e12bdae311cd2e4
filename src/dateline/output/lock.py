"""One build at a time in an output folder."""

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
from dateline.system import lock

PATIENCE = 60.0  # seconds to wait for another build that makes no progress; rendering one post may take 30
_BEAT = 1.0  # seconds between signs of progress


@contextmanager
def locked(folder: Path, on_wait: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Lock the output folder, made if necessary, against other builds.

    Yields a function to call now and then, to show waiting builds that this one makes progress. Calls `on_wait` while
    another build holds the lock. Raises OutputError if that one makes no progress for PATIENCE seconds.
    """
    missing = list(takewhile(lambda above: not os.path.lexists(above), (folder, *folder.parents)))
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = _acquire(folder / LOCK, on_wait)
    last = time.monotonic()

    def beat() -> None:
        nonlocal last
        if time.monotonic() - last > _BEAT:
            last = time.monotonic()
            with suppress(OSError):
                os.utime(descriptor)

    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()}\n".encode())
        yield beat
    finally:
        with suppress(OSError):
            (folder / LOCK).unlink()
            for above in missing:
                above.rmdir()  # which fails if something was written there
        os.close(descriptor)


def _acquire(file: Path, on_wait: Callable[[], None]) -> int:
    seen: tuple[int, int] | None = None
    until = 0.0
    while True:
        descriptor = open_regular(file, os.O_RDWR | os.O_CREAT, follow=False)
        try:
            status = os.fstat(descriptor)
            if status.st_nlink > 1:  # under its other name it may be anything, and is about to be overwritten
                raise NotRegularError(file)
            lock(descriptor)
            # The last holder removes the file: a lock on one that is gone locks nothing.
            with suppress(FileNotFoundError):
                if os.path.samestat(status, os.lstat(file)):
                    return descriptor
        except BlockingIOError:
            if seen != (status.st_ino, status.st_mtime_ns):  # another holder, or the same one made progress
                seen, until = (status.st_ino, status.st_mtime_ns), time.monotonic() + PATIENCE
            if time.monotonic() > until:
                holder = printable(os.read(descriptor, 100).decode(errors="replace").strip())
                os.close(descriptor)
                problem = f"another build ({holder}) is using this folder and makes no progress"
                raise OutputError(str(file.parent), None, problem, "wait for it to finish, or stop it") from None
            on_wait()
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        time.sleep(0.05)
