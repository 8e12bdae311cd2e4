"""Print on the terminal: lines, tables and JSON, errors, and a progress bar. Nothing else prints."""

import json
import math
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from dateline.diff.changes import ChangeReport, UnexpectedChangesError
from dateline.errors import DatelineError, Problem, printable
from dateline.messages.problems import groups_as_json, number_fixable, problem_as_json, problem_lines
from dateline.options import Progress, command_line
from dateline.text import clock, counted

if TYPE_CHECKING:
    from dateline.commands.check import Findings
    from dateline.commands.fix import Edit

_NARROW = 24  # columns; a text that has fewer next to its label goes below it
_PATIENCE = 0.5  # seconds of work before a progress bar appears
_REDRAWN = 0.1  # seconds between two drawings of it
_WARM_UP = 1.0  # seconds of a phase that say nothing of its pace: processes start, and caches are empty
_MEASURED = 2.0  # seconds after that, before the time left is shown
_BAR, _MIN_BAR = 30, 5  # characters
_ERASE_REST = "\033[K"
_CODES = {"red": 31, "green": 32, "yellow": 33}


def _no_bar() -> None:
    """Erase nothing."""


_erase_bar: Callable[[], None] = _no_bar


def print_line(text: object, stream: TextIO | None = None) -> None:
    """Print a line, by default on standard output."""
    _erase_bar()
    (stream or sys.stdout).write(f"{text}\n")


def styled(text: str, colour: str, stream: TextIO | None = None) -> str:
    """Return `text` in a colour, if there is one and `text` goes to a terminal, unless NO_COLOR is set."""
    if not colour or os.environ.get("NO_COLOR") or not (stream or sys.stdout).isatty():
        return text
    return f"\033[{_CODES[colour]}m{text}\033[0m"


def print_json(report: dict[str, Any]) -> None:
    """Print one JSON object."""
    print_line(json.dumps(report, ensure_ascii=False, indent=2))


def print_errors(errors: Sequence[Problem], fix: str = "", *, label: str = "error", is_verbose: bool = False) -> bool:
    """Print errors on standard error, as `problem_lines` has them; return whether that names each of them."""
    lines = list(problem_lines(errors, styled(f"{label}: ", "red", sys.stderr), fix=fix, is_verbose=is_verbose))
    for line in lines:
        print_line(line, sys.stderr)
    return len(lines) == len(errors)


def print_findings(findings: "Findings", posts: Path, *, is_verbose: bool, has_fixed: bool) -> None:
    """Print what a check found: errors on standard error, remarks and how many there are on standard output.

    Unless it `has_fixed` what it can, problems that have a remedy are named.
    """
    command = check_command(posts)
    lists_all = print_errors(findings.errors, "" if has_fixed else command, is_verbose=is_verbose)
    lines = list(problem_lines(findings.remarks, fix="" if has_fixed else command, is_verbose=is_verbose))
    for line in lines:
        print_line(line)
    if not lists_all or len(lines) < len(findings.remarks):
        print_line(f"To list all: {command} --verbose")
    if not has_fixed and (number := number_fixable(findings.errors + findings.remarks)):
        print_line(f"To fix {number:,}, as far as that needs no judgement: {command} --fix")
    counts = ((findings.posts, "post"), (len(findings.errors), "error"), (len(findings.remarks), "remark"))
    print_line(", ".join(counted(number, noun) for number, noun in counts) + ".")


def check_command(posts: Path) -> str:
    """Return the command line that checks a folder of posts."""
    return command_line("check", posts)


def print_edits(posts: Path, edits: "Sequence[Edit]") -> None:
    """Print a diff of each file."""
    from dateline.messages.fixes import edit_lines

    for edit in edits:
        for line in edit_lines(edit, posts, styled):
            print_line(line)


def print_surprises(posts: Path, report: ChangeReport) -> None:
    """Print on standard error what would surprise subscribers."""
    if not report.surprises:
        return
    from dateline.messages.changes import surprise_lines

    for line in surprise_lines(report, posts):
        print_line(styled("surprise: ", "yellow", sys.stderr) + line, sys.stderr)


def print_rows(rows: Iterable[tuple[str, str, str]]) -> None:
    """Print rows of a label, its colour and a text, which is wrapped on a terminal."""
    import textwrap

    rows = list(rows)
    indent = max((len(label) for label, _, _ in rows), default=0) + 2
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    is_narrow = width is not None and width - indent < _NARROW
    for label, colour, text in rows:
        start = "\n    " if is_narrow else "\n" + " " * indent
        lines = textwrap.wrap(text, max(width - len(start), _NARROW), break_on_hyphens=False) if width else [text]
        between = start if is_narrow else " " * (indent - len(label))
        print_line(styled(label, colour) + between + start.join(lines))


@contextmanager
def report_errors(posts: Path, as_json: bool = False, *, is_verbose: bool = False) -> Iterator[None]:
    """Print any errors of a command and exit with 1, with 3 for surprises, or with 130 if it is interrupted."""
    try:
        yield
        return
    except KeyboardInterrupt:
        print_line("Stopped: the output is as it was.", sys.stderr)
        sys.exit(130)
    except UnexpectedChangesError as error:
        print_surprises(posts, error.report)
        if address := error.report.online_at:
            print_line(printable(f"{address} is online already; run {command_line('live', posts)}."), sys.stderr)
        print_line("Nothing was written. If that is meant, build with --accept.", sys.stderr)
        if as_json:
            from dateline.messages.changes import changes_as_json

            print_json({"subscribers": changes_as_json(error.report)})
        sys.exit(3)
    except DatelineError as error:
        problems = [problem.below(posts) for problem in error.problems]
    command = check_command(posts)
    if not print_errors(problems, command, is_verbose=is_verbose):
        print_line(f"{counted(len(problems), 'error')} in all; to list them: {command} --verbose", sys.stderr)
    if as_json:
        print_json({"errors": [problem_as_json(error) for error in problems], "groups": groups_as_json(problems)})
    sys.exit(1)


@contextmanager
def show_progress(*, hidden: bool) -> Iterator[Progress]:
    """Return a function that shows progress on standard error, as a bar, if it is a terminal and work takes a while.

    The bar is one line, which is erased before anything else is printed, and at the end, however that comes.
    """
    global _erase_bar
    if hidden or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda *_: None
        return
    bar = _Bar()
    _erase_bar = bar.erase
    try:
        yield bar.show
    finally:
        _erase_bar = _no_bar
        bar.erase()


class _Bar:
    """A line on the terminal that shows how far a phase of the work is."""

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


def progress_line(phase: str, done: int, total: int, seconds_left: float | None, width: int) -> str:
    """Return a line of at most `width` characters: the phase, a bar, how much is done, and how long the rest takes."""
    name, counts = phase.capitalize(), f"{done:,} of {total:,}" if total > 1 else ""
    left = "" if seconds_left is None else f"{clock(math.ceil(seconds_left))} left"
    text = ", ".join(filter(None, (counts, left)))
    if width - len(name) - len(text) - 5 < _MIN_BAR:
        text = left or counts
    room = min(width - len(name) - len(text) - 5, _BAR)
    if total > 1 and room >= _MIN_BAR:
        filled = room * min(done, total) // total
        text = f"[{'#' * filled}{'-' * (room - filled)}] {text}"
    return f"{name}  {text}".rstrip()[: max(width, 0)]
