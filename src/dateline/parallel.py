"""Runs tasks in several processes, if there are enough of them to pay for starting these.

Each process has two pipes, one for tasks and one for answers. There are no threads, semaphores or shared memory: a
process either starts or does not, and if none does, the work is done in this one.
"""

import gc
import os
import pickle
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from dateline.errors import SHORTAGES, OutputError, Problem, reason_of
from dateline.system import FORKS, end, fork, readable, spawn

if TYPE_CHECKING:
    from concurrent.futures import Executor

A = TypeVar("A")
B = TypeVar("B")

# Tasks that are submitted before the first must be done: enough to keep all processes busy, few enough for the memory.
AHEAD = 8
# Objects after which a worker looks for garbage in circles, of which tasks leave little: else that takes a tenth of its
# time.
_COLLECT_AFTER = 100_000
_PROGRAM = """import os, sys
sys.path[:] = {path!r}
from dateline.parallel import serve
answers = os.dup(1)
os.dup2(2, 1)
serve(0, answers)"""


def _can_fork() -> bool:
    """Return whether to fork. Beside threads, the new process could wait for ever for what one of them held."""
    return FORKS and threading.active_count() == 1


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def open_jobs(count: int) -> "Iterator[Jobs]":
    """Yield Jobs that are stopped at the end.

    Raises OutputError if a process was killed, or the system is out of memory, processes or open files.
    """
    jobs = Jobs(count)
    try:
        yield jobs
    except OSError as error:
        if error.errno not in SHORTAGES:
            raise
        raise OutputError("dateline", None, reason_of(error), "raise the limit, or build with --jobs 1") from None
    finally:
        jobs.stop()


def map_in_order(executor: "Jobs | Executor | None", work: Callable[[A], B], tasks: Iterable[A]) -> Iterator[B]:
    """Yield `work(task)` for each task in order, taking tasks only as needed; without an executor, in this process."""
    if executor is None:
        yield from map(work, tasks)
        return
    ahead = getattr(executor, "ahead", AHEAD)
    pending: deque[Any] = deque()
    try:
        for task in tasks:
            pending.append(executor.submit(work, task))
            if len(pending) >= ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()


class Jobs:
    """At most `count` processes, started one by one when a task comes and none is free.

    `note` is a warning if some of them could not be started.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.ahead = max(AHEAD, 2 * count)
        self.note: Problem | None = None
        self.queue: deque[_Future] = deque()
        self._workers: list[_Worker] = []
        self._is_large = False  # whether some work was worth starting processes for

    def executor(self, *, worthwhile: bool) -> "Jobs | None":
        """Return these if processes work already or this is `worthwhile`, or None to work in this process."""
        self._is_large |= worthwhile
        return self if self._is_large and self.count > 1 else None

    def submit(self, work: Callable[[A], B], task: A, /) -> "_Future":
        """Schedule `work(task)`, as an executor of concurrent.futures does."""
        future = _Future(self, work, task)
        self.queue.append(future)
        self.advance(wait=False)
        return future

    def advance(self, *, wait: bool) -> bool:
        """Take the answers that are there, or wait for one, and hand out tasks; return whether there is a process."""
        busy = {worker.answers.fileno(): worker for worker in self._workers if worker.future}
        for descriptor in readable(busy, wait=wait) if busy else ():
            busy[descriptor].take()
        while self.queue and (worker := self._free_worker()):
            worker.give(self.queue.popleft())
        return bool(self._workers)

    def _free_worker(self) -> "_Worker | None":
        """Return a process that has nothing to do, started if there may be another one."""
        free = next((worker for worker in self._workers if not worker.future), None)
        if free or len(self._workers) >= self.count or self.note:
            return free
        try:
            self._workers.append(_Worker())
        except OSError as error:
            problem = f"another process could not be started ({reason_of(error)}), so this took longer"
            remedy = "raise the limit, or build with --jobs 1"
            self.note = Problem("--jobs", None, problem, remedy, is_relative=False)
            return None
        return self._workers[-1]

    def stop(self) -> None:
        """End all processes, even busy ones."""
        self._is_large = False
        self.queue.clear()
        while self._workers:
            self._workers.pop().end()


class _Future:
    """What `Jobs.submit` returns: the part of concurrent.futures.Future that `map_in_order` needs."""

    def __init__(self, jobs: Jobs, work: Callable[[Any], Any], task: object) -> None:
        self._jobs = jobs
        self.task = (work, task)
        self.answer: tuple[bool, Any] | None = None  # whether it succeeded, and its result or exception

    def result(self) -> Any:
        while self.answer is None:
            if not self._jobs.advance(wait=True):
                self.cancel()
                work, task = self.task
                return work(task)
        succeeded, result = self.answer
        if not succeeded:
            raise result
        return result

    def cancel(self) -> None:
        with suppress(ValueError):
            self._jobs.queue.remove(self)


class _Worker:
    """A process that does one task after another. Raises OSError if it cannot be started."""

    def __init__(self) -> None:
        descriptors: list[int] = []
        try:
            descriptors += os.pipe()
            descriptors += os.pipe()
            reading, tasks, answers, writing = descriptors
            self._pid = (_fork if _can_fork() else _spawn)(*descriptors)
        except OSError:
            for descriptor in descriptors:
                os.close(descriptor)
            raise
        os.close(reading)
        os.close(writing)
        self._tasks, self.answers = os.fdopen(tasks, "wb"), os.fdopen(answers, "rb")
        self.future: _Future | None = None  # what it works on

    def give(self, future: _Future) -> None:
        """Send a task to the process, which must have none: then it only reads, so that neither waits for the other."""
        message = pickle.dumps(future.task)
        with _killed_if(OSError):
            self._tasks.write(message)
            self._tasks.flush()
        self.future = future

    def take(self) -> None:
        assert self.future
        with _killed_if(EOFError, OSError, pickle.UnpicklingError):
            self.future.answer = pickle.load(self.answers)  # noqa: S301 - it comes from this very program
        self.future = None

    def end(self) -> None:
        end(self._pid)
        self.answers.close()
        with suppress(OSError):  # of a task that was not fully sent
            self._tasks.close()


@contextmanager
def _killed_if(*errors: type[Exception]) -> Iterator[None]:
    try:
        yield
    except errors:
        problem = "a process that helped with the build was killed"
        remedy = "check that there is enough memory, or build with --jobs 1"
        raise OutputError("--jobs", None, problem, remedy) from None


def _fork(reading: int, tasks: int, answers: int, writing: int) -> int:
    def work() -> None:
        os.close(tasks)  # else it would never see the end of its tasks
        os.close(answers)
        serve(reading, writing)

    return fork(work)


def _spawn(reading: int, _tasks: int, _answers: int, writing: int) -> int:
    # A new interpreter would look for modules in the working directory, which may have some of the same names.
    return spawn(sys.executable, ["-c", _PROGRAM.format(path=sys.path)], reading, writing)


def serve(reading: int, writing: int) -> None:
    """Do tasks and send answers until the process that sends the tasks is gone."""
    gc.set_threshold(_COLLECT_AFTER)
    with suppress(EOFError, BrokenPipeError), open(reading, "rb") as tasks, open(writing, "wb") as answers:
        while True:
            work, task = pickle.load(tasks)  # noqa: S301 - it comes from this very program
            try:
                answer = pickle.dumps((True, work(task)))
            except Exception as error:  # noqa: BLE001 - raised again by `result`
                answer = pickle.dumps((False, error))
            answers.write(answer)
            answers.flush()
