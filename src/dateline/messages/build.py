"""Report builds, and the posts that are due, as text and as JSON. Nothing here prints."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dateline.building.report import KINDS_OF_FILES
from dateline.comparison.changes import KINDS, Change, ChangeReport
from dateline.content.dates import date_and_time, in_utc
from dateline.content.urls import INDEX_PAGE
from dateline.errors import printable
from dateline.messages.changes import NOT_LIVE, changes_as_json, surprise_lines
from dateline.messages.problems import problem_as_json
from dateline.options import command_line
from dateline.text import Style, counted, joined, unstyled

if TYPE_CHECKING:
    from dateline.building.report import OutputFile, Report
    from dateline.model import Post

# The status of files and the colour for it, in the order in which they are counted.
_COLOURS = {"written": "green", "removed": "yellow", "unchanged": ""}


def report_lines(
    report: "Report", posts: Path, output: Path, *, dry_run: bool = False, style: Style = unstyled
) -> Iterator[str]:
    """Yield a line for each kind of file, feeds first; then what subscribers will see, and what to do next."""
    kinds: dict[str, list[OutputFile]] = {kind: [] for kind in KINDS_OF_FILES}
    for file in report.files:
        kinds[file.kind].append(file)
    rows = [_row(output, kind, files, dry_run, style) for kind, files in kinds.items() if files]
    width, size_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    for name, size, status in rows:
        yield f"{name:<{width}}  {size:>{size_width}}  {status}"
    yield from sentences(report, posts)
    if report.changes.compared_with is None and not dry_run:
        yield from _next_steps(report, posts, output)
    if not report.changes.is_live:
        yield f"{NOT_LIVE}. Once it is online: {printable(command_line('live', posts))}"


def _row(output: Path, kind: str, files: "list[OutputFile]", dry_run: bool, style: Style) -> tuple[str, str, str]:
    """Return the cells of a line: what the files are, their size and status."""
    paths = [file.path for file in files]
    if kind == "feed":
        name = f"{', '.join([str(output / paths[0]), *paths[1:]])}: {counted(files[0].items or 0, 'item')}"
    elif len(files) == 1 and kind in ("other file", "removed"):
        name = str(output / paths[0])
    else:
        name = counted(len(files), "file" if kind == "removed" else kind)
    statuses = [file.status for file in files]
    size = "" if kind == "removed" else f"{sum(file.size for file in files):,} bytes"
    return printable(name), size, _counts(statuses, "would be " if dry_run else "", style)


def _counts(statuses: Sequence[str], would_be: str, style: Style) -> str:
    parts = []
    for status, colour in _COLOURS.items():
        if count := statuses.count(status):
            number = f"{count:,} " if count < len(statuses) else ""
            parts.append(style(f"{number}{would_be if colour else ''}{status}", colour))
    return ", ".join(parts)


def sentences(report: "Report", posts: Path) -> Iterator[str]:
    """Yield what subscribers will see, what is not published, and which post comes next."""
    yield printable(_summary(report.changes))
    if not report.changes.is_live:
        yield from (f"If it were live: {line}" for line in surprise_lines(report.changes, posts, with_advice=False))
    yield from _dead_addresses(report.changes)
    if report.changes.unchecked:
        yield printable(report.changes.unchecked)
    yield from _not_published(report)
    if report.next_due:
        yield _due(report.next_due, report.now)


def _next_steps(report: "Report", posts: Path, output: Path) -> Iterator[str]:
    """Yield what to do after the first build."""
    preview = command_line("preview", posts)
    if any(file.path == INDEX_PAGE for file in report.files):
        yield printable(f"The home page is {output / INDEX_PAGE}; to see all pages: {preview}")
    else:
        yield printable(f"To see the feeds: {preview}")
    yield printable(f"To publish: {command_line('publish', posts)}; for how: dateline help publishing")


def _dead_addresses(changes: ChangeReport) -> Iterator[str]:
    moved_away = {change.item.page for change in changes.of("gone") if change.item}
    dead = [change.subject for change in changes.of("dead_address") if change.subject not in moved_away]
    if len(dead) == 1:
        yield printable(f"Old URL {dead[0]} will stop working; add it to aliases: in its post.")
    elif dead:
        yield f"Old URLs will stop working: {joined(dead)}; add them to aliases: in their posts."


def _not_published(report: "Report") -> Iterator[str]:
    if report.left_out:
        posts = len({error.path for error in report.left_out})
        yield f"Left out: {counted(posts, 'post')} with errors."
    if report.drafts:
        yield f"Left out: {counted(report.drafts, 'draft')}."
    if report.template_code:
        kinds = ", ".join(f"{kind} in {counted(posts, 'post')}" for kind, posts in report.template_code.items())
        yield f"Template code is not run: {kinds}; dateline check lists it."
    if report.passed_over:
        from dateline.building.report import files_passed_over

        yield printable(f"Passed over: {files_passed_over(report.passed_over)}.")


def _summary(changes: ChangeReport) -> str:
    if changes.compared_with is None:
        new = changes.of("new")
        languages = len({change.post.edition for change in new if change.post})
        what = "The feed is" if languages < 2 else f"The feeds in {languages} languages are"
        return f"{what} new, with {counted(len(new), 'item')}: {_names(new)}."
    kinds = sorted(KINDS, key=lambda key: KINDS[key].is_surprise)  # what a surprise is was explained before
    found = ((KINDS[key].summary, changes.of(key)) for key in kinds)
    text = "; ".join(f"{summary}: {_names(changes)}" for summary, changes in found if summary and changes)
    return text[0].upper() + text[1:] + "." if text else "Nothing is new, changed or gone in the feed."


def _names(changes: Iterable[Change]) -> str:
    """Join the subjects of changes; after a new title comes the old one."""
    names = []
    for change in changes:
        before = getattr(change.was, "name", change.subject)
        old_title = "" if before == change.subject else f" (was “{before}”)"
        names.append(f"“{change.subject}”{old_title}" if change.item else change.subject)
    return joined(names)


def _due(post: "Post", now: datetime) -> str:
    from dateline.building.report import publish_sooner

    sentence = f"Next falls due “{printable(post.name)}”, on {date_and_time(post.due)}."
    remedy = publish_sooner(post, now)
    return sentence + (f" Its date has no time, so it counts from {post.due:%H:%M} on; {remedy}" if remedy else "")


def report_as_json(report: "Report", dry_run: bool) -> dict[str, Any]:
    """Return what a build did, for programs to read."""
    due = report.next_due
    return {
        "dry_run": dry_run,
        "files": [
            {"path": file.path, "status": file.status, "bytes": file.size, "items": file.items} for file in report.files
        ],
        "subscribers": changes_as_json(report.changes),
        "drafts": report.drafts,
        "template_code": dict(report.template_code),
        "left_out": [problem_as_json(error) for error in report.left_out],
        "passed_over": dict(report.passed_over),
        "next_due": due and {"path": due.path, "title": due.name, "due": due.due.isoformat()},
        "notes": list(report.notes),
    }


def due_line(post: "Post") -> str:
    """Return when a post comes out: first as programs read it, then as people do."""
    return printable(f"{in_utc(post.due)} {post.path}: “{post.name}”, on {date_and_time(post.due)}")


def due_as_json(post: "Post | None") -> dict[str, str | None]:
    """Return when a post comes out, for programs to read; every field is None if there is no such post."""
    if post is None:
        return dict.fromkeys(("path", "title", "due", "utc"))
    return {"path": post.path, "title": post.name, "due": post.due.isoformat(), "utc": in_utc(post.due)}
