"""Work for several processes, where there is enough of it to pay for starting them.

Each process has two pipes of its own, one for tasks and one for answers. There is no thread, no semaphore and no shared
memory: a process either starts or does not, and where none does, the work is done in this one.
"""

import errno
import os
import pickle
import select
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeVar

from dateline.errors import OutputError, reason_of

A = TypeVar("A")
B = TypeVar("B")

# Tasks that are handed out before the first has to be done: enough to keep all busy, few enough to hold in memory.
AHEAD = 8
# Elsewhere, a fork is not safe once the system's own libraries have been used, and a new interpreter takes its time.
_FORKS = sys.platform == "linux"
_PROGRAM = """import os, sys
sys.path[:] = {path!r}
from dateline.parallel import serve
answers = os.dup(1)
os.dup2(2, 1)
serve(0, answers)"""


class Future(Protocol):
    """Work that was handed out; a concurrent.futures.Future is one."""

    def result(self) -> Any:
        """Return what came of it, once it is done, or raise its exception."""

    def cancel(self) -> object:
        """Don't begin it, if nobody has begun."""


class Executor(Protocol):
    """Who takes work; any concurrent.futures.Executor does."""

    def submit(self, work: Callable[[A], B], task: A, /) -> Future:
        """Have `work` done with a task."""


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Jobs:
    """At most `count` processes, started when somebody has work for them.

    `note` says why there are fewer, if some could not be started.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.note: OutputError | None = None
        self._pools: dict[str, Pool] = {}

    def executor(self, *, worthwhile: bool) -> "Pool | None":
        """The processes, where there are to be several and that is worthwhile; else None, to work here and now."""
        return self._pool("shared") if worthwhile or "shared" in self._pools else None

    def beside(self) -> "Pool | None":
        """Processes for a few tasks, where there may be several, and where to start one takes 2 ms; else None."""
        return self._pool("beside") if _FORKS else None

    def _pool(self, name: str) -> "Pool | None":
        return self._pools.setdefault(name, Pool(self)) if self.count > 1 else None

    def stop(self) -> None:
        """End the processes, whatever they are at."""
        for pool in self._pools.values():
            pool.stop()
        self._pools.clear()


@contextmanager
def at_work(count: int) -> Iterator[Jobs]:
    """Jobs that are ended with the block.

    Raises OutputError where a process was killed, or the system has no room for more memory, processes or open files.
    """
    jobs = Jobs(count)
    try:
        yield jobs
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM):
            raise
        raise OutputError("dateline", None, reason_of(error), "raise the limit, or build with --jobs 1") from None
    finally:
        jobs.stop()


def in_order(executor: Executor | None, work: Callable[[A], B], tasks: Iterable[A]) -> Iterator[B]:
    """What `work` makes of each task, in the order of tasks, which are taken only as they are needed."""
    if executor is None:
        yield from map(work, tasks)
        return
    waiting: deque[Future] = deque()
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


class Pool:
    """Processes that take tasks; they are started one by one, as tasks come that nobody is free for."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._workers: list[_Worker] = []
        self.waiting: deque[Pending] = deque()

    def submit(self, work: Callable[[A], B], task: A, /) -> "Pending":
        """Have `work` done with a task."""
        pending = Pending(self, work, task)
        self.waiting.append(pending)
        self.advance()
        return pending

    def advance(self, *, wait: bool = False) -> bool:
        """Take the answers that have come, or wait for one, and hand out tasks. False where nobody is there to work."""
        busy = {worker.answers.fileno(): worker for worker in self._workers if worker.pending}
        poll = select.poll()
        for descriptor in busy:
            poll.register(descriptor, select.POLLIN)
        for descriptor, _ in poll.poll(None if wait else 0) if busy else ():
            busy[descriptor].take()
        while self.waiting and (worker := self._free()):
            worker.give(self.waiting.popleft())
        return bool(self._workers)

    def _free(self) -> "_Worker | None":
        """A process that has nothing to do, started if there may be another."""
        free = next((worker for worker in self._workers if not worker.pending), None)
        if free or len(self._workers) >= self._jobs.count or self._jobs.note:
            return free
        try:
            free = _Worker()
        except OSError as error:
            problem = f"another process could not be started ({reason_of(error)}), so this took longer"
            self._jobs.note = OutputError("--jobs", None, problem, "raise the limit, or build with --jobs 1")
            return None
        self._workers.append(free)
        return free

    def stop(self) -> None:
        """End all processes."""
        while self._workers:
            self._workers.pop().end()


