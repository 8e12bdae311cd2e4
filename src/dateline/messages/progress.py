"""Show on the terminal how far the work is, as a bar that makes way for everything else that is printed."""

import math
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from dateline.options import UPLOADING, Progress, no_progress
from dateline.text import clock

_PATIENCE = 0.5  # seconds of work before a progress bar appears
_REDRAWN = 0.1  # seconds between two drawings of it
_WARM_UP = 1.0  # seconds of a phase that say nothing of its pace: processes start, and caches are empty
_MEASURED = 2.0  # seconds after that, before the time left is shown
_BAR, _MIN_BAR = 30, 5  # characters
_ERASE_REST = "\033[K"


def erase_bar() -> None:
    """Remove the bar, if one is shown, before something else is printed."""
    if _Bar.current:
        _Bar.current.erase()


@contextmanager
def show_progress(*, hidden: bool) -> Iterator[Progress]:
    """Return a function that shows progress on standard error, as a bar, if it is a terminal and work takes a while.

    The bar is one line, which is erased before anything else is printed, and at the end, however that comes.
    """
    if hidden or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield no_progress
        return
    _Bar.current = _Bar()
    try:
        yield _Bar.current.show
    finally:
        erase_bar()
        _Bar.current = None


class _Bar:
    """A line on the terminal that shows how far a phase of the work is."""

    current: "ClassVar[_Bar | None]" = None

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._phase = ""
        self._warm_at = 0.0
        self._since = (0.0, 0)  # when the phase had warmed up, and how many steps of it were done then
        self._shown_at = -math.inf
        self._is_shown = False

    def show(self, phase: str, done: int, total: int) -> None:
        """Show that some steps of a phase are done, if it is time to."""
        now = time.monotonic()
        if phase != self._phase:
            self._phase, self._warm_at, self._since, self._shown_at = phase, now + _WARM_UP, (now, done), -math.inf
        elif now < self._warm_at or not self._since[1]:
            self._since = (now, done)
        if now - self._started > _PATIENCE and now - self._shown_at > _REDRAWN:
            self._shown_at, self._is_shown = now, True
            width = shutil.get_terminal_size().columns - 1
            line = progress_line(phase, done, total, self._seconds_left(now, done, total), width)
            sys.stderr.write(f"\r{line}{_ERASE_REST}")

    def _seconds_left(self, now: float, done: int, total: int) -> float | None:
        """Return how long the phase will still take, by its pace since it had warmed up; None if it is too soon."""
        since, before = self._since
        if now - since < _MEASURED or (done - before) * 20 < total or done <= before:
            return None
        return (total - done) * (now - since) / (done - before)

    def erase(self) -> None:
        """Remove the line, if it is there."""
        if self._is_shown:
            self._is_shown = False
            sys.stderr.write(f"\r{_ERASE_REST}")


def _counts(phase: str, done: int, total: int) -> str:
    if phase == UPLOADING:
        return f"{done / 1e6:,.1f} of {total / 1e6:,.1f} MB"
    return f"{done:,} of {total:,}"


def progress_line(phase: str, done: int, total: int, seconds_left: float | None, width: int) -> str:
    """Return a line of at most `width` characters: the phase, a bar, how much is done, and how long the rest takes."""
    name, counts = phase.capitalize(), _counts(phase, done, total) if total > 1 else ""
    left = "" if seconds_left is None else f"{clock(math.ceil(seconds_left))} left"
    text = ", ".join(filter(None, (counts, left)))
    if width - len(name) - len(text) - 5 < _MIN_BAR:
        text = left or counts
    room = min(width - len(name) - len(text) - 5, _BAR)
    if total > 1 and room >= _MIN_BAR:
        filled = room * min(done, total) // total
        text = f"[{'#' * filled}{'-' * (room - filled)}] {text}"
    return f"{name}  {text}".rstrip()[: max(width, 0)]
