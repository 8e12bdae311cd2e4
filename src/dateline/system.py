"""What Dateline asks of a POSIX system, and Windows lacks: locks, links that are not followed, processes and limits.

No other module names any of this, so that all of them can be loaded on Windows, where the command line says that it
does not work there. A build that has nothing to do runs through here, so this imports next to nothing.
"""

import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NoReturn

IS_SUPPORTED = sys.platform != "win32"
UNSUPPORTED = "Dateline does not run on Windows yet; use the Windows Subsystem for Linux (WSL)"
# Elsewhere, forking is not safe once the system's own libraries were used, so new interpreters have to be started.
FORKS = sys.platform == "linux"

# How files are opened: without waiting for the other end of a pipe, and without following a link.
NO_WAIT: int = getattr(os, "O_NONBLOCK", 0)
NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)


def restart(program: str, arguments: Sequence[str]) -> NoReturn:
    """Replace this process by a new one."""
    os.execv(program, [program, *arguments])


# Files


def lock(descriptor: int) -> None:
    """Lock an open file until it is closed. Raises BlockingIOError if another process holds it."""
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def share(descriptor: int) -> None:
    """Lock an open file, or wait until that is possible, so that others can share the lock, but not `lock` it."""
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_SH)


def unlock(descriptor: int) -> None:
    """Give up the lock of an open file, also in processes that were forked since it was opened."""
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_UN)


def is_own(status: os.stat_result) -> bool:
    """Return whether a file belongs to the user who runs this."""
    return status.st_uid == os.geteuid()


def device_of(status: os.stat_result) -> str:
    """Return the major and minor number of the device that a file is on."""
    return f"{os.major(status.st_dev)}:{os.minor(status.st_dev)}"


def path_of(descriptor: int) -> str:
    """Return a path at which a file that is open can be opened again, even if another one has taken its place."""
    return f"/dev/fd/{descriptor}"


# Processes


def fork(serve: Callable[[], None]) -> int:
    """Start a copy of this process, which calls `serve` and ends, and return its number.

    Interrupts from the keyboard are for the first process alone. Raises OSError.
    """
    import signal

    pid = os.fork()
    if not pid:
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            serve()
        finally:
            os._exit(1)
    return pid


def spawn(program: str, arguments: Sequence[str], reading: int, writing: int) -> int:
    """Start a program that reads from and writes to these descriptors, and return its number. Raises OSError.

    Interrupts from the keyboard are for the first process alone.
    """
    import signal

    streams = [(os.POSIX_SPAWN_DUP2, reading, 0), (os.POSIX_SPAWN_DUP2, writing, 1)]
    blocked = [signal.SIGINT]
    return os.posix_spawn(program, [program, *arguments], os.environ, file_actions=streams, setsigmask=blocked)


def end(pid: int) -> None:
    """End a process that this one started."""
    import signal

    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def end_session(pid: int, *, at_once: bool) -> None:
    """Ask a process that began a session, and those that it started, to end; if `at_once`, end them. Raises OSError."""
    import signal

    os.killpg(pid, signal.SIGKILL if at_once else signal.SIGTERM)


def readable(descriptors: Collection[int], *, wait: bool) -> list[int]:
    """Return the descriptors that can be read, or whose other end is closed; with `wait`, as soon as there is one."""
    import select

    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return [descriptor for descriptor, _ in poll.poll(None if wait else 0)]


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Have processes that are started meanwhile, by multiprocessing too, not get interrupts from the keyboard."""
    import signal
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # it would unblock them when it starts, so start that first
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# Limits


@contextmanager
def answering_alarms(ring: Callable[[], None]) -> Iterator[None]:
    """Have each alarm call `ring` in the main thread. Works only there."""
    import signal

    before = signal.signal(signal.SIGPROF, lambda *_: ring())
    try:
        yield
    finally:
        signal.signal(signal.SIGPROF, before)


def set_alarm(seconds: float) -> None:
    """Set the alarm to go off after this time of work, then each second; 0 turns it off."""
    import signal

    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """End the process after this time of work, with what the shell calls "Virtual timer expired"."""
    import signal

    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


@contextmanager
def more_memory(size: int) -> Iterator[None]:
    """Raise MemoryError for work that needs `size` bytes more, where the system reports how many are in use."""
    import resource

    now = 0
    with suppress(OSError), open("/proc/self/statm", "rb") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    before = soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if now:
        limits = [limit for limit in (now + size, soft, hard) if limit != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
