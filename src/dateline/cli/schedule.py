"""Print or write what publishes scheduled posts at their minute."""

import shlex
import sys
from pathlib import Path

import click

from dateline.commands.schedule import SCHEDULERS, Schedule, plan, write
from dateline.errors import printable
from dateline.messages.console import print_line, report_errors
from dateline.messages.progress import show_progress
from dateline.options import command_line


def run_schedule(posts: Path, kind: str, now: str | None, install: str, *, is_written: bool) -> None:
    """Print the files of a schedule, or write them, and say what makes them work."""
    if kind not in SCHEDULERS:
        raise click.UsageError(f"--for {kind} is not known; choose from {', '.join(SCHEDULERS)}")
    if kind == "cron" and is_written:
        raise click.UsageError("--write writes no lines for cron; run crontab -e, and put them there")
    with report_errors(posts):
        with show_progress(hidden=False) as progress:
            found = plan(kind, posts, now, install, progress)
        (_write if is_written else _print)(found)
    if is_written or kind == "cron":
        print_line("Next:", sys.stderr)
        for step in found.steps:
            print_line(f"  {printable(step)}", sys.stderr)
    else:
        more = [f"--install {shlex.quote(install)}"] if install else []
        print_line(f"To write this: {command_line('schedule', posts, f'--for {kind}', *more, '--write')}", sys.stderr)


def _write(found: Schedule) -> None:
    for file in found.files:
        print_line(printable(f"{'Wrote' if write(file) else 'Unchanged:'} {Path(file.folder, file.path)}"))


def _print(found: Schedule) -> None:
    for number, file in enumerate(found.files):
        if number:
            print_line("")
        if len(found.files) > 1:
            print_line(printable(f"# {Path(file.folder, file.path)}"))
        print_line(file.text.rstrip("\n"))
