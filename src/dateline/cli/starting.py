"""Start publications and posts, say what state they are in, and go live; ask for what was not given."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from dateline.content.dates import read_now
from dateline.content.edit_settings import go_live
from dateline.content.machine import machine_language, machine_zone
from dateline.content.scaffold import READERS, begin_note, begin_page, begin_post, begin_publication, with_scheme
from dateline.content.source import load_settings
from dateline.errors import InputError
from dateline.messages.console import print_line, print_rows, report_errors, styled
from dateline.messages.overview import FIRST_STEPS, HELP, NOWHERE, Row, next_steps, overview_lines
from dateline.messages.progress import show_progress
from dateline.options import BuildOptions, default_posts
from dateline.paths import SETTINGS_FILE

_QUESTIONS = {
    "title": "Title",
    "url": "Address, like https://example.org/",
    "author": "Author",
    "timezone": "Time zone",
    "language": "Language",
}


def run_init(folder: Path, given: Mapping[str, str | None], now: str | None) -> None:
    """Start a publication, and say what comes next. On a terminal, ask for what is not `given`."""
    with report_errors(folder):
        values = dict(given)
        if os.path.lexists(folder / SETTINGS_FILE):
            pass  # an error, whatever the answers are
        elif sys.stdin.isatty() and sys.stdout.isatty():
            values = _ask(folder, given)
        elif missing := [f"--{key}" for key in ("title", "url") if given[key] is None]:
            example = 'dateline init posts --title "Harbour Notes" --url https://harbour.example/'
            verb = "are" if len(missing) > 1 else "is"
            raise click.UsageError(f"{' and '.join(missing)} {verb} missing; for instance: {example}")
        written = begin_publication(folder, values, now)
    for file in written:
        print_line(f"Wrote {file}")
    _print_steps(next_steps(folder))


def _ask(folder: Path, given: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return what is given and, for the rest, what a person types. An answer that cannot be used is asked for again."""
    values = dict(given)
    defaults = {"timezone": machine_zone(), "language": machine_language()}
    missing = [key for key in _QUESTIONS if values[key] is None]
    if missing:
        where = "this folder" if folder == Path() else f"{folder}/"
        print_line(f"A new publication in {where}. Press Enter to accept what is in brackets.")
    for key in missing:
        values[key] = _answer(key, values["title"] if key == "author" else defaults.get(key))
    return values


def _answer(key: str, default: str | None) -> str:
    while True:
        try:
            answer = str(click.prompt(_QUESTIONS[key], default=default)).strip()
        except click.Abort:
            print_line("\nStopped: nothing was written.", sys.stderr)
            sys.exit(130)
        answer = with_scheme(answer) if key == "url" else answer
        try:
            READERS[key](answer)
        except InputError as error:
            remedy = error.remedy.removesuffix(", or remove the key")
            print_line(f"{styled('error: ', 'red')}{error.problem}; {remedy}")
        else:
            return answer


def run_new(title: str, posts: Path, now: str | None, *, is_note: bool, is_page: bool) -> None:
    """Start a post, a note or a page, and print the path of its file."""
    with report_errors(posts):
        publication, _ = load_settings(posts)
        moment = read_now(now, publication.timezone, publication.default_time)
        if is_page:
            file = begin_page(posts, title)
        else:
            file = (begin_note if is_note else begin_post)(posts, title, publication, moment)
    print_line(file)


def run_live(posts: Path) -> None:
    """Remove the line from feed.toml that says that a publication is not live yet."""
    file = posts / SETTINGS_FILE
    with report_errors(posts):
        was_there = go_live(posts)
    if was_there:
        print_line(f"Removed live = false from {file}. From now on, a build stops at surprises.")
    else:
        print_line(f"{file} has no line live = false, so builds stop at surprises already.")


def run_overview(now: str | None) -> None:
    """Say which publication is here, if any, what state it is in, and what to do next."""
    posts = default_posts()
    if not os.path.lexists(os.path.join(posts, SETTINGS_FILE)):
        print_line(NOWHERE)
        _print_steps((*FIRST_STEPS, *HELP))
        return
    from dateline.commands.overview import overview

    with report_errors(Path(posts)), show_progress(hidden=False) as progress:
        found = overview(BuildOptions(posts, now=now), progress)
    for line in overview_lines(found, posts):
        print_line(line)
    _print_steps((*next_steps(posts, found), *HELP))


def _print_steps(rows: Iterable[Row]) -> None:
    print_line("")
    print_rows((command, "green", what) for command, what in rows)
