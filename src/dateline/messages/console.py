"""Print on the terminal: lines, tables and JSON, errors, and a progress bar. Nothing else prints."""

import json
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from dateline.build import Progress
from dateline.diff.changes import ChangeReport, UnexpectedChangesError
from dateline.errors import DatelineError, Problem
from dateline.messages.build import problem_as_json

_PATIENCE = 0.5  # seconds of work before a progress bar appears
_CODES = {"red": 31, "green": 32, "yellow": 33}


def print_line(text: object, stream: TextIO | None = None) -> None:
    """Print a line, by default on standard output."""
    (stream or sys.stdout).write(f"{text}\n")


def styled(text: str, colour: str, stream: TextIO | None = None) -> str:
    """Return `text` in a colour, if there is one and `text` goes to a terminal, unless NO_COLOR is set."""
    if not colour or os.environ.get("NO_COLOR") or not (stream or sys.stdout).isatty():
        return text
    return f"\033[{_CODES[colour]}m{text}\033[0m"


def print_json(report: dict[str, Any]) -> None:
    """Print one JSON object."""
    print_line(json.dumps(report, ensure_ascii=False, indent=2))


def print_errors(errors: Iterable[Problem], label: str = "error") -> None:
    """Print errors on standard error, a line each."""
    for error in errors:
        print_line(styled(f"{label}: ", "red", sys.stderr) + str(error), sys.stderr)


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
    for label, colour, text in rows:
        lines = textwrap.wrap(text, max(width - indent, 40), break_on_hyphens=False) if width else [text]
        print_line(styled(label, colour) + " " * (indent - len(label)) + ("\n" + " " * indent).join(lines))


@contextmanager
def report_errors(posts: Path, as_json: bool = False) -> Iterator[None]:
    """Print any errors of a command and exit with 1, with 3 for surprises, or with 130 if it is interrupted."""
    try:
        yield
        return
    except KeyboardInterrupt:
        print_line("Stopped: the output is as it was.", sys.stderr)
        sys.exit(130)
    except UnexpectedChangesError as error:
        print_surprises(posts, error.report)
        print_line("Nothing was written. If that is meant, build with --accept.", sys.stderr)
        if as_json:
            from dateline.messages.changes import changes_as_json

            print_json({"subscribers": changes_as_json(error.report)})
        sys.exit(3)
    except DatelineError as error:
        problems = [problem.below(posts) for problem in error.problems]
    print_errors(problems)
    if as_json:
        print_json({"errors": [problem_as_json(error) for error in problems]})
    sys.exit(1)


@contextmanager
def show_progress(*, hidden: bool) -> Iterator[Progress]:
    """Return a function that shows progress on standard error, as a bar, if it is a terminal and work takes a while."""
    if hidden or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda *_: None
        return
    started = time.monotonic()
    bar: Any = None
    phase = ""

    def finish(*, is_done: bool = True) -> None:
        if bar is not None:
            bar.update(bar.length - bar.pos if is_done else 0)
            bar.render_finish()

    def show(name: str, done: int, total: int) -> None:
        nonlocal bar, phase
        if name != phase:
            finish()
            bar, phase = None, name
        if bar is None and time.monotonic() - started > _PATIENCE:
            import click  # only now, since it is slow to import and most work takes less

            bar = click.progressbar(length=total, label=name.capitalize(), file=sys.stderr, show_pos=True)
            bar.update(done)
        elif bar is not None:
            bar.update(done - bar.pos)

    try:
        yield show
    except BaseException:
        finish(is_done=False)
        raise
    finish()