class Pending:
    """A task that was handed out."""

    def __init__(self, pool: Pool, work: Callable[[Any], Any], task: object) -> None:
        self._pool = pool
        self.task = (work, task)
        self.answer: tuple[bool, Any] | None = None

    def result(self) -> Any:
        """What came of it, once it is done; an exception is raised."""
        while self.answer is None:
            if not self._pool.advance(wait=True):
                self.cancel()
                work, task = self.task
                return work(task)
        is_done, found = self.answer
        if not is_done:
            raise found
        return found

    def cancel(self) -> None:
        """Don't begin it, if nobody has begun."""
        with suppress(ValueError):
            self._pool.waiting.remove(self)


class _Worker:
    """A process that does one task after another. Raises OSError where it cannot be started."""

    def __init__(self) -> None:
        descriptors: list[int] = []
        try:
            descriptors += os.pipe()
            descriptors += os.pipe()
            reading, tasks, answers, writing = descriptors
            self._pid = (_fork if _FORKS else _spawn)(*descriptors)
        except OSError:
            for descriptor in descriptors:
                os.close(descriptor)
            raise
        os.close(reading)
        os.close(writing)
        self._tasks, self.answers = os.fdopen(tasks, "wb"), os.fdopen(answers, "rb")
        self.pending: Pending | None = None

    def give(self, pending: Pending) -> None:
        """Hand out a task to a process that has none. (It only reads then, so that neither waits for the other.)"""
        message = pickle.dumps(pending.task)
        try:
            self._tasks.write(message)
            self._tasks.flush()
        except OSError:
            raise _killed() from None
        self.pending = pending

    def take(self) -> None:
        """Read the answer to its task."""
        assert self.pending
        try:
            self.pending.answer = pickle.load(self.answers)  # noqa: S301 - it comes from this very program
        except (EOFError, OSError, pickle.UnpicklingError):
            raise _killed() from None
        self.pending = None

    def end(self) -> None:
        """End the process."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        self.answers.close()
        with suppress(OSError):  # what it was never given
            self._tasks.close()


def _killed() -> OutputError:
    problem = "a process that helped with the build was ended from outside"
    return OutputError("--jobs", None, problem, "see that there is enough memory, or build with --jobs 1")


def _fork(reading: int, tasks: int, answers: int, writing: int) -> int:
    pid = os.fork()
    if not pid:
        try:
            os.close(tasks)  # else it would never see that nobody sends more
            os.close(answers)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the first process that is interrupted
            serve(reading, writing)
        finally:
            os._exit(1)
    return pid


def _spawn(reading: int, _tasks: int, _answers: int, writing: int) -> int:
    # A new interpreter looks for modules in the working directory, which may hold some of the same names.
    command = [sys.executable, "-c", _PROGRAM.format(path=sys.path)]
    streams = [(os.POSIX_SPAWN_DUP2, reading, 0), (os.POSIX_SPAWN_DUP2, writing, 1)]
    return os.posix_spawn(sys.executable, command, os.environ, file_actions=streams, setsigmask=[signal.SIGINT])


def serve(reading: int, writing: int) -> None:
    """Do the tasks that come, and answer, until the process that sends them is gone."""
    with suppress(EOFError, BrokenPipeError), open(reading, "rb") as tasks, open(writing, "wb") as answers:
        while True:
            work, task = pickle.load(tasks)  # noqa: S301 - it comes from this very program
            try:
                answer = pickle.dumps((True, work(task)))
            except Exception as error:  # noqa: BLE001 - raised again where the result is asked for
                answer = pickle.dumps((False, error))
            answers.write(answer)
            answers.flush()
