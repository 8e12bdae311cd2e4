"""Work for several processes, where there is enough of it to pay for starting them."""

import errno
import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from dateline.errors import OutputError, reason_of

if TYPE_CHECKING:  # importing it takes longer than a small build
    from concurrent.futures import Executor

A = TypeVar("A")
B = TypeVar("B")

# Tasks that are handed out before the first has to be done: enough to keep all busy, few enough to hold in memory.
AHEAD = 8


class Pending(Protocol):
    """Work that was handed out; a concurrent.futures.Future is one."""

    def result(self) -> Any:
        """What came of it, once it is done."""

    def cancel(self) -> object:
        """Say that nobody waits for it."""


class Submits(Protocol):
    """Who takes work; a concurrent.futures.Executor does."""

    def submit(self, work: Callable[[A], B], task: A, /) -> Pending:
        """Have `work` done with a task."""


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Jobs:
    """At most `count` processes, started when somebody has work for them."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._executor: Executor | None = None

    def executor(self, *, worthwhile: bool) -> Submits | None:
        """The processes, where there are to be several and that is worthwhile; else None, to work here and now."""
        if self.count > 1 and worthwhile and self._executor is None:
            self._executor = _start(self.count)
        return self._executor

    def beside(self) -> Submits | None:
        """Who begins a process for each of a few tasks, where there may be several; else None."""
        return _Forks() if self.count > 1 and sys.platform == "linux" else None

    def stop(self) -> None:
        """End the processes; work that nobody waits for any more is not begun."""
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(cancel_futures=True)


@contextmanager
def at_work(count: int) -> Iterator[Jobs]:
    """Jobs that are ended with the block. Raises OutputError where a process was killed, or cannot be begun."""
    jobs = Jobs(count)
    try:
        yield jobs
    except RuntimeError as error:
        if type(error).__name__ != "BrokenProcessPool":
            raise
        problem = "a process that helped with the build was ended from outside"
        raise OutputError("--jobs", None, problem, "see that there is enough memory, or build with --jobs 1") from None
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.ENOMEM) or error.filename is not None:
            raise
        problem = f"a process to help with the build cannot be begun ({reason_of(error)})"
        raise OutputError("--jobs", None, problem, "build with --jobs 1") from None
    finally:
        jobs.stop()


def in_order(executor: Submits | None, work: Callable[[A], B], tasks: Iterable[A]) -> Iterator[B]:
    """What `work` makes of each task, in the order of tasks, which are taken only as they are needed."""
    if executor is None:
        yield from map(work, tasks)
        return
    waiting: deque[Pending] = deque()
    try:
        for task in tasks:
            waiting.append(executor.submit(work, task))
            if len(waiting) >= AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


class _Forks:
    """Begins a process for each task, which costs 2 ms where to load the means for a pool of them costs 30."""

    def submit(self, work: Callable[[A], B], task: A) -> Pending:
        return _Fork(work, task)


class _Fork:
    def __init__(self, work: Callable[[Any], Any], task: object) -> None:
        self._work = work
        self._task = task
        self._end, end = os.pipe()
        self._pid = os.fork()
        if not self._pid:
            try:
                with open(end, "wb") as file:
                    pickle.dump(work(task), file)
            finally:
                os._exit(0)
        os.close(end)

    def result(self) -> Any:
        with open(self._end, "rb") as file:
            content = file.read()
        os.waitpid(self._pid, 0)
        self._pid = 0
        try:
            return pickle.loads(content)  # noqa: S301 - it comes from this very program
        except (EOFError, pickle.UnpicklingError):
            return self._work(self._task)  # it failed, or was killed: whatever it was shows itself here

    def cancel(self) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            os.close(self._end)
            self._pid = 0


def _start(count: int) -> "Executor":
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # On Linux to fork costs next to nothing, and no thread is running yet.
    context = get_context("fork" if sys.platform == "linux" else None)
    return ProcessPoolExecutor(count, context, _begin)


def _begin() -> None:
    """Leave it to the first process to be interrupted, and end with it should it be killed."""
    from multiprocessing import parent_process
    from multiprocessing.connection import wait
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        sentinel = parent.sentinel

        def end_with_parent() -> None:
            wait([sentinel])
            os._exit(1)

        Thread(target=end_with_parent, daemon=True).start()
