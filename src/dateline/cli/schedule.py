"""Print or write what publishes scheduled posts at their minute."""

import shlex
import sys
from pathlib import Path

import click

from dateline.commands.schedule import SCHEDULERS, plan, write
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
        for file in found.files:
            path = Path(file.folder, file.path)
            if is_written:
                print_line(printable(f"{'Wrote' if write(file) else 'Unchanged:'} {path}"))
                continue
            if len(found.files) > 1:
                print_line(printable(f"# {path}"))
            print_line(file.text.rstrip("\n") if file is found.files[-1] else file.text)
    if not is_written and kind != "cron":
        more = [f"--install {shlex.quote(install)}"] if install else []
        print_line(f"To write this: {command_line('schedule', posts, f'--for {kind}', *more, '--write')}", sys.stderr)
        return
    print_line("Next:", sys.stderr)
    for step in found.steps:
        print_line(f"  {printable(step)}", sys.stderr)
