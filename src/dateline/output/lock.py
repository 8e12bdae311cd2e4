"""One build at a time in an output folder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path

from dateline.errors import OutputError, printable
from dateline.output.manifest import mendable
from dateline.paths import LOCK

PATIENCE = 5.0  # seconds that a build waits for another one


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the output folder, made if need be, against other builds. Raises OutputError after PATIENCE."""
    made = list(takewhile(lambda above: not above.exists(), (folder, *folder.parents)))
    with mendable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = _acquire(folder / LOCK)
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()}\n".encode())
        yield
    finally:
        with suppress(OSError):
            (folder / LOCK).unlink()
            for above in made:
                above.rmdir()  # which does nothing to one that was written to
        os.close(descriptor)


def _acquire(file: Path) -> int:
    until = time.monotonic() + PATIENCE
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it last removes the file: a lock on one that is gone is a lock on nothing.
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), os.stat(file)):
                    return descriptor
        except BlockingIOError:
            if time.monotonic() > until:
                holder = printable(os.pread(descriptor, 100, 0).decode(errors="replace").strip())
                os.close(descriptor)
                raise OutputError(
                    str(file.parent), None, f"another build is at work here ({holder})", "wait until it has ended"
                ) from None
        os.close(descriptor)
        time.sleep(0.05)
