"""Do many things with a store at once, again where trying again may help, and stop in good order."""

import random
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from threading import Event
from typing import Self, TypeVar

from dateline.errors import TargetError

T = TypeVar("T")
R = TypeVar("R")

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds, about, before something is tried again
_BEAT = 1.0  # seconds between two calls of `beat`


class Workers:
    """As many threads as a store allows. Use it as a context: at the end, what was begun is done."""

    def __init__(self, parallel: int) -> None:
        self._parallel = max(parallel, 1)
        self._pool = ThreadPoolExecutor(self._parallel)
        self._stopped = Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._pool.shutdown(cancel_futures=True)

    def run(
        self, work: Callable[[T], R], items: Iterable[T], beat: Callable[[], None] = lambda: None
    ) -> Iterator[tuple[T, R]]:
        """Yield each item and the result of `work`, as they come. Calls `beat` about every second meanwhile.

        After a TargetError nothing more is begun; what had been is still yielded, then the error is raised.
        """
        left = iter(items)
        running: dict[Future[R], T] = {}
        failed: TargetError | None = None
        while True:
            room = 0 if failed else 2 * self._parallel - len(running)
            running |= {self._pool.submit(self.retried, work, item): item for item in islice(left, room)}
            if not running:
                break
            done, _ = wait(running, _BEAT, FIRST_COMPLETED)
            for future in sorted(done, key=list(running).index):  # in the order of items
                item = running.pop(future)
                try:
                    result = future.result()
                except TargetError as error:
                    failed = failed or error
                    self.stop()
                    running = _without_waiting(running)
                else:
                    yield item, result
            if not failed:
                beat()
        if failed:
            raise failed

    def stop(self) -> None:
        """Try nothing again from now on."""
        self._stopped.set()

    def retried(self, work: Callable[[T], R], item: T) -> R:
        """Return `work(item)`. A temporary TargetError is raised only after several attempts, ever longer apart."""
        for pause in PAUSES:
            try:
                return work(item)
            except TargetError as error:
                # Not all at the same moment: that is what the store may have been too busy for.
                if not error.temporary or self._stopped.wait(pause * random.uniform(0.5, 1.5)):  # noqa: S311
                    raise
        return work(item)


def _without_waiting(running: dict[Future[R], T]) -> dict[Future[R], T]:
    """Cancel what has not begun, and return the rest."""
    return {future: item for future, item in running.items() if not future.cancel()}
