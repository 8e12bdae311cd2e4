"""Print on the terminal: lines, tables and JSON, and errors. Only the progress bar is printed elsewhere."""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from dateline.comparison.changes import ChangeReport, UnexpectedChangesError
from dateline.errors import DatelineError, Problem
from dateline.messages.annotations import annotation_lines
from dateline.messages.changes import changes_as_json, online_line, surprise_lines
from dateline.messages.problems import groups_as_json, number_fixable, problem_as_json, problem_lines
from dateline.messages.progress import erase_bar
from dateline.options import command_line
from dateline.text import counted

if TYPE_CHECKING:
    from dateline.commands.check import Findings
    from dateline.commands.fix import Edit

_NARROW = 24  # columns; a text that has fewer next to its label goes below it
_CODES = {"red": 31, "green": 32, "yellow": 33}


def print_line(text: object, stream: TextIO | None = None) -> None:
    """Print a line, by default on standard output."""
    erase_bar()
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
    command = command_line("check", posts)
    lists_all = print_errors(findings.errors, "" if has_fixed else command, is_verbose=is_verbose)
    lines = list(problem_lines(findings.remarks, fix="" if has_fixed else command, is_verbose=is_verbose))
    for line in lines:
        print_line(line)
    if not lists_all or len(lines) < len(findings.remarks):
        print_line(f"To list all: {command} --verbose")
    if not has_fixed and (number := number_fixable(findings.errors + findings.remarks)):
        print_line(f"To fix {number:,}, as far as that needs no judgement: {command} --fix")
    print_counts(findings)


def print_counts(findings: "Findings") -> None:
    """Print how many posts were checked, and how many errors and remarks there are."""
    counts = ((findings.posts, "post"), (len(findings.errors), "error"), (len(findings.remarks), "remark"))
    print_line(", ".join(counted(number, noun) for number, noun in counts) + ".")


def print_annotations(problems: Iterable[Problem]) -> None:
    """Print problems as annotations of GitHub, which says by a variable where the repository is."""
    for line in annotation_lines(problems, os.environ.get("GITHUB_WORKSPACE") or os.curdir):
        print_line(line)


def print_edits(posts: Path, edits: "Sequence[Edit]") -> None:
    """Print a diff of each file."""
    from dateline.messages.fixes import edit_lines

    for edit in edits:
        for line in edit_lines(edit, posts, styled):
            print_line(line)


def print_surprises(posts: Path, report: ChangeReport) -> None:
    """Print on standard error what would surprise subscribers."""
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
def report_errors(
    posts: Path,
    as_json: bool = False,
    *,
    is_verbose: bool = False,
    on_github: bool = False,
    surprised: str = "Nothing was written. If that is meant, build with --accept.",
    interrupted: str = "Stopped: the output is as it was.",
) -> Iterator[None]:
    """Print any errors of a command and exit with 1, with 3 for surprises, or with 130 if it is interrupted.

    `surprised` and `interrupted` say what that means. If `on_github`, errors are printed as annotations alone.
    """
    try:
        yield
        return
    except KeyboardInterrupt:
        print_line(interrupted, sys.stderr)
        sys.exit(130)
    except UnexpectedChangesError as error:
        print_surprises(posts, error.report)
        if line := online_line(error.report, posts):
            print_line(line, sys.stderr)
        print_line(surprised, sys.stderr)
        if as_json:
            print_json({"subscribers": changes_as_json(error.report)})
        sys.exit(3)
    except DatelineError as error:
        problems = [problem.below(posts) for problem in error.problems]
    if on_github:
        print_annotations(problems)
        sys.exit(1)
    command = command_line("check", posts)
    if not print_errors(problems, command, is_verbose=is_verbose):
        print_line(f"{counted(len(problems), 'error')} in all; to list them: {command} --verbose", sys.stderr)
    if as_json:
        print_json({"errors": [problem_as_json(error) for error in problems], "groups": groups_as_json(problems)})
    sys.exit(1)
