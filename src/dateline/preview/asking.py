"""The other end of the builder: asks it, and has it begun again where it was ended."""

import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import Lock

from dateline.errors import OutputError
from dateline.options import BuildOptions
from dateline.preview.builder import Answer, Progress, Question, answer_all


class Builder:
    """A process that answers, one question at a time, from whatever thread."""

    def __init__(self, options: BuildOptions) -> None:
        self._options = options
        self._lock = Lock()
        self._running: tuple[SpawnProcess, Connection] | None = None
        self._is_ended = False

    def ask(self, question: Question, progress: Callable[[str, int, int], None] = lambda *_: None) -> Answer:
        """What the process answers. Raises OutputError where it is ended before it has."""
        with self._lock:
            try:
                _, connection = self._running = self._running or _begun(self._options)
                if self._is_ended:
                    raise EOFError
                connection.send(question)
                while isinstance(answer := connection.recv(), Progress):
                    progress(*answer)
                return answer  # type: ignore[no-any-return]
            except (EOFError, OSError):
                self._stop()
                problem = "the process that builds was ended"
                raise OutputError("preview", None, problem, "see what the terminal says, and save a post") from None

    def end(self) -> None:
        """End the process, whatever it is at; what a killed build leaves, the next one mends."""
        self._is_ended = True
        self._stop()

    def _stop(self) -> None:
        running, self._running = self._running, None
        if running:
            process, connection = running
            process.kill()
            process.join()
            with suppress(OSError):
                connection.close()


def _begun(options: BuildOptions) -> tuple[SpawnProcess, Connection]:
    # A new interpreter: in this one threads are running, which a fork does not take along.
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=answer_all, args=(theirs, options))
    # A terminal sends an interruption to all of us; it is for us to end those that we begin, and they inherit this.
    resource_tracker.ensure_running()  # which would undo it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    return process, ours
