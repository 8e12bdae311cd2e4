"""Limits of time and memory: a text can keep Markdown, a highlighter or a template busy without end."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

TIME_LIMIT = 30.0  # seconds of work, however busy the machine; an ordinary post takes milliseconds
MEMORY_LIMIT = 512 * 1024 * 1024  # bytes, beyond what the process has when the work begins


@contextmanager
def time_limit() -> Iterator[None]:
    """Raise TimeoutError after TIME_LIMIT, where the platform and the thread can take an alarm. Does not nest."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signal: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, TIME_LIMIT, 1.0)  # again, should a callback swallow the first
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def last_resort() -> Iterator[None]:
    """End the process after twice TIME_LIMIT, where one operation takes so long that no exception can be raised in it.

    A shell then says "Virtual timer expired".
    """
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_VIRTUAL, 2 * TIME_LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


@contextmanager
def memory_limit() -> Iterator[None]:
    """Raise MemoryError for work that needs more than MEMORY_LIMIT, where the system reports how much is in use."""
    import resource

    now = 0
    with suppress(OSError), open("/proc/self/statm", "rb") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    before = soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if now:
        limits = [limit for limit in (now + MEMORY_LIMIT, soft, hard) if limit != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
