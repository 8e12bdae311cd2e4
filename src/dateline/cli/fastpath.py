"""The script ``dateline``. A build that has nothing to do ends here, before the rest of the program is loaded."""

import gc
import os
import sys
from collections.abc import Sequence

from dateline.cache.receipt import read_receipt, write_receipt
from dateline.content.scan import scan
from dateline.messages.streams import prepare
from dateline.options import MAX_JOBS, BuildOptions, default_output


def run() -> None:
    """Run the command line. Exits with 130 if interrupted before the command begins, or after it has reported."""
    prepare()
    if sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        # File names are always UTF-8 here; that can only be set when an interpreter starts.
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    try:
        _run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)


def _run(arguments: list[str]) -> None:
    options = plain_options(arguments)
    try:
        os.getcwd()
    except OSError:  # it was removed, which is reported like any other error
        options = None
    if options is None:
        from dateline.cli.main import main

        main()
        return
    # Few objects of a build are in reference cycles, and collecting garbage often takes time.
    gc.set_threshold(100_000)
    found = scan(options.posts)
    options = options._replace(scan=found, now=os.environ.get("DATELINE_NOW"))
    message = read_receipt(options, found)
    if message is None:
        run_build(options)
    else:
        sys.stdout.write(message)


def plain_options(arguments: Sequence[str]) -> BuildOptions | None:
    """Parse ``build`` with at most a folder of posts, --output, --cache, --jobs and --quiet; None for anything else."""
    if arguments[:1] != ["build"]:
        return None
    values: dict[str, str] = {}
    folders: list[str] = []
    words = iter(arguments[1:])
    for word in words:
        if word in ("--output", "--cache", "--jobs"):
            values[word] = next(words, "-")
        elif word == "--quiet":
            values[word] = word.strip("-")
        else:
            folders.append(word)
    jobs = values.get("--jobs")
    if len(folders) > 1 or any(value.startswith("-") for value in (*folders, *values.values())):
        return None
    if jobs not in (None, *map(str, range(1, MAX_JOBS + 1))):
        return None
    posts = "".join(folders) or "posts"
    return BuildOptions(
        posts,
        values.get("--output") or default_output(posts),
        jobs=int(jobs) if jobs else None,
        cache_parent=values.get("--cache"),
        quiet="--quiet" in values,
    )


def run_build(options: BuildOptions) -> None:
    """Build, and report. Exits with 1 if the build is refused, with 3 if it would surprise subscribers."""
    from pathlib import Path

    from dateline.errors import printable
    from dateline.messages.build import report_as_json, report_lines
    from dateline.messages.console import (
        check_command,
        print_errors,
        print_json,
        print_line,
        print_surprises,
        report_errors,
        show_progress,
        styled,
    )
    from dateline.pipeline import build

    posts, output, is_silent = Path(options.posts), Path(options.output), options.quiet or options.as_json
    errors = report_errors(posts, options.as_json, is_verbose=options.verbose)
    with errors, show_progress(hidden=is_silent) as progress:
        report = build(options, progress)
    if not print_errors(report.left_out, label="left out", is_verbose=options.verbose):
        print_line(f"To list all: {check_command(posts)} --verbose", sys.stderr)
    if not is_silent:
        print_surprises(posts, report.changes)
    for note in report.notes if not options.quiet else ():
        print_line(f"Note: {printable(note)}.", sys.stderr)
    if options.as_json:
        print_json(report_as_json(report, options.dry_run))
    elif not options.quiet:
        for line in report_lines(report, output, dry_run=options.dry_run, style=styled):
            print_line(line)
    if options.scan and report.stamp and not report.notes:
        lines = () if options.quiet else report_lines(report.unchanged(), output)
        message = "\n".join([*lines, ""])
        write_receipt(options, report.stamp, report.now.timestamp(), report.valid_until, message)
