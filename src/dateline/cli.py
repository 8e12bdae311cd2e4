"""Arguments, printing and exit codes. Nothing else prints.

Exit codes: 0 done; 1 something in posts or settings must be mended, and nothing was written; 2 wrong usage.
"""

import json
import os
import shlex
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dateline import __version__
from dateline.errors import DatelineError, OutputError, Refused, one_line, printable

if TYPE_CHECKING:
    from dateline.check import Remark
    from dateline.model import Post
    from dateline.refresh import Progress
    from dateline.report import Report, Written

# How long work may take before a progress bar appears, in seconds.
_PATIENCE = 0.5
_NAMED = 3  # how many titles a sentence names
_COLOURS = {"written": "green", "removed": "yellow", "unchanged": ""}

_posts = click.argument("posts", type=click.Path(path_type=Path), default=Path("posts"))
_now = click.option(
    "--now", metavar="DATE", envvar="DATELINE_NOW", help="Take this for the present moment. [default: the clock]"
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead, for programs to read.")


def _example(*lines: str) -> str:
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=_example('dateline init posts --title "The Daily Example" --url https://example.org/', "dateline build"),
)
@click.version_option(__version__, prog_name="dateline")
@click.pass_context
def main(context: click.Context) -> None:
    """Publish a folder of dated Markdown posts as RSS, Atom and JSON feeds."""
    if os.environ.get("NO_COLOR"):
        context.color = False


@main.command(epilog=_example("dateline build", "dateline build ~/blog/posts --output /srv/www --json"))
@_posts
@click.option(
    "--output", metavar="DIR", type=click.Path(path_type=Path), help="Where to write. [default: public/ beside POSTS]"
)
@click.option("--no-cache", is_flag=True, help="Read and render everything anew, and keep nothing for the next time.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option(
    "--jobs", metavar="N", type=click.IntRange(1, 64), help="How many processes may work at once. [default: the cores]"
)
@_now
@_as_json
def build(
    posts: Path,
    output: Path | None,
    no_cache: bool,
    dry_run: bool,
    quiet: bool,
    jobs: int | None,
    now: str | None,
    as_json: bool,
) -> None:
    """Write the feeds of the posts in POSTS (default: posts/).

    Files that would not change are not touched. If anything is wrong with a post, nothing is written.
    """
    from dateline.build import Request, default_output
    from dateline.build import build as run

    request = Request(posts, output or default_output(posts), now, not no_cache, dry_run, jobs)
    with _errors_printed(posts, as_json), _progress(hidden=quiet or as_json) as progress:
        report = run(request, progress)
    for note in report.notes if not quiet else ():
        click.echo(f"Note: {printable(note)}.", err=True)
    if as_json:
        _print_json(_report_as_json(report, dry_run))
    elif not quiet:
        for line in _lines(report, request.output, dry_run):
            click.echo(line)
    _keep_receipt(report, request.output)


def _keep_receipt(report: "Report", output: Path) -> None:
    """Keep what the next build is to say if it has nothing to do; quietly, for it only saves time."""
    from dateline.receipt import call_of, keep

    call = call_of(sys.argv[1:])
    if call is None or report.look is None or report.notes:
        return
    due = report.next_due
    # On its own day, what there is to say of the next post depends on the time of day.
    until = due.due.replace(hour=0, minute=0, second=0).timestamp() if due else None
    if until is None or until > report.now.timestamp():
        says = "" if call.quiet else "".join(f"{line}\n" for line in _lines(report.unchanged(), output, dry_run=False))
        keep(call, report.look, report.now.timestamp(), until, says)


@main.command(epilog=_example("dateline check", "dateline check ~/blog/posts"))
@_posts
@_now
@_as_json
def check(posts: Path, now: str | None, as_json: bool) -> None:
    """Say what a build would refuse in POSTS (default: posts/), and what an editor would want to know.

    Renders every post and writes nothing. Exits with 1 if a build would refuse.
    """
    from dateline.build import Request, default_output
    from dateline.check import check as run

    with _errors_printed(posts, as_json), _progress(hidden=as_json) as progress:
        findings = run(Request(posts, default_output(posts), now), progress)
    errors = findings.errors
    if as_json:
        remarks = [_problem_as_json(posts, remark) for remark in findings.remarks]
        _print_json({"errors": [_problem_as_json(posts, error) for error in errors], "remarks": remarks})
    else:
        _print_errors(posts, errors)
        for remark in findings.remarks:
            click.echo(_located(posts, remark))
        counts = ((findings.posts, "post"), (len(errors), "error"), (len(findings.remarks), "remark"))
        click.echo(", ".join(_count(number, noun) for number, noun in counts) + ".")
    sys.exit(1 if errors else 0)


