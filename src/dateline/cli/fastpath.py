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
        # File names are UTF-8, whatever the environment says; only a new interpreter can be told so.
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    try:
        _run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)


def _run(arguments: list[str]) -> None:
    options = plain_options(arguments)
    if options is None:
        from dateline.cli.main import main

        main()
        return
    # Hardly anything that a build makes refers to itself, and looking for that again and again takes time.
    gc.set_threshold(100_000)
    found = scan(options.posts)
    options = options._replace(scan=found, now=os.environ.get("DATELINE_NOW"))
    message = read_receipt(options, found)
    if message is not None:
        sys.stdout.write(message)
        return
    run_build(options)


def plain_options(arguments: Sequence[str]) -> BuildOptions | None:
    """Parse ``build`` with at most a folder of posts, --output, --cache, --jobs and --quiet; None for anything else."""
    posts = None
    values: dict[str, str] = {}
    quiet = False
    command, *rest = arguments or [""]
    while command == "build" and rest:
        word = rest.pop(0)
        if word == "--quiet":
            quiet = True
        elif word in ("--output", "--cache", "--jobs") and rest and not rest[0].startswith("-"):
            values[word] = rest.pop(0)
        elif posts is None and not word.startswith("-"):
            posts = word
        else:
            return None
    jobs = values.get("--jobs", "1")
    if command != "build" or not jobs.isdecimal() or len(jobs) > 2 or not 0 < int(jobs) <= MAX_JOBS:
        return None
    try:
        os.getcwd()
    except OSError:  # it was removed
        return None
    posts = posts or "posts"
    return BuildOptions(
        posts,
        values.get("--output") or default_output(posts),
        jobs=int(jobs) if "--jobs" in values else None,
        cache_parent=values.get("--cache"),
        quiet=quiet,
    )


def run_build(options: BuildOptions) -> None:
    """Build, and report. Exits with 1 if the build is refused, with 3 if it would surprise subscribers."""
    from pathlib import Path

    from dateline.errors import printable
    from dateline.messages.build import report_as_json, report_lines
    from dateline.messages.console import print_json, print_line, print_surprises, report_errors, show_progress, styled
    from dateline.pipeline import build

    posts, output, is_silent = Path(options.posts), Path(options.output), options.quiet or options.as_json
    with report_errors(posts, options.as_json), show_progress(hidden=is_silent) as progress:
        report = build(options, progress)
    if not is_silent:
        print_surprises(posts, report.forecast)
    for note in report.notes if not options.quiet else ():
        print_line(f"Note: {printable(note)}.", sys.stderr)
    if options.as_json:
        print_json(report_as_json(report, options.dry_run))
    elif not options.quiet:
        for line in report_lines(report, output, dry_run=options.dry_run, style=styled):
            print_line(line)
    if options.scan and report.stamp and not report.notes:
        # On its own day, what a build prints about the next post depends on the time of day.
        due = report.next_due.due if report.next_due else None
        until = due.replace(hour=0, minute=0, second=0).timestamp() if due else None
        if until is None or until > report.now.timestamp():
            lines = [] if options.quiet else report_lines(report.unchanged(), output)
            message = "".join(f"{line}\n" for line in lines)
            write_receipt(options, report.stamp, report.now.timestamp(), until, message)
