"""Publish, and report it on the terminal."""

import sys
from pathlib import Path

import click

from dateline.commands.publish import NotAllowedError, Published, PublishOptions, Terminal, publish
from dateline.messages.console import print_errors, print_json, print_line, print_surprises, report_errors, styled
from dateline.messages.progress import erase_bar, show_progress
from dateline.messages.publish import (
    INTERRUPTED,
    SURPRISED,
    ask_lines,
    published_as_json,
    published_lines,
    unpinged_line,
)
from dateline.options import BuildOptions
from dateline.publish.trust import Question


def run_publish(options: BuildOptions, wanted: PublishOptions) -> None:
    """Publish, and report. Exits with 1 if something is wrong here or on the live site, with 3 for surprises."""
    posts, is_silent = Path(options.posts), options.quiet or options.as_json
    can_ask = sys.stdin.isatty() and sys.stderr.isatty() and not is_silent
    errors = report_errors(posts, options.as_json, surprised=SURPRISED, interrupted=INTERRUPTED)
    with errors, show_progress(hidden=is_silent) as progress:
        try:
            done = publish(options, wanted, Terminal(progress, _ask if can_ask else None, erase_bar))
        except NotAllowedError:
            print_line("Nothing was published.", sys.stderr)
            sys.exit(1)
    print_errors(done.report.left_out, label="left out")
    if options.as_json:
        print_json(published_as_json(done, dry_run=wanted.dry_run))
    else:
        _print(done, options, dry_run=wanted.dry_run)
    is_wrong = (done.verified and done.verified.faults) or unpinged_line(done, posts)
    sys.exit(1 if is_wrong else 0)


def _print(done: Published, options: BuildOptions, *, dry_run: bool) -> None:
    posts = Path(options.posts)
    if not options.quiet:
        print_surprises(posts, done.report.changes)
    for line in published_lines(done, posts, dry_run=dry_run, is_quiet=options.quiet, style=styled):
        print_line(line)
    if unpinged := unpinged_line(done, posts):
        print_line(styled("error: ", "red", sys.stderr) + unpinged, sys.stderr)


def _ask(question: Question) -> bool:
    for line in ask_lines(question):
        print_line(line, sys.stderr)
    try:
        return click.confirm("Is that right?", err=True)
    except OSError:  # standard input cannot be read
        raise click.Abort from None