@main.command(epilog=_example('dateline new "The ferry is back"'))
@click.argument("title")
@_posts
@_now
def new(title: str, posts: Path, now: str | None) -> None:
    """Begin a post called TITLE in POSTS (default: posts/): a draft, dated now.

    Prints the path of the file. Never overwrites one.
    """
    from dateline.beginnings import begin_post
    from dateline.reading.dates import read_now
    from dateline.reading.settings import read_settings
    from dateline.reading.sources import read_settings_file

    with _errors_printed(posts):
        publication, _ = read_settings(read_settings_file(posts))
        moment = read_now(now, publication.timezone, publication.default_time)
        file = begin_post(posts, title, publication, moment)
    click.echo(file)


@main.command(
    epilog=_example('dateline init posts --title "The Daily Example" --url https://example.org/ --author "Ana Díaz"')
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--title", required=True, help="What the publication is called.")
@click.option("--url", required=True, help="Where the output will be served.")
@click.option("--author", help="Who signs posts that name nobody. [default: the title]")
@click.option("--timezone", default="UTC", show_default=True, help="The zone of dates that name none, by IANA's name.")
@_now
def init(folder: Path, title: str, url: str, author: str | None, timezone: str, now: str | None) -> None:
    """Begin a publication in the folder DIR: feed.toml, with a permanent id, and a first post."""
    from dateline.beginnings import begin_publication

    with _errors_printed(folder):
        written = begin_publication(folder, title, url, author, timezone, now)
    for file in written:
        click.echo(f"Wrote {file}")
    click.echo(f"Publish it with: dateline build {shlex.quote(str(folder))}")


@contextmanager
def _errors_printed(posts: Path, as_json: bool = False) -> Iterator[None]:
    """Print what has to be mended, a line each, and exit with 1."""
    try:
        yield
        return
    except Refused as refused:
        errors: tuple[DatelineError, ...] = refused.errors
    except DatelineError as error:
        errors = (error,)
    _print_errors(posts, errors)
    if as_json:
        _print_json({"errors": [_problem_as_json(posts, error) for error in errors]})
    sys.exit(1)


def _print_errors(posts: Path, errors: Iterable[DatelineError]) -> None:
    for error in errors:
        click.echo(click.style("error: ", fg="red") + _located(posts, error), err=True)


def _print_json(report: dict[str, Any]) -> None:
    click.echo(json.dumps(report, ensure_ascii=False, indent=2))


def _located(posts: Path, problem: "DatelineError | Remark") -> str:
    return one_line(_path(posts, problem), problem.line, problem.problem, problem.remedy)


def _path(posts: Path, problem: "DatelineError | Remark") -> str:
    """The path as the user knows it: below the folder of posts as that was named, or complete, or an option."""
    if isinstance(problem, OutputError) or problem.path.startswith("--"):
        return problem.path
    return os.path.normpath(posts / problem.path)


def _problem_as_json(posts: Path, problem: "DatelineError | Remark") -> dict[str, Any]:
    path = _path(posts, problem)
    return {"path": path, "line": problem.line, "problem": problem.problem, "remedy": problem.remedy}


@contextmanager
def _progress(*, hidden: bool) -> Iterator["Progress"]:
    """A progress bar on standard error, on a terminal, once work takes longer than a moment."""
    if hidden or not sys.stderr.isatty():
        yield lambda *_: None
        return
    started = time.monotonic()
    bar: Any = None
    phase = ""

    def finish() -> None:
        if bar is not None:
            bar.update(bar.length - bar.pos)
            bar.render_finish()

    def show(name: str, done: int, total: int) -> None:
        nonlocal bar, phase
        if name != phase:
            finish()
            bar, phase = None, name
        if bar is None and time.monotonic() - started > _PATIENCE:
            bar = click.progressbar(length=total, label=name.capitalize(), file=sys.stderr, show_pos=True)
            bar.update(done)
        elif bar is not None:
            bar.update(done - bar.pos)

    try:
        yield show
    finally:
        finish()


def _lines(report: "Report", output: Path, dry_run: bool) -> Iterator[str]:
    """What a build did: a line for each file, or for all that are in one folder, and what follows for subscribers."""
    rows = [_row(output / name, files, dry_run) for name, files in _by_folder(report.files)]
    width = max(len(path) for path, *_ in rows)
    for path, items, size, status in rows:
        yield f"{path:<{width}}  {items:>9}  {size:>17}  {status}"
    yield from _sentences(report)


def _by_folder(files: Iterable["Written"]) -> list[tuple[str, list["Written"]]]:
    """Files in their order, those in one folder of the output together."""
    found: dict[str, list[Written]] = {}
    for file in files:
        folder, slash, _ = file.path.partition("/")
        found.setdefault(folder + slash, []).append(file)
    return [(name if len(inside) > 1 else inside[0].path, inside) for name, inside in found.items()]


def _row(path: Path, files: list["Written"], dry_run: bool) -> tuple[str, str, str, str]:
    """The cells of a line."""
    if len(files) == 1:
        items = files[0].items
        name, what = str(path), _count(items, "item") if items is not None else ""
    else:
        name, what = f"{path}/", _count(len(files), "file")
    size = sum(file.size for file in files)
    counts = {status: sum(file.status == status for file in files) for status in _COLOURS}
    told = [
        _status(status, f"{count:,} " if len(files) > count else "", dry_run)
        for status, count in counts.items()
        if count
    ]
    return printable(name), what, f"{size:,} bytes" if counts["removed"] < len(files) else "", ", ".join(told)


def _status(status: str, count: str, dry_run: bool) -> str:
    if status == "unchanged":
        return count + status
    return click.style(f"{count}{'would be ' if dry_run else ''}{status}", fg=_COLOURS[status])


def _sentences(report: "Report") -> Iterator[str]:
    """What subscribers will find, and what comes next."""
    changes = report.changes
    if report.first:
        yield f"The feed is new, with {_count(len(changes.new), 'item')}: {_titles(changes.new)}."
    else:
        parts = [
            f"new: {_titles(changes.new)}" if changes.new else "",
            f"changed: {_list([_change(*pair) for pair in changes.changed])}" if changes.changed else "",
            f"gone: {_titles(changes.gone)}" if changes.gone else "",
            f"past the feed's limit: {_titles(report.past_limit)}" if report.past_limit else "",
        ]
        told = "; ".join(filter(None, parts))
        yield told[0].upper() + told[1:] + "." if told else "Nothing is new, changed or gone in the feed."
    if report.next_due:
        yield _due(report.next_due, report.now)


def _change(before: Any, after: Any) -> str:
    return f"“{after.title}”" + (f" (was “{before.title}”)" if before.title != after.title else "")


def _due(post: "Post", now: datetime) -> str:
    from dateline.due import sooner
    from dateline.reading.dates import told

    sentence = f"Next falls due “{printable(post.title)}”, on {told(post.due)}."
    remedy = sooner(post, now)
    return sentence + (f" Its date has no time, so it counts from {post.due:%H:%M} on; {remedy}" if remedy else "")


def _titles(items: Any) -> str:
    return _list([f"“{item.title}”" for item in items])


def _list(names: list[str]) -> str:
    shown, more = names[:_NAMED], len(names) - _NAMED
    return printable(", ".join(shown)) + (f" and {more} more" if more > 0 else "")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _report_as_json(report: "Report", dry_run: bool) -> dict[str, Any]:
    def items(found: Any) -> list[dict[str, str]]:
        return [{"id": item.id, "title": item.title} for item in found]

    due = report.next_due
    return {
        "dry_run": dry_run,
        "files": [
            {"path": file.path, "status": file.status, "bytes": file.size, "items": file.items} for file in report.files
        ],
        "new": items(report.changes.new),
        "changed": items(after for _, after in report.changes.changed),
        "gone": items(report.changes.gone),
        "past_limit": items(report.past_limit),
        "next_due": due and {"path": due.path, "title": due.title, "due": due.due.isoformat()},
        "notes": list(report.notes),
    }
