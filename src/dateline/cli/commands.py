"""The command that is called most, apart from the parser of arguments, which takes longer to load than it works."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from dateline.build.report import Report
from dateline.cache import receipt
from dateline.cache.receipt import Glance
from dateline.errors import OutputError, printable
from dateline.messages.build import report_as_json, report_lines
from dateline.messages.console import errors_said, progress_shown, say, say_json, say_rows, say_surprises, styled
from dateline.pipeline import Request, build, default_output


class Call(NamedTuple):
    """``dateline build`` with all its arguments.

    `plain` is the same call where it is one that a receipt can answer, and `glance` what was looked at for that.
    """

    posts: Path
    output: Path | None = None
    no_cache: bool = False
    dry_run: bool = False
    quiet: bool = False
    jobs: int | None = None
    now: str | None = None
    as_json: bool = False
    accept: bool = False
    first: bool = False
    unguarded: bool = False
    cache: str | None = None
    plain: receipt.PlainCall | None = None
    glance: Glance | None = None


def run_build(call: Call) -> None:
    """Build, and say what was done. Exits where something must be mended."""
    output = call.output or default_output(call.posts)
    request = Request(
        posts=call.posts,
        output=output,
        now=call.now,
        cache=not call.no_cache,
        dry_run=call.dry_run,
        jobs=call.jobs,
        accept=call.accept,
        first=call.first,
        unguarded=call.unguarded,
        glance=call.glance,
        cache_parent=call.cache,
    )
    with errors_said(call.posts, call.as_json), progress_shown(hidden=call.quiet or call.as_json) as progress:
        report = build(request, progress)
    if not call.quiet and not call.as_json:
        say_surprises(call.posts, report.forecast)
    for note in report.notes if not call.quiet else ():
        say(f"Note: {printable(note)}.", sys.stderr)
    if call.as_json:
        say_json(report_as_json(report, call.dry_run))
    elif not call.quiet:
        for line in report_lines(report, output, dry_run=call.dry_run, style=styled):
            say(line)
    if call.plain and report.look and not report.notes:
        _keep_receipt(call.plain, report.look, report, output)


def run_diff(
    posts: Path, output: Path | None, against: str | None, cache: str | None, now: str | None, as_json: bool
) -> None:
    """Say what subscribers would see. Exits with 3 where something would surprise them."""
    from dateline.messages.changes import forecast_as_json, forecast_rows, summary

    request = _looking(posts, output, now, against, cache)
    with errors_said(posts, as_json), progress_shown(hidden=as_json) as progress:
        forecast = build(request, progress).forecast
    if as_json:
        say_json(forecast_as_json(forecast))
    else:
        say_rows(forecast_rows(forecast))
        say(summary(forecast))
    if forecast.surprises:
        sys.exit(3)


def _looking(posts: Path, output: Path | None, now: str | None, against: str | None, cache: str | None) -> Request:
    """A build that is for looking only: where the feed on the web cannot be had, it says so and looks at the output."""
    return Request(
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

    request = _looking(posts, output, now, against, cache)
    with errors_said(posts), progress_shown(hidden=False) as progress:
        found, left = pin(request, progress, is_rehearsal=is_rehearsal)
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
        from dateline.preview.command import preview

        preview(posts, host, port, drafts=drafts, cache=cache, now=now)


def _keep_receipt(plain: receipt.PlainCall, look: receipt.Look, report: Report, output: Path) -> None:
    """Keep what the next build is to say if it has nothing to do."""
    due = report.next_due
    # On its own day, what there is to say of the next post depends on the time of day.
    until = due.due.replace(hour=0, minute=0, second=0).timestamp() if due else None
    if until is None or until > report.now.timestamp():
        says = "" if plain.quiet else "".join(f"{line}\n" for line in report_lines(report.unchanged(), output))
        receipt.keep(plain, look, report.now.timestamp(), until, says)
