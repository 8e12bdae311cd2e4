"""One publisher on this machine at a time for each target."""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from dateline.errors import TargetError
from dateline.fileio import open_regular
from dateline.paths import publishing_lock
from dateline.system import lock


@contextmanager
def publishing_to(target: str) -> Iterator[str]:
    """Hold the lock of this user for a target, and yield a token that only its holders know.

    So an unfinished upload with this token is one of a publisher that is gone: the system frees the lock when a process
    ends, however that comes. Where no lock can be kept, the token is a new one. Raises TargetError if it is held.
    """
    descriptor = _opened(target)
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


def _opened(target: str) -> int | None:
    file = publishing_lock(target)
    if not file:
        return None
    try:
        os.makedirs(os.path.dirname(file), 0o700, exist_ok=True)
        return open_regular(file, os.O_RDWR | os.O_CREAT, follow=False)
    except OSError:
        return None


def _token(descriptor: int) -> str:
    token = os.read(descriptor, 100).decode(errors="replace")
    if not re.fullmatch("[0-9a-f]{32}", token):
        token = secrets.token_hex(16)
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, token.encode())
    return token
