"""An end to renderings that have none: what a writer types can take Markdown or HTML for ever."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dateline.errors import Unreadable

TIME_LIMIT = 30.0  # seconds of work, however busy the machine; an ordinary post takes milliseconds


@contextmanager
def time_limit() -> Iterator[None]:
    """Raise Unreadable after TIME_LIMIT, where the platform and the thread can take an alarm."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signal: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, TIME_LIMIT, 1.0)  # again, should a callback swallow the first
    try:
        yield
    except TimeoutError:
        raise Unreadable(
            f"text: rendering takes longer than {TIME_LIMIT:.0f} seconds",
            "look for long runs of brackets or marks, and put code into a fenced block",
        ) from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
