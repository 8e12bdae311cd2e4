"""The terminal: what is printed, in which colours, and a progress bar. Nothing else prints."""

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
from dateline.errors import DatelineError, Refused
from dateline.messages.build import problem_as_json

# How long work may take before a progress bar appears, in seconds.
_PATIENCE = 0.5
_CODES = {"red": 31, "green": 32, "yellow": 33}


def say(text: object, stream: TextIO | None = None) -> None:
    """Print a line, on standard output unless told otherwise."""
    (stream or sys.stdout).write(f"{text}\n")


def styled(text: str, colour: str, stream: TextIO | None = None) -> str:
    """`text` in a colour, where it goes to a terminal whose user has nothing against that."""
    if os.environ.get("NO_COLOR") or not (stream or sys.stdout).isatty():
        return text
    return f"\033[{_CODES[colour]}m{text}\033[0m"


def say_json(report: dict[str, Any]) -> None:
    """Print one JSON object."""
    say(json.dumps(report, ensure_ascii=False, indent=2))


def say_errors(errors: Iterable[DatelineError]) -> None:
    """Print what has to be mended, a line each."""
    for error in errors:
        say(styled("error: ", "red", sys.stderr) + str(error), sys.stderr)


def say_surprises(posts: Path, report: ChangeReport) -> None:
    """Print what subscribers would see that they ought not to."""
    if not report.surprises:
        return
    from dateline.messages.changes import surprise_lines

    for line in surprise_lines(report, posts):
        say(styled("surprise: ", "yellow", sys.stderr) + line, sys.stderr)


def say_rows(rows: Iterable[tuple[str, str, str]]) -> None:
    """Print a table of two columns, the first in a colour, the second wrapped where it goes to a terminal."""
    import textwrap

    found = list(rows)
    indent = max((len(label) for label, _, _ in found), default=0) + 2
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for label, colour, text in found:
        lines = textwrap.wrap(text, max(width - indent, 40), break_on_hyphens=False) if width else [text]
        say(styled(label, colour) + " " * (indent - len(label)) + ("\n" + " " * indent).join(lines))


@contextmanager
def errors_said(posts: Path, as_json: bool = False) -> Iterator[None]:
    """Print what has to be mended, and exit with 1; with 3 at a surprise, with 130 where somebody interrupts."""
    try:
        yield
        return
    except KeyboardInterrupt:
        say("Stopped: the output is as it was.", sys.stderr)
        sys.exit(130)
    except UnexpectedChangesError as error:
        say_surprises(posts, error.report)
        say("Nothing was written. If that is meant, build with --accept.", sys.stderr)
        if as_json:
            from dateline.messages.changes import changes_as_json

            say_json({"subscribers": changes_as_json(error.report)})
        sys.exit(3)
    except Refused as refused:
        errors: tuple[DatelineError, ...] = refused.errors
    except DatelineError as error:
        errors = (error,)
    known = [error.below(posts) for error in errors]
    say_errors(known)
    if as_json:
        say_json({"errors": [problem_as_json(error) for error in known]})
    sys.exit(1)


@contextmanager
def progress_shown(*, hidden: bool) -> Iterator[Progress]:
    """A progress bar on standard error, on a terminal, once work takes longer than a moment."""
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
            import click  # which takes its time, and most work is done sooner

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
