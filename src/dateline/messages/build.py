"""What the program has to say, in words and as JSON. Nothing here prints."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dateline.content.dates import date_and_time
from dateline.errors import Problem, printable
from dateline.text import Style, counted, joined, unstyled

if TYPE_CHECKING:
    from dateline.build.report import OutputFile, Report
    from dateline.diff.changes import Change, ChangeReport
    from dateline.model import Post

_COLOURS = {"written": "green", "removed": "yellow", "unchanged": ""}


def report_lines(report: "Report", output: Path, *, dry_run: bool = False, style: Style = unstyled) -> Iterator[str]:
    """What a build did: a line for each file, or for all that are in one folder, and what follows for subscribers."""
    rows = [_row(output / name, files, dry_run, style) for name, files in _by_folder(report.files)]
    width = max(len(path) for path, *_ in rows)
    for path, items, size, status in rows:
        yield f"{path:<{width}}  {items:>9}  {size:>17}  {status}"
    yield from _sentences(report)


def _by_folder(files: Iterable["OutputFile"]) -> list[tuple[str, list["OutputFile"]]]:
    """Files in their order, those in one folder of the output together; and all pages, wherever they are."""
    found: dict[str, list[OutputFile]] = {}
    for file in files:
        folder, slash, _ = file.path.partition("/")
        found.setdefault("*.html" if file.is_page else folder + slash, []).append(file)
    return [(name if len(inside) > 1 else inside[0].path, inside) for name, inside in found.items()]


def _row(path: Path, files: list["OutputFile"], dry_run: bool, style: Style) -> tuple[str, str, str, str]:
    """The cells of a line."""
    if len(files) == 1:
        items = files[0].items
        name, what = str(path), counted(items, "item") if items is not None else ""
    else:
        kind = "page" if files[0].is_page else "file"
        name, what = f"{path}{'' if files[0].is_page else '/'}", counted(len(files), kind)
    size = sum(file.size for file in files)
    counts = {status: sum(file.status == status for file in files) for status in _COLOURS}
    told = [
        _status(status, f"{count:,} " if len(files) > count else "", dry_run, style)
        for status, count in counts.items()
        if count
    ]
    return printable(name), what, f"{size:,} bytes" if counts["removed"] < len(files) else "", ", ".join(told)


def _status(status: str, count: str, dry_run: bool, style: Style) -> str:
    if status == "unchanged":
        return count + status
    return style(f"{count}{'would be ' if dry_run else ''}{status}", _COLOURS[status])


def _sentences(report: "Report") -> Iterator[str]:
    """What subscribers will find, and what comes next."""
    from dateline.diff.changes import KINDS

    forecast = report.changes
    if forecast.compared_with is None:
        new = forecast.of("new")
        yield f"The feed is new, with {counted(len(new), 'item')}: {_names(new)}."
    else:
        kinds = sorted(KINDS, key=lambda key: KINDS[key].is_surprise)  # what a surprise is was explained before
        found = ((KINDS[key].summary, forecast.of(key)) for key in kinds)
        text = "; ".join(f"{summary}: {_names(changes)}" for summary, changes in found if summary and changes)
        yield printable(text[0].upper() + text[1:] + "." if text else "Nothing is new, changed or gone in the feed.")
    if dead := _left_behind(forecast):
        what = f"Old URL {dead[0]} will stop working; add it to aliases: in its post."
        if len(dead) > 1:
            what = f"Old URLs will stop working: {joined(dead)}; add them to aliases: in their posts."
        yield printable(what)
    if forecast.unchecked:
        yield printable(forecast.unchecked)
    if report.drafts:
        yield f"Left out: {counted(report.drafts, 'draft')}."
    if report.next_due:
        yield _due(report.next_due, report.now)


def _left_behind(forecast: "ChangeReport") -> list[str]:
    """Addresses at which a post was that is at another one now."""
    gone = {change.item.page for change in forecast.of("gone") if change.item}
    return [change.subject for change in forecast.of("dead_address") if change.subject not in gone]


def _names(changes: "Iterable[Change]") -> str:
    """Join the subjects of changes; after a new title comes the old one."""
    return joined([f"“{c.subject}”{_old_title(c)}" if c.item else c.subject for c in changes])


def _old_title(change: "Change") -> str:
    before = getattr(change.was, "title", change.subject)
    return "" if before == change.subject else f" (was “{before}”)"


def _due(post: "Post", now: datetime) -> str:
    from dateline.build.report import publish_sooner

    sentence = f"Next falls due “{printable(post.title)}”, on {date_and_time(post.due)}."
    remedy = publish_sooner(post, now)
    return sentence + (f" Its date has no time, so it counts from {post.due:%H:%M} on; {remedy}" if remedy else "")


def report_as_json(report: "Report", dry_run: bool) -> dict[str, Any]:
    """What a build did, for programs to read."""
    from dateline.messages.changes import changes_as_json

    due = report.next_due
    return {
        "dry_run": dry_run,
        "files": [
            {"path": file.path, "status": file.status, "bytes": file.size, "items": file.items} for file in report.files
        ],
        "subscribers": changes_as_json(report.changes),
        "drafts": report.drafts,
        "next_due": due and {"path": due.path, "title": due.title, "due": due.due.isoformat()},
        "notes": list(report.notes),
    }


def due_line(post: "Post") -> str:
    """When a post comes out, first as programs read it, and as people do."""
    from dateline.content.dates import date_and_time, in_utc

    return printable(f"{in_utc(post.due)} {post.path}: “{post.title}”, on {date_and_time(post.due)}")


def due_as_json(post: "Post | None") -> dict[str, str | None]:
    """When a post comes out, for programs to read; where none does, each field is None."""
    from dateline.content.dates import in_utc

    if post is None:
        return dict.fromkeys(("path", "title", "due", "utc"))
    return {"path": post.path, "title": post.title, "due": post.due.isoformat(), "utc": in_utc(post.due)}


def problem_as_json(problem: Problem) -> dict[str, Any]:
    """A problem for programs to read."""
    return {"path": problem.path, "line": problem.line, "problem": problem.problem, "remedy": problem.remedy}
