"""The command that is called most, apart from the parser of arguments, which takes longer to load than it works."""

import sys
from importlib.util import find_spec
from pathlib import Path

from dateline.build.report import Report
from dateline.cache.receipt import BuildStamp, write_receipt
from dateline.errors import OutputError, printable
from dateline.messages.build import report_as_json, report_lines
from dateline.messages.console import errors_said, progress_shown, say, say_json, say_rows, say_surprises, styled
from dateline.options import BuildOptions, default_output
from dateline.pipeline import build


def run_build(options: BuildOptions) -> None:
    """Build, and report. Exits with 1 if the build is refused, with 3 if it would surprise subscribers."""
    posts, is_silent = Path(options.posts), options.quiet or options.as_json
    with errors_said(posts, options.as_json), progress_shown(hidden=is_silent) as progress:
        report = build(options, progress)
    if not is_silent:
        say_surprises(posts, report.forecast)
    for note in report.notes if not options.quiet else ():
        say(f"Note: {printable(note)}.", sys.stderr)
    if options.as_json:
        say_json(report_as_json(report, options.dry_run))
    elif not options.quiet:
        for line in report_lines(report, Path(options.output), dry_run=options.dry_run, style=styled):
            say(line)
    if options.scan and report.stamp and not report.notes:
        _write_receipt(options, report.stamp, report)


def run_diff(
    posts: Path, output: Path | None, against: str | None, cache: str | None, now: str | None, as_json: bool
) -> None:
    """Say what subscribers would see. Exits with 3 where something would surprise them."""
    from dateline.messages.changes import forecast_as_json, forecast_rows, summary

    options = _looking(posts, output, now, against, cache)
    with errors_said(posts, as_json), progress_shown(hidden=as_json) as progress:
        forecast = build(options, progress).forecast
    if as_json:
        say_json(forecast_as_json(forecast))
    else:
        say_rows(forecast_rows(forecast))
        say(summary(forecast))
    if forecast.surprises:
        sys.exit(3)


def _looking(posts: Path, output: Path | None, now: str | None, against: str | None, cache: str | None) -> BuildOptions:
    """A build that is for looking only: where the feed on the web cannot be had, it says so and looks at the output."""
    return BuildOptions(
        posts=posts,
        output=output or default_output(posts),
        now=now,
        dry_run=True,
        accept=True,
        against=against,
        first=True,
        unguarded=True,
        cache_parent=cache,
    )


def run_pin(
    posts: Path, output: Path | None, against: str | None, cache: str | None, now: str | None, *, is_rehearsal: bool
) -> None:
    """Keep ids and addresses, and say which."""
    from dateline.commands.pin import pin
    from dateline.messages.changes import pinned_lines, summary

    options = _looking(posts, output, now, against, cache)
    with errors_said(posts), progress_shown(hidden=False) as progress:
        found, left = pin(options, progress, is_rehearsal=is_rehearsal)
    for pinned in found:
        for line in pinned_lines(pinned, is_rehearsal=is_rehearsal):
            say(line)
    say(summary(left) if found else f"Nothing to keep. {summary(left)}")


def run_preview(posts: Path, host: str, port: int | None, drafts: bool, cache: str | None, now: str | None) -> None:
    """Build and serve a preview, until somebody interrupts."""
    with errors_said(posts):
        missing = [library for library in ("starlette", "uvicorn", "watchfiles") if find_spec(library) is None]
        if missing:
            problem = f"needs libraries that are not installed ({', '.join(missing)})"
            raise OutputError(
                "preview",
                None,
                problem,
                "pip install 'dateline[preview]', or in a copy of the repository pip install -e '.[preview]'",
            )
        from dateline.preview.command import Call, preview

        preview(Call(posts, host, port, drafts, cache, now))


def _write_receipt(options: BuildOptions, stamp: BuildStamp, report: Report) -> None:
    due = report.next_due
    # On its own day, what a build prints about the next post depends on the time of day.
    until = due.due.replace(hour=0, minute=0, second=0).timestamp() if due else None
    if until is None or until > report.now.timestamp():
        lines = [] if options.quiet else report_lines(report.unchanged(), Path(options.output))
        write_receipt(options, stamp, report.now.timestamp(), until, "".join(f"{line}\n" for line in lines))
