"""Build, and report it on the terminal."""

import sys
from pathlib import Path

from dateline.building.report import Report
from dateline.cache.receipt import write_receipt
from dateline.errors import printable
from dateline.messages.build import report_as_json, report_lines
from dateline.messages.console import print_errors, print_json, print_line, print_surprises, report_errors, styled
from dateline.messages.progress import show_progress
from dateline.options import BuildOptions, command_line
from dateline.pipeline import build


def run_build(options: BuildOptions) -> None:
    """Build, and report. Exits with 1 if the build is refused, with 3 if it would surprise subscribers."""
    posts, is_silent = Path(options.posts), options.quiet or options.as_json
    errors = report_errors(posts, options.as_json, is_verbose=options.verbose)
    with errors, show_progress(hidden=is_silent) as progress:
        report = build(options, progress)
    if not print_errors(report.left_out, label="left out", is_verbose=options.verbose):
        print_line(f"To list all: {command_line('check', posts, '--verbose')}", sys.stderr)
    if not is_silent and report.changes.is_live:
        print_surprises(posts, report.changes)
    for note in report.notes if not options.quiet else ():
        print_line(f"Note: {printable(note)}.", sys.stderr)
    if options.as_json:
        print_json(report_as_json(report, options.dry_run))
    elif not options.quiet:
        for line in report_lines(report, posts, Path(report.output), dry_run=options.dry_run, style=styled):
            print_line(line)
    _leave_receipt(options, report)


def _leave_receipt(options: BuildOptions, report: Report) -> None:
    """Keep what the next build would print if nothing changes, for the script to find before it loads this program."""
    if options.scan and report.stamp and not report.notes:
        lines = () if options.quiet else report_lines(report.unchanged(), Path(options.posts), Path(report.output))
        message = "\n".join([*lines, ""])
        write_receipt(options, report.output, report.stamp, report.now.timestamp(), report.valid_until, message)
